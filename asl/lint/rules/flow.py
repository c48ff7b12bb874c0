"""ASL3: choices and loops."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import pointer_to
from asl.lint.finding import Complaint, Severity
from asl.lint.flows import loops
from asl.lint.rule import Rule
from asl.lint.rules.handlers import MAX_EVENTS
from asl.lint.subject import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.definition.outline import StateOutline
    from asl.lint.flows import Loop
    from asl.lint.subject import Subject

_OPPOSITES: Final = {"LessThan": "GreaterThanEquals", "GreaterThan": "LessThanEquals"}
_ORDERS: Final = re.compile(r"(Numeric|Timestamp|String)(LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?")
_COUNTS: Final = ("Numeric", "Timestamp")
_ASKS_THE_DATA: Final = ("Is", "Boolean")
_COUNTS_IN_JSONATA: Final = re.compile(r"[<>]|\$(count|length|millis|now|toMillis)\s*\(")
_COMPARES_TEXT: Final = re.compile(r"""!?=\s*(['"])|\bin\s*\[\s*['"]|['"]\s*!?=""")
_LIMIT_IN_JSONATA: Final = re.compile(r"(?P<what>\$?[\w.$]+)\s*(?:<=?|>=?)\s*(?P<limit>\d+)")
_ADDS_ONE: Final = re.compile(
    r"States\.MathAdd\(\s*(?P<path>\$[\w.\[\]$]*)\s*,\s*1\s*\)|(?P<name>\$[\w.$]+)\s*\+\s*1\b"
)


def _without_default(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states("Choice"):
        rules = state.fields["Choices"]
        if "Default" not in state.fields and not _covers_everything(rules):
            yield Complaint(
                pointer_to(state.pointer, "Choices"),
                f"{state.name} has no Default: input that none of its rules foresees ends the execution with "
                "States.NoChoiceMatched",
            )


def _covers_everything(rules: list[Mapping[str, Any]]) -> bool:
    if any(_condition(rule) in ("true", {}) for rule in rules):
        return True
    return any(_are_opposites(one, other) for one, other in itertools.permutations(map(_condition, rules), 2))


def _condition(rule: Mapping[str, Any]) -> Any:
    """What a rule tests: the text of a JSONata expression, or the fields of a test."""
    if "Condition" in rule:
        text = rule["Condition"]
        return str(text).lower() if isinstance(text, bool) else text.removeprefix("{%").removesuffix("%}").strip()
    return {name: value for name, value in rule.items() if name not in ("Next", "Comment", "Assign", "Output")}


def _are_opposites(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and other in (f"$not({one})", f"not {one}")
    if other == {"Not": one}:
        return True
    changed = [name for name in one if name != "Variable"]
    if len(changed) != 1 or one.get("Variable") != other.get("Variable"):
        return False
    (name,) = changed
    if isinstance(one[name], bool):
        return other.get(name) is (not one[name])
    match = _ORDERS.fullmatch(name)
    if match is None or match[2] not in _OPPOSITES:
        return False
    return bool(other.get(f"{match[1]}{_OPPOSITES[match[2]]}{match[3] or ''}") == one[name])


def _unbounded_loops(subject: Subject) -> Iterator[Complaint]:
    if subject.express:
        return
    for flow in subject.flow.flows():
        for loop in loops(flow):
            complaint = _unbounded(loop, subject.definition.get("TimeoutSeconds"))
            if complaint:
                yield Complaint(loop.first.pointer, complaint)


def _unbounded(loop: Loop, timeout: Any) -> str | None:
    leaves = any(state.type == "Choice" and _decides_to_leave(loop, state) for state in loop.states)
    if leaves and any(_counts(state) or _asks_the_data(state) for state in loop.states if state.type == "Choice"):
        return None
    cheapest = loop.cheapest_round()
    rounds = MAX_EVENTS // cheapest.events
    if isinstance(timeout, int) and (not cheapest.seconds or timeout / cheapest.seconds < rounds):
        return None
    after = f", after {_duration(rounds * cheapest.seconds)}" if cheapest.seconds else ""
    how = "goes round until what it waits for happens" if leaves else "has no way out but an error"
    return (
        f"The loop {loop.names()} {how}: with {cheapest.events} events in a round the history of {MAX_EVENTS:,} "
        f"is full after about {rounds:,} rounds{after}, and the execution fails with an error that nothing can catch"
    )


def _duration(seconds: int) -> str:
    hours = seconds / 3_600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} hours"


def _decides_to_leave(loop: Loop, state: StateOutline) -> bool:
    return any(way.source == state.name for way in loop.exits())


def _tests(rule: Any) -> Iterator[tuple[str, Any]]:
    """The comparisons of a JSONPath rule, however nested; of an `And` not the tests that only guard the others."""
    for name, value in rule.items():
        if name in ("And", "Or"):
            found = [test for part in value for test in _tests(part)]
            guarded = [test for test in found if not test[0].startswith("Is") and test[0] != "Variable"]
            yield from guarded if name == "And" and guarded else found
        elif name == "Not":
            yield from _tests(value)
        else:
            yield name, value


def is_counted(loop: Loop) -> bool:
    """Whether a loop looks at a number or a time before it goes round again."""
    return any(_counts(state) for state in loop.states if state.type == "Choice")


def _counts(state: StateOutline) -> bool:
    """Whether a Choice looks at a number or a time."""
    for rule in state.fields["Choices"]:
        if "Condition" in rule:
            if _COUNTS_IN_JSONATA.search(str(rule["Condition"])):
                return True
        elif any(name.startswith(_COUNTS) for name, _ in _tests(rule)):
            return True
    return False


def _asks_the_data(state: StateOutline) -> bool:
    """Whether a Choice asks if something is there or true: such a loop ends with its data."""
    for rule in state.fields["Choices"]:
        if "Condition" in rule:
            if not _COMPARES_TEXT.search(str(rule["Condition"])):
                return True
        elif any(name.startswith(_ASKS_THE_DATA) for name, _ in _tests(rule)):
            return True
    return False


def _too_many_rounds(subject: Subject) -> Iterator[Complaint]:
    if subject.express:
        return
    for flow in subject.flow.flows():
        for loop in loops(flow):
            events = loop.cheapest_round().events
            counted = set(_counted(loop))
            for pointer, what, limit in _limits(loop):
                if what in counted and limit * events > MAX_EVENTS:
                    yield Complaint(
                        pointer,
                        f"The loop {loop.names()} may go round {limit:,} times, and with {events} events in a round "
                        f"the history of {MAX_EVENTS:,} is full after about {MAX_EVENTS // events:,}",
                    )


def _counted(loop: Loop) -> Iterator[str]:
    """The last parts of the names of what the loop adds one to."""
    for state in loop.states:
        fields = {name: state.fields.get(name) for name in ("Parameters", "Assign", "Output", "Arguments")}
        for _, text in texts(fields):
            for match in _ADDS_ONE.finditer(text):
                yield _last(match["path"] or match["name"])


def _limits(loop: Loop) -> Iterator[tuple[str, str, int]]:
    """Numbers that the loop compares something with: where, the last part of its name, and the number."""
    for state in loop.states:
        for index, rule in enumerate(state.fields.get("Choices", ())):
            pointer = pointer_to(state.pointer, "Choices", index)
            if "Condition" in rule:
                for match in _LIMIT_IN_JSONATA.finditer(str(rule["Condition"])):
                    yield pointer, _last(match["what"]), int(match["limit"])
            else:
                limits = [value for name, value in rule.items() if name.startswith("Numeric")]
                if limits and isinstance(limits[0], int):
                    yield pointer, _last(str(rule.get("Variable", ""))), limits[0]


def _last(path: str) -> str:
    return path.rpartition(".")[2].lstrip("$")


_FAIL: Final = {"Type": "Fail", "Error": "NotReady"}
_WAIT: Final = {"Type": "Wait", "Seconds": 30, "Next": "Ask"}
_ASK: Final = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:athena:getQueryExecution",
    "Parameters": {"QueryExecutionId.$": "$.query"},
    "ResultPath": "$.answer",
    "Next": "Ready",
}
_COUNT: Final = {
    "Type": "Pass",
    "Parameters": {"count.$": "States.MathAdd($.rounds.count, 1)"},
    "ResultPath": "$.rounds",
    "Next": "Wait",
}
_DONE: Final = {"Variable": "$.answer.QueryExecution.Status.State", "StringEquals": "SUCCEEDED", "Next": "Done"}
_CHOICE_PAGE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"
_QUOTA_PAGE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html"


def _polling(limit: int | None) -> dict[str, Any]:
    states: dict[str, Any] = {"Wait": _WAIT, "Ask": _ASK}
    if limit is None:
        states["Ready"] = {"Type": "Choice", "Choices": [_DONE], "Default": "Wait"}
    else:
        enough = {"Variable": "$.rounds.count", "NumericGreaterThanEquals": limit, "Next": "NotReady"}
        states["Ready"] = {"Type": "Choice", "Choices": [_DONE, enough], "Default": "Count"}
        states |= {"Count": _COUNT, "NotReady": _FAIL}
    return {**states, "Done": {"Type": "Succeed"}}


RULES: Final = (
    Rule(
        id="ASL301",
        name="choice-without-default",
        severity=Severity.WARNING,
        summary="A Choice state has no Default, and its rules do not cover every input.",
        why="Input that no rule foresees - a new status of a vendor, a field that is missing - ends the execution with "
        "`States.NoChoiceMatched`, which the Choice state itself cannot catch.",
        mend="Add a `Default`, if only to a state that says what was not expected. Two rules that are the opposite of "
        "each other need none.",
        link=_CHOICE_PAGE,
        bad={
            "Decide": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "paid", "Next": "Done"}]},
            "Done": {"Type": "Succeed"},
        },
        good={
            "Decide": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.status", "StringEquals": "paid", "Next": "Done"}],
                "Default": "Unexpected",
            },
            "Done": {"Type": "Succeed"},
            "Unexpected": {"Type": "Fail", "Error": "UnexpectedStatus"},
        },
        check=_without_default,
    ),
    Rule(
        id="ASL302",
        name="unbounded-loop",
        severity=Severity.WARNING,
        summary="A loop goes round until something outside happens, however long that takes.",
        why="A history holds 25,000 events. The event after them ends the execution with an error that nothing can "
        "retry or catch. A loop that asks for a status every few seconds gets there in hours.",
        mend="Count the rounds and leave after a set number, or compare with a deadline; or give the state machine a "
        "`TimeoutSeconds` that comes first. Better still, wait for a task token instead of asking.",
        link=_QUOTA_PAGE,
        bad=_polling(None),
        good=_polling(500),
        check=_unbounded_loops,
    ),
    Rule(
        id="ASL303",
        name="loop-overflows-history",
        severity=Severity.WARNING,
        summary="The bound of a loop lets it go round more often than a history can hold.",
        why="The execution fails on the way, at 25,000 events, before the loop's own bound says what to do.",
        mend="Lower the bound, or start a new execution with what is left before the history is full.",
        link=_QUOTA_PAGE,
        bad=_polling(5_000),
        good=_polling(500),
        check=_too_many_rounds,
    ),
)
