"""From a parsed path to a function over a Scope.

The common paths (`$`, `$.a`, `$.a.b[0]`) become direct lookups. Everything else goes through a list of selected nodes.
A definite path that selects nothing raises PathNotFoundError; an indefinite one returns the empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from asl.expressions.errors import RUNTIME, ExpressionError
from asl.expressions.jsonpath.filters import (
    OPERATORS,
    UNDEFINED,
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    Filter,
    Literal,
    Not,
    Operand,
)
from asl.expressions.jsonpath.grammar import (
    Child,
    Index,
    JsonPath,
    JsonPathSyntaxError,
    Predicate,
    Scan,
    Slice,
    Step,
    Wildcard,
    parse_path,
)
from asl.expressions.jsonpath.not_found import PathNotFoundError
from asl.expressions.scope import Evaluator, Json, Scope

MAX_SELECTED = 1_000_000

Selector: TypeAlias = Callable[[Json, Json], Iterator[Json]]
"""From one node and the whole document to the nodes that one step selects."""

Test: TypeAlias = Callable[[Json, Json], bool]


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Evaluator:
    """Compile a JSONPath into a function from a Scope to what the path selects.

    A definite path gives the value itself, any other path a list. Compiling raises ExpressionError for text that isn't
    a JSONPath; evaluating raises PathNotFoundError, or ExpressionError for an unknown variable.
    https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
    """
    try:
        return _compile(parse_path(text))
    except JsonPathSyntaxError as error:
        raise ExpressionError(RUNTIME, f"Invalid path '{text}' : {error}") from None


def _compile(path: JsonPath) -> Evaluator:
    root = _root(path)
    if not path.steps:
        return root
    if path.keys is not None:
        return _lookup(path, path.keys, root)
    selectors = [_selector(step) for step in path.steps]
    if path.is_definite:
        return _single(path, root, selectors)

    return lambda scope: _select([document := root(scope)], selectors, document)


def _root(path: JsonPath) -> Evaluator:
    name = path.variable
    if name == "":
        return lambda scope: scope.document
    if name == "$":
        return lambda scope: scope.context

    def variable(scope: Scope) -> Json:
        try:
            return scope.variables[name]
        except KeyError:
            raise ExpressionError(RUNTIME, f"Invalid path '{path.text}' : No variable named '{name}'") from None

    return variable


def _lookup(path: JsonPath, keys: tuple[str | int, ...], root: Evaluator) -> Evaluator:
    """A reference path: names and non-negative indices."""
    if len(keys) == 1 and isinstance(keys[0], str) and path.variable == "":
        return _document_field(path, keys[0])
    if all(isinstance(key, str) for key in keys):
        return _names(path, root, [key for key in keys if isinstance(key, str)])

    steps: list[tuple[type[Any], Any]] = [(dict if isinstance(key, str) else list, key) for key in keys]

    def lookup(scope: Scope) -> Json:
        document = node = root(scope)
        try:
            for container, key in steps:
                if not isinstance(node, container):
                    raise _not_found(path, document)
                node = node[key]
        except (KeyError, IndexError):
            raise _not_found(path, document) from None
        return node

    return lookup


def _document_field(path: JsonPath, name: str) -> Evaluator:
    def field(scope: Scope) -> Json:
        try:
            return scope.document[name]
        except (KeyError, TypeError):
            raise _not_found(path, scope.document) from None

    return field


def _names(path: JsonPath, root: Evaluator, names: list[str]) -> Evaluator:
    def nested(scope: Scope) -> Json:
        node = root(scope)
        try:
            for name in names:
                node = node[name]
        except (KeyError, TypeError):
            raise _not_found(path, root(scope)) from None
        return node

    return nested


def _single(path: JsonPath, root: Evaluator, selectors: list[Selector]) -> Evaluator:
    def select(scope: Scope) -> Json:
        document = root(scope)
        found = _select([document], selectors, document)
        if not found:
            raise _not_found(path, document)
        return found[0]

    return select


def _select(nodes: list[Json], selectors: list[Selector], document: Json) -> list[Json]:
    try:
        for select in selectors:
            selected: list[Json] = []
            for node in nodes:
                selected.extend(select(node, document))
                if len(selected) > MAX_SELECTED:
                    raise ExpressionError(RUNTIME, f"The JSONPath selects more than {MAX_SELECTED} values")
            nodes = selected
    except RecursionError:
        raise ExpressionError(RUNTIME, "The values that a JSONPath filter compares are nested too deeply") from None
    return nodes


def _selector(step: Step) -> Selector:
    match step:
        case Child(names):
            return _child(names)
        case Index(indices):
            return _index(indices)
        case Slice(start, end):
            return _slice(start, end)
        case Wildcard():
            return _children
        case Scan():
            return _descendants
        case Predicate(condition):
            return _filter(condition)


def _child(names: tuple[str, ...]) -> Selector:
    if len(names) > 1:
        return lambda node, _: iter([{n: node[n] for n in names if n in node}] if isinstance(node, dict) else [])
    name = names[0]
    return lambda node, _: iter([node[name]] if isinstance(node, dict) and name in node else [])


def _index(indices: tuple[int, ...]) -> Selector:
    def select(node: Json, _: Json) -> Iterator[Json]:
        if isinstance(node, list):
            for index in indices:
                if -len(node) <= index < len(node):
                    yield node[index]

    return select


def _slice(start: int | None, end: int | None) -> Selector:
    return lambda node, _: iter(node[start:end] if isinstance(node, list) else [])


def _children(node: Json, _: Json) -> Iterator[Json]:
    if isinstance(node, dict):
        return iter(node.values())
    return iter(node if isinstance(node, list) else [])


def _descendants(node: Json, _: Json) -> Iterator[Json]:
    """The node and every container below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, dict | list):
            yield current
            pending.extend(reversed(list(_children(current, None))))


