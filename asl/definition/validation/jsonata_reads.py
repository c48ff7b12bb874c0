"""What a JSONata expression reads: state variables, and fields of `$states`.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata import unwrapped
from asl.expressions.jsonata.library import Interpreter, Symbol
from asl.expressions.jsonata.syntax import parse_jsonata

if TYPE_CHECKING:
    from collections.abc import Iterator

STATES = "states"

# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
_AWS_FUNCTIONS = frozenset({"partition", "range", "hash", "random", "uuid", "parse"})
_CHILDREN = (
    "procedure",
    "lhs",
    "rhs",
    "lhs_object",
    "rhs_object",
    "rhs_terms",
    "expression",
    "expr",
    "expressions",
    "condition",
    "then",
    "_else",
    "arguments",
    "body",
    "steps",
    "predicate",
    "stages",
    "group",
    "terms",
    "pattern",
    "update",
    "delete",
)


@dataclass(frozen=True, slots=True)
class Reads:
    """`variables` are the state variables by name, `states` the fields of `$states`, both in order of appearance."""

    variables: tuple[str, ...]
    states: tuple[str, ...]


@lru_cache(maxsize=4096)
def reads(expression: str) -> Reads:
    """What an expression reads, with or without `{% %}`. Raises JsonataSyntaxError."""
    tree = parse_jsonata(unwrapped(expression))
    functions = _AWS_FUNCTIONS | set(Interpreter.static_frame.bindings)
    variables = [name for name in _free_variables(tree, set()) if name != STATES and name not in functions]
    return Reads(tuple(dict.fromkeys(variables)), tuple(dict.fromkeys(_fields_of_states(tree))))


def _free_variables(node: Any, bound: set[str]) -> Iterator[str]:
    """The variables of a subtree that it does not bind itself; `bound` grows with what an assignment in it binds."""
    if node.type == "variable":
        if node.value not in {"", "$"} and node.value not in bound:
            yield node.value
    elif node.type == "bind":
        yield from _free_variables(node.rhs, bound)
        bound.add(node.lhs.value)
        return
    if node.type in {"lambda", "block", "path"}:
        bound = bound | _parameters(node)
    for child in _children(node):
        if child is node.procedure and child.type == "variable":
            continue
        yield from _free_variables(child, bound)


def _parameters(node: Any) -> set[str]:
    """What a lambda takes, and what a path binds with `@` and `#`."""
    if node.type == "lambda":
        return {argument.value for argument in node.arguments}
    steps = node.steps or ()
    return {name for step in steps for name in (step.focus, step.index) if isinstance(name, str)}


def _fields_of_states(node: Any) -> Iterator[str]:
    if node.type == "path" and len(node.steps) > 1:
        root, member = node.steps[:2]
        if root.type == "variable" and root.value == STATES and member.type == "name":
            yield member.value
    for child in _children(node):
        yield from _fields_of_states(child)


def _children(node: Any) -> Iterator[Any]:
    for field in _CHILDREN:
        yield from _symbols(getattr(node, field))


def _symbols(value: Any) -> Iterator[Any]:
    if isinstance(value, Symbol):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _symbols(item)
