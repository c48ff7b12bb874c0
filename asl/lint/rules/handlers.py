"""ASL2: retriers and catchers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.definition.outline import TransitionKind, pointer_to
from asl.lint.finding import Complaint, Severity
from asl.lint.flows import comes_to_notice
from asl.lint.rule import Rule
from asl.lint.subject import arguments_of, calls_lambda, resource_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asl.definition.outline import StateOutline
    from asl.lint.subject import Subject

MAX_EVENTS: Final = 25_000
_EVENTS_PER_ATTEMPT: Final = 3
_LONG_DELAY: Final = 900
_HOPELESS: Final = {
    "States.Runtime": "it cannot be retried or caught",
    "States.DataLimitExceeded": "the same data is too large again",
    "States.NoChoiceMatched": "the same input matches no choice again",
    "States.ParameterPathFailure": "the same path is missing again",
    "States.ResultPathMatchFailure": "the same path cannot be set again",
    "States.IntrinsicFailure": "the same function fails again",
    "States.QueryEvaluationError": "the same expression fails again",
    "States.Permissions": "a missing permission does not appear by itself",
}
_RESERVED: Final = frozenset(
    {
        *_HOPELESS,
        "States.ALL",
        "States.BranchFailed",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.ItemReaderFailed",
        "States.ResultWriterFailed",
        "States.TaskFailed",
        "States.Timeout",
    }
)
_RESERVED_PREFIXES: Final = ("States.Http.StatusCode.",)
_CATCH_ALL: Final = frozenset({"States.ALL", "States.TaskFailed"})
_TRANSIENT: Final = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
)
_EVERYONE: Final = "*"


def _handlers(subject: Subject, field: str) -> Iterator[tuple[StateOutline, str, Mapping[str, Any]]]:
    """Each retrier or catcher, with its state and its JSON pointer."""
    for state in subject.states("Task", "Parallel", "Map"):
        for index, handler in enumerate(state.fields.get(field, ())):
            yield state, pointer_to(state.pointer, field, index), handler


def _hopeless(subject: Subject) -> Iterator[Complaint]:
    for state, pointer, retrier in _handlers(subject, "Retry"):
        if retrier.get("MaxAttempts", 3) == 0:
            continue
        for index, name in enumerate(retrier["ErrorEquals"]):
            if name in _HOPELESS:
                yield Complaint(
                    pointer_to(pointer, "ErrorEquals", index),
                    f"{state.name} retries {name}, which cannot succeed: {_HOPELESS[name]}",
                )


def _without_cap(subject: Subject) -> Iterator[Complaint]:
    for state, pointer, retrier in _handlers(subject, "Retry"):
        attempts = retrier.get("MaxAttempts", 3)
        if not subject.express and attempts * _EVENTS_PER_ATTEMPT > MAX_EVENTS:
            yield Complaint(
                pointer_to(pointer, "MaxAttempts"),
                f"{state.name} may be tried {attempts} times, and the history is full after about "
                f"{MAX_EVENTS // _EVENTS_PER_ATTEMPT}",
            )
        elif attempts > 1 and "MaxDelaySeconds" not in retrier:
            longest = _longest_delay(retrier, attempts)
            if longest > _LONG_DELAY:
                yield Complaint(
                    pointer,
                    f"{state.name} waits up to {_duration(longest)} between two attempts: the backoff of {attempts} "
                    "attempts has no MaxDelaySeconds",
                )


def _longest_delay(retrier: Mapping[str, Any], attempts: int) -> float:
    rate = float(retrier.get("BackoffRate", 2.0))
    try:
        return float(retrier.get("IntervalSeconds", 1)) * rate ** (attempts - 1) if rate > 1 else 0.0
    except OverflowError:
        return float("inf")


def _duration(seconds: float) -> str:
    if seconds > 99_999_999:
        return "years"
    if seconds > 172_800:
        return f"{seconds / 86_400:.0f} days"
    return f"{seconds / 3_600:.1f} hours" if seconds > 7_200 else f"{seconds / 60:.0f} minutes"


def _without_jitter(subject: Subject) -> Iterator[Complaint]:
    for state, pointer, retrier in _handlers(subject, "Retry"):
        if retrier.get("MaxAttempts", 3) > 0 and "JitterStrategy" not in retrier:
            yield Complaint(
                pointer, f"{state.name} retries without jitter: executions that failed together come back so"
            )


def _lambda_not_retried(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states("Task"):
        if not calls_lambda(state):
            continue
        retried = {
            name
            for each in (state, *subject.enclosing(state))
            for retrier in each.fields.get("Retry", ())
            for name in retrier["ErrorEquals"]
        }
        if not retried & {*_CATCH_ALL, *_TRANSIENT}:
            yield Complaint(
                pointer_to(state.pointer, "Resource"),
                f"{state.name} does not retry the passing errors of Lambda: {', '.join(_TRANSIENT[:4])}",
            )


def _swallowed(subject: Subject) -> Iterator[Complaint]:
    for flow in subject.flow.flows():
        for way in flow.transitions():
            if way.kind is not TransitionKind.CATCH or not _CATCH_ALL & set(way.rule["ErrorEquals"]):
                continue
            if way.target is not None and not comes_to_notice(subject, flow, way.target, source=way.source or ""):
                yield Complaint(
                    way.pointer,
                    f"{way.source} catches {' and '.join(way.rule['ErrorEquals'])}, and no way on from {way.target} "
                    "leads to a Fail state or to one that reports: whatever goes wrong is forgotten",
                )


def _unknown_errors(subject: Subject) -> Iterator[Complaint]:
    own = {str(state.fields.get("Error", "")) for state in subject.states("Fail")}
    for field in ("Retry", "Catch"):
        for state, pointer, handler in _handlers(subject, field):
            known = _raisable(subject, state)
            for index, name in enumerate(handler["ErrorEquals"]):
                place = pointer_to(pointer, "ErrorEquals", index)
                if name.startswith("States."):
                    if name not in _RESERVED | own and not name.startswith(_RESERVED_PREFIXES):
                        yield Complaint(place, f"{state.name} names {name}, which is no error of Step Functions")
                elif known is not None and "." not in name and name not in known:
                    yield Complaint(place, f"{state.name} names {name}, which nothing that it runs can raise")


def _raisable(subject: Subject, state: StateOutline) -> frozenset[str] | None:
    """The errors that the tasks of a state can raise and its Fail states do; None where they are not known."""
    names: set[str] = set()
    for each in _with_inner(state):
        if each.type == "Fail":
            if "ErrorPath" in each.fields or str(each.fields.get("Error", "")).startswith("{%"):
                return None
            names.add(str(each.fields.get("Error", "")))
        elif each.type == "Task":
            known = _of_task(subject, each)
            if known is None:
                return None
            names.update(known)
    return frozenset(names)


def _with_inner(state: StateOutline) -> Iterator[StateOutline]:
    yield state
    for flow in state.flows:
        yield from flow.all_states()


def _of_task(subject: Subject, state: StateOutline) -> Iterable[str] | None:
    errors = subject.settings.errors
    function = _function_of(state)
    keys = [key for key in (state.name, function, _EVERYONE) if key in errors]
    if not keys:
        return None
    return [name for key in keys for name in errors[key]]


def _function_of(state: StateOutline) -> str:
    """The name of the function that a state calls, as far as it is written there."""
    _, arguments = arguments_of(state)
    named = arguments.get("FunctionName", "") if isinstance(arguments, dict) else ""
    reference = str(named or resource_of(state))
    return reference.partition(":function:")[2].partition(":")[0] or reference


def _hidden(subject: Subject) -> Iterator[Complaint]:
    for field in ("Retry", "Catch"):
        for state in subject.states("Task", "Parallel", "Map"):
            seen: dict[str, int] = {}
            for index, handler in enumerate(state.fields.get(field, ())):
                for position, name in enumerate(handler["ErrorEquals"]):
                    if name in seen and seen[name] != index:
                        yield Complaint(
                            pointer_to(state.pointer, field, index, "ErrorEquals", position),
                            f"{state.name} names {name} in element {seen[name]} of {field} already; the first one to "
                            "name an error is the one that is used",
                        )
                    seen.setdefault(name, index)


_FAIL: Final = {"Type": "Fail", "Error": "NotDone"}
_CATCH: Final = [{"ErrorEquals": ["States.ALL"], "Next": "NotDone"}]
_WORK: Final[dict[str, Any]] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "work", "Payload.$": "$"},
    "Retry": [
        {"ErrorEquals": list(_TRANSIENT), "MaxAttempts": 6, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"},
    ],
    "Catch": _CATCH,
    "End": True,
}


def _retrying(**fields: Any) -> dict[str, Any]:
    first = _WORK["Retry"][0]
    kept = {name: value for name, value in {**first, **fields}.items() if value is not None}
    return {"Work": {**_WORK, "Retry": [kept]}, "NotDone": _FAIL}


_GOOD: Final = {"Work": _WORK, "NotDone": _FAIL}
_ERRORS_PAGE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"

RULES: Final = (
    Rule(
        id="ASL201",
        name="hopeless-retry",
        severity=Severity.WARNING,
        summary="A retrier names an error that another attempt cannot mend.",
        why="Another attempt with the same input, definition and role meets the same error. The delays only put off "
        "the moment at which it is reported.",
        mend="Take the name out, or give it a retrier of its own with `MaxAttempts` 0, and catch the error.",
        link=_ERRORS_PAGE,
        bad=_retrying(ErrorEquals=["Lambda.ServiceException", "States.Permissions"]),
        good=_GOOD,
        check=_hopeless,
    ),
    Rule(
        id="ASL202",
        name="retry-without-cap",
        severity=Severity.WARNING,
        summary="The delays of a retrier grow without a cap, or its attempts fill the history.",
        why="Delays that double become hours after a dozen attempts: the service has long been back while the "
        "execution still sleeps. A history holds 25,000 events, and every attempt adds three.",
        mend="Set `MaxDelaySeconds` where the longest delay is over 15 minutes, and fewer attempts.",
        link=_ERRORS_PAGE,
        bad=_retrying(MaxAttempts=12, MaxDelaySeconds=None),
        good=_retrying(MaxAttempts=12),
        check=_without_cap,
    ),
    Rule(
        id="ASL203",
        name="retry-without-jitter",
        severity=Severity.NOTE,
        summary="A retrier has no jitter.",
        why="Executions that failed together, as a service was overloaded, come back together and overload it again.",
        mend="Set `JitterStrategy` to `FULL`, or to `NONE` where the delays have to be exact.",
        link="https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/",
        bad=_retrying(JitterStrategy=None),
        good=_GOOD,
        check=_without_jitter,
    ),
    Rule(
        id="ASL204",
        name="lambda-not-retried",
        severity=Severity.WARNING,
        summary="A task that calls a Lambda function retries none of Lambda's passing errors.",
        why="Lambda answers now and then with an error of its own that is over a second later. Without a retrier each "
        "of them ends an execution.",
        mend="Retry `Lambda.ServiceException`, `Lambda.AWSLambdaException`, `Lambda.SdkClientException` and "
        "`Lambda.TooManyRequestsException`, in the state or in the Parallel or Map state around it.",
        link="https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception",
        bad=_retrying(ErrorEquals=["Busy"]),
        good=_GOOD,
        check=_lambda_not_retried,
    ),
    Rule(
        id="ASL205",
        name="swallowed-failure",
        severity=Severity.WARNING,
        summary="A catcher of all errors leads nowhere where someone would hear of them.",
        why="The execution ends as SUCCEEDED, and no alarm looks at those. A catcher of a particular error is left "
        "alone: that is an answer to it.",
        mend="Let the way on from the catcher lead to a `Fail` state, to a task that publishes (SNS, SQS, EventBridge, "
        "HTTP, another execution), or to a state whose name says what it does about the failure "
        "(`sink-states`, `sink-resources`).",
        link=_ERRORS_PAGE,
        bad={
            "Work": {**_WORK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]},
            "Done": {"Type": "Succeed"},
        },
        good=_GOOD,
        check=_swallowed,
    ),
    Rule(
        id="ASL206",
        name="unknown-error",
        severity=Severity.ERROR,
        summary="A retrier or catcher names an error that nothing raises.",
        why="A name that was misspelled, or that the code no longer raises, handles nothing, and nobody notices before "
        "the day on which it should. Names that begin with `States.` are always checked; those of your functions where "
        "the settings say what each can raise (`errors`).",
        mend="Spell it as the code does; where it is raised but not listed, list it.",
        link=_ERRORS_PAGE,
        bad={**_GOOD, "Work": {**_WORK, "Catch": [{"ErrorEquals": ["States.TimeOut"], "Next": "NotDone"}]}},
        good={**_GOOD, "Work": {**_WORK, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "NotDone"}]}},
        check=_unknown_errors,
    ),
    Rule(
        id="ASL207",
        name="hidden-handler",
        severity=Severity.WARNING,
        summary="A retrier or catcher names an error that an earlier one names already.",
        why="The first that names an error is used, and the second never.",
        mend="Name every error once.",
        link=_ERRORS_PAGE,
        bad={
            **_GOOD,
            "Work": {
                **_WORK,
                "Catch": [
                    {"ErrorEquals": ["Busy"], "Next": "NotDone"},
                    {"ErrorEquals": ["Broken", "Busy"], "Next": "NotDone"},
                ],
            },
        },
        good=_GOOD,
        check=_hidden,
    ),
)
