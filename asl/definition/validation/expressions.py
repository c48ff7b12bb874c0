"""Rules for fields that hold expressions: paths, intrinsic functions, payload templates, JSONata.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.definition.validation.diagnostics import Code
from asl.definition.validation.jsonata_reads import reads
from asl.definition.validation.schema import string
from asl.expressions import ExpressionError, check_jsonata, compile_expression, is_jsonata
from asl.expressions.intrinsics import parse_intrinsic
from asl.expressions.intrinsics.grammar import Call, Path
from asl.expressions.jsonpath import JsonPathSyntaxError, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.validation.schema import Rule
    from asl.definition.validation.site import Site
    from asl.expressions.jsonpath import JsonPath

JSONATA_START = "{%"
ERROR_OUTPUT = "errorOutput"

_LOOKS_LIKE_A_PATH = re.compile(r"\$\$?\.[A-Za-z_]|States\.[A-Z]\w*\(")


def looks_like_a_path(value: Any) -> bool:
    """Whether a text was probably meant to be evaluated."""
    return isinstance(value, str) and _LOOKS_LIKE_A_PATH.match(value) is not None


def path(value: Any, site: Site) -> None:
    """A JSONPath that may select several values."""
    if not isinstance(value, str):
        string(value, site)
    elif value.startswith("$") and _is_expression(value):
        site.reads(_variables(value))
    else:
        site.error("Value must be a valid JSONPath.")


def path_or_null(value: Any, site: Site) -> None:
    """InputPath and OutputPath: null stands for an empty object."""
    if value is not None:
        path(value, site)


def path_or_intrinsic(value: Any, site: Site) -> None:
    """A JSONPath or a call of an intrinsic function."""
    if not isinstance(value, str):
        string(value, site)
    elif _is_expression(value):
        site.reads(_variables(value))
    else:
        site.error("Value must be a valid JSONPath or a valid intrinsic function call")


def reference_path(value: Any, site: Site) -> None:
    """A path that identifies one value, in the input, the context object or a variable."""
    parsed = _parsed(value, site)
    if parsed is not None:
        if not parsed.is_definite:
            site.error("Value is not a Reference Path")
        site.reads(_variables(parsed.text))


def result_path(value: Any, site: Site) -> None:
    """ResultPath: a place in the state input; null discards the result."""
    parsed = None if value is None else _parsed(value, site)
    if parsed is not None and (parsed.keys is None or parsed.variable):
        site.error("Value is not a Reference Path")


def _parsed(value: Any, site: Site) -> JsonPath | None:
    """A path, or None when it has been reported to be none."""
    if not isinstance(value, str):
        string(value, site)
        return None
    if not value.startswith("$"):
        site.error("Value is not a Reference Path: Reference path didn't start with '$'")
        return None
    try:
        parsed = parse_path(value)
    except JsonPathSyntaxError:
        parsed = None
    if parsed is None or _OPERATORS.search(_BRACKETED.sub("", value)):
        site.error("Value is not a Reference Path")
        return None
    return parsed


# What a name outside of brackets cannot have in a reference path: https://states-language.net/spec.html#ref-paths
_OPERATORS = re.compile("[@,:?]")
_BRACKETED = re.compile(r"\[[^\]]*\]")


def template(value: Any, site: Site) -> None:
    """Parameters and the like: every field whose name ends in `.$`, at any depth, is a path or an intrinsic call."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name.endswith(".$"):
                _dynamic_field(name, member, site)
                continue
            if looks_like_a_path(member):
                site.at(name).warn(
                    "No .$ on a field that appears to be a JSONPath or Intrinsic Function.", Code.NO_DOLLAR
                )
            template(member, site.at(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            template(item, site.item(index))


def _dynamic_field(name: str, value: Any, site: Site) -> None:
    if isinstance(value, str) and _is_expression(value):
        site.reads(_variables(value))
    else:
        site.error(f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call")


def _is_expression(text: str) -> bool:
    try:
        compile_expression(text)
    except ExpressionError:
        return False
    return True


def _variables(text: str) -> Iterator[str]:
    """The variables in a path or intrinsic call that compiles."""
    if text.startswith("$"):
        name = parse_path(text).variable
        if name and name != "$":
            yield name
    else:
        yield from _argument_variables(parse_intrinsic(text))


def _argument_variables(call: Call) -> Iterator[str]:
    for argument in call.arguments:
        if isinstance(argument, Path):
            yield from _variables(argument.text)
        elif isinstance(argument, Call):
            yield from _argument_variables(argument)


def jsonata(value: Any, site: Site) -> None:
    """A JSONata expression, delimiters and all."""
    if not isinstance(value, str):
        string(value, site)
    elif not is_jsonata(value):
        site.error("JSONata string must start with {% and end with %}")
    else:
        try:
            _check_jsonata(value, site)
        except RecursionError:
            site.error("The expression is nested too deeply", Code.INVALID_JSONATA_EXPRESSION)


def _check_jsonata(text: str, site: Site) -> None:
    problems = check_jsonata(text)
    for problem in problems:
        site.error(problem.message, Code(problem.code))
    if any(problem.code == Code.INVALID_JSONATA_EXPRESSION.value for problem in problems):
        return
    read = reads(text)
    site.reads(read.variables)
    if ERROR_OUTPUT in read.states and not site.in_catcher:
        site.error(f"Reference to '$states.{ERROR_OUTPUT}' is not supported.", Code.UNSUPPORTED_JSONATA_EXPRESSION)


def jsonata_or(rule: Rule) -> Rule:
    """A JSONata expression, or a constant that satisfies `rule`."""

    def check(value: Any, site: Site) -> None:
        if isinstance(value, str) and value.startswith(JSONATA_START):
            jsonata(value, site)
        else:
            rule(value, site)

    return check


def constant_or_jsonata(constant: Rule) -> Rule:
    """A constant of another type than text, or an expression: any text has to be an expression."""

    def check(value: Any, site: Site) -> None:
        (jsonata if isinstance(value, str) else constant)(value, site)

    return check


def jsonata_template(value: Any, site: Site) -> None:
    """Arguments, Output and the like: texts between the delimiters, at any depth, are expressions."""
    if isinstance(value, dict):
        for name, member in value.items():
            jsonata_template(member, site.at(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            jsonata_template(item, site.item(index))
    elif isinstance(value, str) and value.startswith(JSONATA_START):
        jsonata(value, site)
