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
    reader = _Reader()
    reader.visit(parse_jsonata(unwrapped(expression)), set())
    functions = _AWS_FUNCTIONS | set(Interpreter.static_frame.bindings)
    variables = tuple(name for name in reader.variables if name != STATES and name not in functions)
    return Reads(variables, tuple(reader.states))


class _Reader:
    """Collects what a syntax tree reads; the dictionaries are ordered sets."""

    def __init__(self) -> None:
        self.variables: dict[str, None] = {}
        self.states: dict[str, None] = {}

    def visit(self, node: Any, bound: set[str]) -> None:
        """Read a subtree, in which `bound` are no state variables; an assignment in it adds to them."""
        kind = node.type
        if kind == "variable" and node.value not in {"", "$"} and node.value not in bound:
            self.variables[node.value] = None
        elif kind == "bind":
            self.visit(node.rhs, bound)
            bound.add(node.lhs.value)
            return
        elif kind == "path":
            self._note_field_of_states(node.steps)
        if kind in {"lambda", "block", "path"}:
            bound = bound | _parameters(node)
        self._visit_children(node, bound)

    def _visit_children(self, node: Any, bound: set[str]) -> None:
        for field in _CHILDREN:
            value = getattr(node, field)
            if value is None or (field == "procedure" and value.type == "variable"):
                continue
            for child in _symbols(value):
                self.visit(child, bound)

    def _note_field_of_states(self, steps: list[Any]) -> None:
        if len(steps) > 1 and steps[0].type == "variable" and steps[0].value == STATES and steps[1].type == "name":
            self.states[steps[1].value] = None


def _parameters(node: Any) -> set[str]:
    """What a lambda takes, and what a path binds with `@` and `#`."""
    if node.type == "lambda":
        return {argument.value for argument in node.arguments}
    steps = node.steps or ()
    return {name for step in steps for name in (step.focus, step.index) if isinstance(name, str)}


def _symbols(value: Any) -> Iterator[Any]:
    if isinstance(value, Symbol):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _symbols(item)
