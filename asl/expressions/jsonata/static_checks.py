"""What AWS checks of a JSONata expression when a definition is created.

https://states-language.net/spec.html#jsonata
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata.compilation import unwrapped
from asl.expressions.jsonata.library import Symbol
from asl.expressions.jsonata.syntax import JsonataSyntaxError, parse_jsonata

if TYPE_CHECKING:
    from collections.abc import Iterator

INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


@dataclass(frozen=True, slots=True)
class JsonataProblem:
    """A reason why AWS refuses a definition with this expression: a diagnostic's code and message."""

    code: str
    message: str


def check_jsonata(text: str) -> list[JsonataProblem]:
    """The problems of one expression, with or without `{% %}`: it doesn't parse, or reads a context it hasn't got."""
    try:
        ast = parse_jsonata(unwrapped(text))
    except JsonataSyntaxError as error:
        return [JsonataProblem(INVALID, str(error))]
    names = dict.fromkeys(_context_references(ast))
    return [JsonataProblem(UNSUPPORTED, f"Reference to '{name}' at the top level is not supported.") for name in names]


def _context_references(node: Any, *, in_context: bool = False) -> Iterator[str]:
    """The names that read a context item where there is none, and `$$`, which never has a value."""
    if node.type == "variable" and (node.value == "$" or (node.value == "" and not in_context)):
        yield "$" + node.value
    elif node.type in _CONTEXT_READERS and not in_context:
        yield str(node.value)
    if node.type == "path":
        for number, step in enumerate(node.steps):
            yield from _context_references(step, in_context=in_context or number > 0)
    else:
        for part in _parts(node, _SAME_CONTEXT):
            yield from _context_references(part, in_context=in_context)
    for part in _parts(node, _OWN_CONTEXT):
        yield from _context_references(part, in_context=True)
    pairs = node.lhs_object or []
    for key, value in pairs:
        yield from _context_references(key, in_context=in_context)
        yield from _context_references(value, in_context=in_context)


_CONTEXT_READERS = frozenset({"name", "wildcard", "descendant"})
_SAME_CONTEXT = (
    "procedure",
    "lhs",
    "rhs",
    "expressions",
    "expression",
    "condition",
    "then",
    "_else",
    "arguments",
    "body",
)
_OWN_CONTEXT = ("predicate", "stages", "group", "terms", "pattern", "update", "delete", "expr")


def _parts(node: Any, fields: tuple[str, ...]) -> Iterator[Any]:
    """The syntax trees in some fields of a node."""
    for field in fields:
        value = getattr(node, field)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Symbol):
                yield part
