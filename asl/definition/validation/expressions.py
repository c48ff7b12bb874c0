"""Rules for fields that hold expressions: paths, intrinsic functions, payload templates, JSONata.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.definition.validation.diagnostics import Code
from asl.definition.validation.schema import string
from asl.expressions import ExpressionError, compile_expression, compile_path
from asl.expressions.jsonpath import JsonPathSyntaxError, parse_path

if TYPE_CHECKING:
    from asl.definition.validation.schema import Rule
    from asl.definition.validation.site import Site

JSONATA_START = "{%"
JSONATA_END = "%}"

_LOOKS_LIKE_A_PATH = re.compile(r"\$\$?\.[A-Za-z_]|States\.[A-Z]\w*\(")


def looks_like_a_path(value: Any) -> bool:
    """Whether a text was probably meant to be evaluated."""
    return isinstance(value, str) and _LOOKS_LIKE_A_PATH.match(value) is not None


def path(value: Any, site: Site) -> None:
    """A JSONPath that may select several values."""
    if not isinstance(value, str):
        string(value, site)
    elif not _compiles(value):
        site.error("Value must be a valid JSONPath.")


def path_or_null(value: Any, site: Site) -> None:
    """InputPath and OutputPath: null stands for an empty object."""
    if value is not None:
        path(value, site)


def path_or_intrinsic(value: Any, site: Site) -> None:
    """A JSONPath or a call of an intrinsic function."""
    if not isinstance(value, str):
        string(value, site)
    elif not is_expression(value):
        site.error("Value must be a valid JSONPath or a valid intrinsic function call")


def reference_path(value: Any, site: Site) -> None:
    """A path that identifies one value, in the input, the context object or a variable."""
    if not isinstance(value, str):
        string(value, site)
        return
    if not value.startswith("$"):
        site.error("Value is not a Reference Path: Reference path didn't start with '$'")
        return
    try:
        definite = parse_path(value).is_definite
    except JsonPathSyntaxError:
        definite = False
    if not definite:
        site.error("Value is not a Reference Path")


def result_path(value: Any, site: Site) -> None:
    """ResultPath: a place in the state input; null discards the result."""
    if value is None:
        return
    if not isinstance(value, str):
        string(value, site)
        return
    if not value.startswith("$"):
        site.error("Value is not a Reference Path: Reference path didn't start with '$'")
        return
    try:
        parsed = parse_path(value)
        place = parsed.keys is not None and not parsed.variable
    except JsonPathSyntaxError:
        place = False
    if not place:
        site.error("Value is not a Reference Path")


def template(value: Any, site: Site) -> None:
    """Parameters and the like: every field whose name ends in `.$`, at any depth, is a path or an intrinsic call."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name.endswith(".$"):
                if not isinstance(member, str) or not is_expression(member):
                    site.error(
                        f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
                    )
                continue
            if looks_like_a_path(member):
                site.at(name).warn(
                    "No .$ on a field that appears to be a JSONPath or Intrinsic Function.", Code.NO_DOLLAR
                )
            template(member, site.at(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            template(item, site.item(index))


def is_expression(text: str) -> bool:
    """Whether a text can stand in a `.$` field."""
    try:
        compile_expression(text)
    except ExpressionError:
        return False
    return True


def _compiles(text: str) -> bool:
    try:
        compile_path(text)
    except ExpressionError:
        return False
    return True


def is_jsonata(value: Any) -> bool:
    """Whether a value is a text between the delimiters of JSONata expressions."""
    return isinstance(value, str) and value.startswith(JSONATA_START) and value.endswith(JSONATA_END)


def jsonata(value: Any, site: Site) -> None:
    """A JSONata expression, delimiters and all."""
    if not isinstance(value, str):
        string(value, site)
    elif not is_jsonata(value):
        site.error("JSONata string must start with {% and end with %}")


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
