"""Common expressions as direct closures, many times faster than the interpreter and equal to it.

Covered are literals, variables, paths of names through objects, arithmetic, comparison, equality, concatenation, `and`,
`or`, conditions, blocks, constructors of objects and arrays, and calls of the functions that take no function, as long
as their parts are covered. `close` gives None for anything else, which the interpreter evaluates. Values are the
library's: None is undefined, NULL is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from asl.expressions.jsonata.failures import OUT_OF_MEMORY, BudgetExceededError
from asl.expressions.jsonata.interpreter import MAX_DEPTH, BoundedInterpreter, is_qualified, plain_names
from asl.expressions.jsonata.library import NULL, Interpreter
from asl.expressions.jsonata.numbers import arithmetic
from asl.expressions.jsonata.text import text_of
from asl.expressions.jsonata.values import MEMORY_LIMIT

Closure: TypeAlias = Callable[[Mapping[str, Any]], Any]

_NOT_COVERED = frozenset({"now", "millis", "eval"})
_MISSING = object()


class _NotCoveredError(Exception):
    """The expression has a part that only the interpreter evaluates."""


def close(ast: Any, interpreter: BoundedInterpreter) -> Closure | None:
    """A closure from variables to the value of the expression, or None where there is none."""
    try:
        return _Compiler(interpreter).close(ast, 1)
    except _NotCoveredError:
        return None


def reads_only(ast: Any) -> bool:
    """Whether the expression gives a part of a variable: a dict, list or scalar from its closure is JSON already."""
    return ast.type == "variable" or (ast.type == "path" and plain_names(ast) is not None)


class _Compiler:
    """Mirrors the interpreter: `depth` is how deep its evaluation of the node would be nested."""

    def __init__(self, interpreter: BoundedInterpreter) -> None:
        self.interpreter = interpreter
        self._by_type: dict[str, Callable[[Any, int], Closure]] = {
            "binary": self._binary,
            "block": self._block,
            "condition": self._condition,
            "function": self._function,
            "number": self._literal,
            "path": self._path,
            "string": self._literal,
            "unary": self._unary,
            "value": self._literal,
            "variable": self._variable,
        }

    def close(self, node: Any, depth: int) -> Closure:
        if depth > MAX_DEPTH or node.type not in self._by_type or is_qualified(node):
            raise _NotCoveredError
        return self._by_type[node.type](node, depth)

    def _literal(self, node: Any, _depth: int) -> Closure:
        value = NULL if node.value is None else node.value
        return lambda _: value

    def _variable(self, node: Any, _depth: int) -> Closure:
        name = self._variable_name(node)

        def variable(bindings: Mapping[str, Any]) -> Any:
            value = bindings.get(name, _MISSING)
            if value is None:
                return NULL
            return None if value is _MISSING else value

        return variable

    def _variable_name(self, node: Any) -> str:
        """The name of a variable of the state, which can't be that of a function."""
        name = str(node.value)
        if name in ("", "$") or self.interpreter.globals.lookup(name) is not None or name == "eval":
            raise _NotCoveredError
        return name

    def _path(self, node: Any, depth: int) -> Closure:
        rest = plain_names(node)
        if rest is None or depth >= MAX_DEPTH or node.steps[0].type != "variable":
            raise _NotCoveredError
        variable = self._variable_name(node.steps[0])
        interpreter = self.interpreter

        def path(bindings: Mapping[str, Any]) -> Any:
            value: Any = bindings.get(variable)
            for name in rest:
                if not isinstance(value, dict):
                    if isinstance(value, list):
                        return interpreter.run(node, bindings, None)
                    return None
                value = value.get(name, _MISSING)
                if value is _MISSING:
                    return None
            return NULL if value is None else value

        return path

    def _binary(self, node: Any, depth: int) -> Closure:
        operator = str(node.value)
        make = _OPERATORS.get(operator)
        if make is None:
            raise _NotCoveredError
        return make(self.interpreter, operator, self.close(node.lhs, depth + 1), self.close(node.rhs, depth + 1))

    def _condition(self, node: Any, depth: int) -> Closure:
        test, then = self.close(node.condition, depth + 1), self.close(node.then, depth + 1)
        otherwise = None if node._else is None else self.close(node._else, depth + 1)  # noqa: SLF001  the library's name

        def condition(bindings: Mapping[str, Any]) -> Any:
            if Interpreter.boolize(test(bindings)):
                return then(bindings)
            return None if otherwise is None else otherwise(bindings)

        return condition

    def _block(self, node: Any, depth: int) -> Closure:
        parts = [self.close(part, depth + 1) for part in node.expressions]
        if not parts:
            raise _NotCoveredError

        def block(bindings: Mapping[str, Any]) -> Any:
            for part in parts[:-1]:
                part(bindings)
            return parts[-1](bindings)

        return parts[0] if len(parts) == 1 else block

    def _unary(self, node: Any, depth: int) -> Closure:
        if node.value == "{":
            return self._object(node, depth)
        if node.value == "[" and not node.consarray:
            return self._array(node, depth)
        raise _NotCoveredError

    def _object(self, node: Any, depth: int) -> Closure:
        keys = [key.value for key, _ in node.lhs_object]
        if any(key.type != "string" or is_qualified(key) for key, _ in node.lhs_object) or len(set(keys)) < len(keys):
            raise _NotCoveredError
        members = [(str(key.value), self.close(value, depth + 1)) for key, value in node.lhs_object]

        def build(bindings: Mapping[str, Any]) -> Any:
            built = {}
            for key, evaluate in members:
                value = evaluate(bindings)
                if value is not None:
                    built[key] = value
            return built

        return build

    def _array(self, node: Any, depth: int) -> Closure:
        items = [(item.value == "[", self.close(item, depth + 1)) for item in node.expressions]

        def build(bindings: Mapping[str, Any]) -> Any:
            built: list[Any] = []
            for nested, evaluate in items:
                value = evaluate(bindings)
                if isinstance(value, list) and not nested:
                    built.extend(value)
                elif value is not None:
                    built.append(value)
            return built

        return build

    def _function(self, node: Any, depth: int) -> Closure:
        procedure = node.procedure
        if procedure.type != "variable" or is_qualified(procedure) or procedure.value in _NOT_COVERED:
            raise _NotCoveredError
        name = str(procedure.value)
        function = self.interpreter.globals.lookup(name)
        if function is None:
            raise _NotCoveredError
        arguments = [self.close(argument, depth + 1) for argument in node.arguments or []]
        interpreter = self.interpreter

        def call(bindings: Mapping[str, Any]) -> Any:
            if name in bindings:
                return interpreter.run(node, bindings, None)
            values = [argument(bindings) for argument in arguments]
            return interpreter.call_function(node, function, values)

        return call