def _filter(condition: Filter) -> Selector:
    test = _test(condition)

    def select(node: Json, document: Json) -> Iterator[Json]:
        if isinstance(node, list):
            return (item for item in node if test(item, document))
        return iter([node] if isinstance(node, dict) and test(node, document) else [])

    return select


def _test(condition: Filter) -> Test:
    match condition:
        case Exists(operand):
            read = _operand(operand)
            return lambda item, document: read(item, document) is not UNDEFINED
        case Comparison(left, operator, right):
            compare, of_left, of_right = OPERATORS[operator], _operand(left), _operand(right)
            return lambda item, document: compare(of_left(item, document), of_right(item, document))
        case Not(inner):
            negated = _test(inner)
            return lambda item, document: not negated(item, document)
        case AllOf(parts):
            every = [_test(part) for part in parts]
            return lambda item, document: all(test(item, document) for test in every)
        case AnyOf(parts):
            some = [_test(part) for part in parts]
            return lambda item, document: any(test(item, document) for test in some)


def _operand(operand: Operand | Literal) -> Callable[[Json, Json], Any]:
    if isinstance(operand, Literal):
        value = operand.value
        return lambda _item, _document: value
    from_element = operand.text.startswith("@")
    path = parse_path("$" + operand.text[1:])
    if path.variable:
        raise JsonPathSyntaxError(f"A filter reads '@' and '$' only, not '{operand.text}'")
    selectors = [_selector(step) for step in path.steps]

    def read(item: Json, document: Json) -> Json:
        found = _select([item if from_element else document], selectors, document)
        if path.is_definite:
            return found[0] if found else UNDEFINED
        return found or UNDEFINED

    return read


def _not_found(path: JsonPath, document: Json) -> PathNotFoundError:
    return PathNotFoundError(path.text, _missing(path, document), document)


def _missing(path: JsonPath, document: Json) -> str:
    """Where the path leaves the document, in the words of the JSONPath library that AWS uses."""
    node, at = document, "$"
    for number, step in enumerate(path.steps):
        here = at + _bracketed(step)
        found = list(_selector(step)(node, document))
        if found:
            node, at = found[0], here
            continue
        if isinstance(step, Child):
            if not isinstance(node, dict):
                name, found_type = _bracketed(step), _java_type(node)
                return f"Expected to find an object with property {name} in path {at} but found '{found_type}'."
            if number < len(path.steps) - 1:
                return f"Missing property in path {here}"
        elif node is None:
            return f"The path {at} is null"
        elif not isinstance(node, list):
            return f"Filter: {_bracketed(step)} can only be applied to arrays."
        break
    return "No results for path: $" + "".join(_bracketed(step) for step in path.steps)


def _bracketed(step: Step) -> str:
    """A step of a definite path in the normal form of messages: `['a']`, `['a','b']`, `[0]`."""
    if isinstance(step, Child):
        return "[" + ",".join(f"'{name}'" for name in step.names) + "]"
    return f"[{step.indices[0]}]" if isinstance(step, Index) else ""


def _java_type(value: Json) -> str:
    names = {str: "java.lang.String", bool: "java.lang.Boolean", int: "java.lang.Integer", float: "java.lang.Double"}
    return "null" if value is None else names.get(type(value), "java.util.ArrayList")
