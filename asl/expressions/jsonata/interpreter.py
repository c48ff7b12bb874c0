"""The library's interpreter with AWS's limits.

Every evaluation has a budget of steps, depth and bytes, counted and not timed, so that the same expression ends in the
same way on any machine and under any clock. Running out raises BudgetExceededError.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from asl.expressions.jsonata.failures import OUT_OF_MEMORY, OUT_OF_STACK, OUT_OF_TIME, BudgetExceededError
from asl.expressions.jsonata.functions import bind_functions
from asl.expressions.jsonata.library import (
    NOT_APPLIED,
    NULL,
    Frame,
    Interpreter,
    LibraryError,
    LibraryFunction,
    Sequence,
    sequence,
)
from asl.expressions.jsonata.numbers import arithmetic
from asl.expressions.jsonata.text import text_of
from asl.expressions.jsonata.values import BYTES_PER_NODE, MEMORY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_STEPS = 200_000
MAX_DEPTH = 100
MAX_ALLOCATED = 64 * MEMORY_LIMIT
SMALL = 256

ITEMS_PER_STEP = 4
CHARACTERS_PER_STEP = 1024
WRITTEN_PER_STEP = 16
GROUPED_PER_STEP = 50_000
"""How much work of the library counts as one step: items looked at, characters scanned or written as JSON, and pairs
of items, which grouping copies quadratically."""


class BoundedInterpreter(Interpreter):  # type: ignore[misc]  # the library has no types
    """Evaluates parsed expressions; one for all of them, since an evaluation never yields."""

    def __init__(self) -> None:
        super().__init__("null")
        self.steps = self.depth = self.allocated = self.combining = 0
        self.globals = Frame(Interpreter.static_frame)
        bind_functions(self.globals)
        self._by_type: dict[str, Callable[[Any, Any, Any], Any]] = {
            "apply": self.evaluate_apply_expression,
            "binary": self.evaluate_binary,
            "bind": self.evaluate_bind_expression,
            "block": self.evaluate_block,
            "condition": self.evaluate_condition,
            "descendant": lambda expr, data, _: self.evaluate_descendants(expr, data),
            "function": self._call,
            "lambda": self.evaluate_lambda,
            "name": self.evaluate_name,
            "number": _literal,
            "parent": lambda expr, _, environment: environment.lookup(expr.slot.label),
            "partial": self.evaluate_partial_application,
            "path": self.evaluate_path,
            "regex": lambda expr, *_: expr.value,
            "string": _literal,
            "transform": self.evaluate_transform_expression,
            "unary": self.evaluate_unary,
            "value": _literal,
            "variable": self.evaluate_variable,
            "wildcard": lambda expr, data, _: self.evaluate_wildcard(expr, data),
        }

    def run(self, ast: Any, bindings: Mapping[str, Any], now_millis: int | None) -> Any:
        """The value of a parsed expression with these variables; `now_millis` is what $millis and $now tell."""
        self.begin(now_millis)
        frame = Frame(self.globals)
        frame.bindings = {name: NULL if value is None else value for name, value in bindings.items()}
        self.environment = frame
        return self.eval(ast, None, frame)

    def begin(self, now_millis: int | None) -> None:
        """Start with a whole budget."""
        Interpreter.CURRENT.jsonata = self
        self.steps = self.depth = self.allocated = self.combining = 0
        self.timestamp = int(time.time() * 1000) if now_millis is None else now_millis

    def call_function(self, expr: Any, function: Any, arguments: list[Any]) -> Any:
        """The value of a call of a library function with evaluated arguments; `expr` is the call."""
        self.begin(0)
        try:
            result = self.apply(function, arguments, None, self.globals)
        except LibraryError as error:
            _name_call(error, expr)
            raise
        return self._settled(expr, result)

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002  the library's signature
        """One step of the evaluation: the library's, with the limits checked."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise BudgetExceededError(OUT_OF_TIME)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BudgetExceededError(OUT_OF_STACK)
        evaluate = self._by_type.get(expr.type)
        result = None if evaluate is None else evaluate(expr, input, environment)
        if expr.predicate is not None:
            for predicate in expr.predicate:
                result = self.evaluate_filter(predicate.expr, result, environment)
        if expr.group is not None and expr.type != "path":
            result = self.evaluate_group_expression(expr.group, result, environment)
        self.depth -= 1
        if self.combining and isinstance(result, list):
            self.work(len(result))
        return self._settled(expr, result)

    def _settled(self, expr: Any, result: Any) -> Any:
        """The result with its size charged, and a sequence of one item or none replaced by that item or undefined."""
        if isinstance(result, str):
            if len(result) > SMALL and expr.type not in _REFERENCES:
                self.charge(len(result))
            return result
        if not isinstance(result, Sequence):
            return result
        if len(result) > SMALL:
            self.charge(len(result) * BYTES_PER_NODE)
        if not result.sequence or result.tuple_stream:
            return result
        if expr.keep_array:
            result.keep_singleton = True
        if not result:
            return None
        return result[0] if len(result) == 1 and not result.keep_singleton else result

    def charge(self, size: int) -> None:
        """Count `size` bytes that a step has allocated."""
        self.allocated += size
        self.steps += size // 4096
        if size > MEMORY_LIMIT or self.allocated > MAX_ALLOCATED:
            raise BudgetExceededError(OUT_OF_MEMORY)

    def work(self, steps: int) -> None:
        """Count what the library does without evaluating anything."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise BudgetExceededError(OUT_OF_TIME)

    def _call(self, expr: Any, data: Any, environment: Any) -> Any:
        try:
            return self.evaluate_function(expr, data, environment, NOT_APPLIED)
        except LibraryError as error:
            _name_call(error, expr)
            raise

    def evaluate_partial_application(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002  as above
        """`$f(?, 1)`; a function without its `$` gets JSONata's hint."""
        try:
            return super().evaluate_partial_application(expr, input, environment)
        except LibraryError as error:
            name = expr.procedure.steps[0].value if expr.procedure.type == "path" else None
            if error.error == "T1008" and name is not None and environment.lookup(str(name)) is not None:
                raise LibraryError("T1007", expr.position, name) from None
            raise

    def evaluate_path(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002  as above
        """A path; one of names through objects is looked up directly, with the same result."""
        if not hasattr(expr, "names"):
            expr.names = plain_names(expr)
        if expr.names is None or self.depth >= MAX_DEPTH:
            return super().evaluate_path(expr, input, environment)
        first = expr.steps[0]
        value = self.evaluate_variable(first, input, environment) if first.type == "variable" else input
        for name in expr.names:
            if not isinstance(value, dict):
                return super().evaluate_path(expr, input, environment) if isinstance(value, list) else None
            value = value.get(name, NOT_APPLIED)
            if value is NOT_APPLIED:
                return None
        if isinstance(value, Sequence):
            return super().evaluate_path(expr, input, environment)
        return NULL if value is None else value

    def evaluate_step(self, expr: Any, input: Any, environment: Any, last_step: bool) -> Any:  # noqa: A002  as above
        """One step of a path for every item; arrays are flattened one level, as long as the result fits into memory."""
        if expr.type == "sort":
            return super().evaluate_step(expr, input, environment, last_step)
        found: list[Any] = []
        size = 0
        for item in input:
            value = self.eval(expr, item, environment)
            for stage in expr.stages or ():
                value = self.evaluate_filter(stage.expr, value, environment)
            if value is not None:
                found.append(value)
                size += len(value) if isinstance(value, list) else 1
                if size * BYTES_PER_NODE > MEMORY_LIMIT:
                    raise BudgetExceededError(OUT_OF_MEMORY)
        if last_step and len(found) == 1 and isinstance(found[0], list) and not _is_sequence(found[0]):
            return found[0]
        flat: list[Any] = []
        for value in found:
            if not isinstance(value, list) or (isinstance(value, Sequence) and value.cons):
                flat.append(value)
            else:
                flat.extend(value)
        return sequence(flat)

    def evaluate_tuple_step(self, expr: Any, input: Any, tuple_bindings: Any, environment: Any) -> Any:  # noqa: A002  as above
        """A step of a path with `@` or `#`; each combination it makes is a step of the evaluation."""
        self.combining += 1
        combined = super().evaluate_tuple_step(expr, input, tuple_bindings, environment)
        self.combining -= 1
        return combined

    def evaluate_wildcard(self, expr: Any, input: Any) -> Any:  # noqa: A002, ARG002  as above
        """`*`: the values of an object or the items of an array, arrays among them flattened to any depth."""
        if isinstance(input, Sequence) and input.outer_wrapper and input:
            input = input[0]  # noqa: A001  as above
        values = input.values() if isinstance(input, dict) else input if isinstance(input, list) else ()
        found: list[Any] = []
        for value in values:
            self._flatten(value, found)
        return Sequence(found) if any(isinstance(value, list) for value in values) else sequence(found)

    def _flatten(self, value: Any, found: list[Any]) -> None:
        self.work(1)
        if isinstance(value, list):
            for item in value:
                self._flatten(item, found)
        else:
            found.append(value)

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        """Arithmetic of doubles: dividing by zero gives a number out of range, not an error."""
        return arithmetic(lhs, rhs, op)

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
        """`lhs..rhs`, as a list, if it fits into the memory that an expression may hold."""
        low, high = _whole(lhs), _whole(rhs)
        if super().evaluate_range_expression(low, high) is None:
            return None
        self.charge((high - low + 1) * BYTES_PER_NODE)
        return list(range(low, high + 1))

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        """`lhs & rhs`."""
        text = text_of(lhs) + text_of(rhs)
        if isinstance(lhs, list | dict) or isinstance(rhs, list | dict):
            self.work(len(text) // WRITTEN_PER_STEP)
        return text

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002  as above
        """`{key: value}` over the items of the input."""
        if isinstance(input, list):
            self.work(len(input) ** 2 // GROUPED_PER_STEP)
        return super().evaluate_group_expression(expr, input, environment)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        """`lhs = rhs` and `lhs != rhs`; both are false when a side is undefined."""
        if lhs is None or rhs is None:
            return False
        return self._same(lhs, rhs) is (op == "=")

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> Any:
        """`lhs in rhs`."""
        if lhs is None or rhs is None:
            return False
        return any(self._same(lhs, item) for item in (rhs if isinstance(rhs, list) else [rhs]))

    def _same(self, left: Any, right: Any) -> bool:
        """Deep equality; every comparison is a step."""
        self.work(1)
        if left is None or right is None or left is NULL or right is NULL:
            return left in (None, NULL) and right in (None, NULL)
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(self._same, left, right))
        if isinstance(left, dict) and isinstance(right, dict):
            return left.keys() == right.keys() and all(self._same(item, right[key]) for key, item in left.items())
        return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)

    def recurse_descendants(self, input: Any, results: Any) -> None:  # noqa: A002  the library's signature
        """`**`; every value met is a step."""
        self.work(1)
        super().recurse_descendants(input, results)

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:  # noqa: A002  as above
        """A call; one of a library function counts by the size of its result, and of what a transform copies."""
        if not self.is_function_like(proc):
            raise LibraryError("T1006", -1)
        if isinstance(proc, Interpreter.Transformer):
            self.work(len(text_of(args[0])) // WRITTEN_PER_STEP)
        elif isinstance(proc, LibraryFunction):
            for argument in args:
                self.work(_effort(argument))
        result = super().apply_inner(proc, args, input, environment)
        if isinstance(result, str | list) and len(result) > SMALL:
            self.charge(len(result) * (1 if isinstance(result, str) else BYTES_PER_NODE))
            if isinstance(result, str) and any(isinstance(argument, list | dict) for argument in args):
                self.work(len(result) // WRITTEN_PER_STEP)
        return result


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and bool(value.sequence)


def plain_names(path: Any) -> list[str] | None:
    """The names in a path that has nothing else, after a variable that it may begin with; None for any other path."""
    first, *rest = path.steps
    names = rest if first.type == "variable" else path.steps
    plain = not (path.keep_singleton_array or is_qualified(path) or any(map(is_qualified, path.steps)))
    return [str(step.value) for step in names] if plain and all(step.type == "name" for step in names) else None


def is_qualified(node: Any) -> bool:
    """Whether the node has a predicate, grouping, binding or `[]`, which change what its value means."""
    return bool(
        node.predicate
        or node.stages
        or node.group is not None
        or node.keep_array
        or node.focus is not None
        or node.index is not None
        or node.tuple is not None
        or node.ancestor is not None
    )


_REFERENCES = frozenset({"variable", "name", "path", "string", "block", "condition", "bind"})


def _literal(expr: Any, _data: Any, _environment: Any) -> Any:
    return NULL if expr.value is None else expr.value


def _name_call(error: Any, call: Any) -> None:
    """Note the innermost function that an error comes from, which messages name."""
    if getattr(error, "called", None) is None:
        error.called = call.procedure.value


def _effort(argument: Any) -> int:
    """The steps that reading an argument of a library function counts."""
    if isinstance(argument, list):
        return len(argument) // ITEMS_PER_STEP
    return len(argument) // CHARACTERS_PER_STEP if isinstance(argument, str) else 0


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