def _arithmetic(_interpreter: BoundedInterpreter, operator: str, left: Closure, right: Closure) -> Closure:
    return lambda bindings: arithmetic(left(bindings), right(bindings), operator)


def _concatenation(_interpreter: BoundedInterpreter, _operator: str, left: Closure, right: Closure) -> Closure:
    def concatenate(bindings: Mapping[str, Any]) -> Any:
        first, second = left(bindings), right(bindings)
        text = text_of(first) + text_of(second)
        if len(text) > MEMORY_LIMIT:
            raise BudgetExceededError(OUT_OF_MEMORY)
        return text

    return concatenate


def _comparison(interpreter: BoundedInterpreter, operator: str, left: Closure, right: Closure) -> Closure:
    compare = interpreter.evaluate_comparison_expression
    return lambda bindings: compare(left(bindings), right(bindings), operator)


def _equality(interpreter: BoundedInterpreter, operator: str, left: Closure, right: Closure) -> Closure:
    wanted = operator == "="

    def equal(bindings: Mapping[str, Any]) -> Any:
        first, second = left(bindings), right(bindings)
        if isinstance(first, str) and isinstance(second, str):
            return (first == second) is wanted
        interpreter.begin(None)
        return interpreter.evaluate_equality_expression(first, second, operator)

    return equal


def _logic(_interpreter: BoundedInterpreter, operator: str, left: Closure, right: Closure) -> Closure:
    if operator == "and":
        return lambda bindings: Interpreter.boolize(left(bindings)) and Interpreter.boolize(right(bindings))
    return lambda bindings: Interpreter.boolize(left(bindings)) or Interpreter.boolize(right(bindings))


_OPERATORS: dict[str, Callable[[BoundedInterpreter, str, Closure, Closure], Closure]] = {
    **dict.fromkeys("+-*/%", _arithmetic),
    **dict.fromkeys(("<", "<=", ">", ">="), _comparison),
    **dict.fromkeys(("=", "!="), _equality),
    **dict.fromkeys(("and", "or"), _logic),
    "&": _concatenation,
}
