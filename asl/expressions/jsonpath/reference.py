"""Reference paths: paths that identify one place in a document, where ResultPath puts a result.

https://states-language.net/spec.html#ref-paths
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from asl.expressions.errors import RESULT_PATH_MATCH_FAILURE, RUNTIME, ExpressionError
from asl.expressions.java_values import compact_json
from asl.expressions.jsonpath.grammar import JsonPathSyntaxError, parse_path

if TYPE_CHECKING:
    from asl.expressions.scope import Json


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """A place in a document. `keys` are property names and array indices, outermost first."""

    text: str
    keys: tuple[str | int, ...]

    def insert(self, document: Json, value: Json) -> Json:
        """The document with `value` at this place; the document itself is not changed.

        Objects that are missing on the way are created. An array element can be replaced, not added. Raises
        ExpressionError States.ResultPathMatchFailure when the path can't be applied to the document.
        """
        return self._insert(document, 0, value, document)

    def _insert(self, node: Json, depth: int, value: Json, document: Json) -> Json:
        if depth == len(self.keys):
            return value
        key = self.keys[depth]
        if isinstance(key, str):
            if not isinstance(node, dict):
                raise self._mismatch(document)
            return {**node, key: self._insert(node.get(key, self._created(depth)), depth + 1, value, document)}
        if not isinstance(node, list) or key >= len(node):
            raise self._mismatch(document)
        return [*node[:key], self._insert(node[key], depth + 1, value, document), *node[key + 1 :]]

    def _created(self, depth: int) -> Json:
        """What stands for a missing property: an object, unless an element of it is addressed, which can't exist."""
        return [] if depth + 1 < len(self.keys) and isinstance(self.keys[depth + 1], int) else {}

    def _mismatch(self, document: Json) -> ExpressionError:
        cause = f"Unable to apply ReferencePath {self.text} to input {compact_json(document)}"
        return ExpressionError(RESULT_PATH_MATCH_FAILURE, cause)


@lru_cache(maxsize=4096)
def compile_reference_path(text: str) -> ReferencePath:
    """Read a reference path into the state input, as ResultPath has it. Raises ExpressionError.

    https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html#amazon-states-language-reference-paths
    """
    try:
        path = parse_path(text)
    except JsonPathSyntaxError as error:
        raise ExpressionError(RUNTIME, f"Invalid path '{text}' : {error}") from None
    if path.variable or path.keys is None:
        raise ExpressionError(RUNTIME, f"Invalid path '{text}' : Value is not a Reference Path")
    return ReferencePath(text, path.keys)
