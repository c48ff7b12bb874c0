"""ASL1: waiting for a task token, or for an activity's worker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from asl.definition.model import QueryLanguage
from asl.definition.outline import pointer_to
from asl.lint.finding import Complaint, Severity
from asl.lint.rule import Rule
from asl.lint.subject import arguments_of, is_activity, texts, waits_for_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definition.outline import StateOutline
    from asl.lint.subject import Subject

_BOUNDS: Final = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
_SILENCE: Final = frozenset({"States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed"})
# The token, or something that it is part of: $$, $$.Task, $states.context, $states.
_TOKEN_IN_JSONPATH: Final = re.compile(r"\$\$(\.Task(\.Token)?)?(?![\w.\[])|\$\$\[")
_TOKEN_IN_JSONATA: Final = re.compile(r"\$states(\.context(\.Task(\.Token)?)?)?(?!\s*\.\s*\w|\w)|Task\.Token")


def _waits(subject: Subject) -> Iterator[StateOutline]:
    return (state for state in subject.states("Task") if waits_for_token(state))


def _unbounded(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states("Task"):
        if not (waits_for_token(state) or is_activity(state)):
            continue
        if not any(bound in state.fields for bound in _BOUNDS):
            what = "the task token to come back" if waits_for_token(state) else "a worker"
            limit = subject.definition.get("TimeoutSeconds")
            until = f"the state machine's {limit} s" if limit else "a year"
            yield Complaint(
                pointer_to(state.pointer, "Resource"),
                f"{state.name} waits for {what} with neither TimeoutSeconds nor HeartbeatSeconds: a lost answer is "
                f"noticed after {until}",
            )


def _heartbeat(subject: Subject) -> Iterator[Complaint]:
    for state in subject.states("Task"):
        heartbeat, timeout = state.fields.get("HeartbeatSeconds"), state.fields.get("TimeoutSeconds")
        if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
            yield Complaint(
                pointer_to(state.pointer, "HeartbeatSeconds"),
                f"{state.name} times out after {timeout} s, before a heartbeat of {heartbeat} s can be missed",
            )


def _without_catch(subject: Subject) -> Iterator[Complaint]:
    for state in _waits(subject):
        caught = {
            name
            for each in (state, *subject.enclosing(state))
            for catcher in each.fields.get("Catch", ())
            for name in catcher["ErrorEquals"]
        }
        if not caught & _SILENCE:
            yield Complaint(
                pointer_to(state.pointer, "Resource"),
                f"{state.name} waits for a task token, and nothing catches States.Timeout or States.HeartbeatTimeout: "
                "an answer that never comes ends the execution",
            )


def _token_not_passed(subject: Subject) -> Iterator[Complaint]:
    for state in _waits(subject):
        name, arguments = arguments_of(state)
        if not _passes_token(arguments, jsonata=state.query_language is QueryLanguage.JSONATA):
            token = "{% $states.context.Task.Token %}" if name == "Arguments" else "$$.Task.Token"
            yield Complaint(
                pointer_to(state.pointer, name if arguments is not None else "Resource"),
                f"{state.name} waits for its task token to come back, but hands it to no one: {token} is not in {name}",
            )


def _passes_token(arguments: Any, *, jsonata: bool) -> bool:
    for pointer, text in texts(arguments):
        if jsonata:
            if text.startswith("{%") and _TOKEN_IN_JSONATA.search(text):
                return True
        elif pointer.endswith(".$") and _TOKEN_IN_JSONPATH.search(text):
            return True
    return False


_INVOKE: Final = "arn:aws:states:::lambda:invoke.waitForTaskToken"
_PAYLOAD: Final = {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}
_GIVE_UP: Final = {"Type": "Fail", "Error": "NoAnswer"}
_CATCH: Final = [{"ErrorEquals": ["States.HeartbeatTimeout", "States.Timeout"], "Next": "GiveUp"}]
_RETRY: Final = [{"ErrorEquals": ["Lambda.ServiceException"], "JitterStrategy": "FULL"}]
_ASK: Final = {
    "Type": "Task",
    "Resource": _INVOKE,
    "Parameters": _PAYLOAD,
    "HeartbeatSeconds": 600,
    "TimeoutSeconds": 86400,
    "Retry": _RETRY,
    "Catch": _CATCH,
    "End": True,
}


def _without(*fields: str) -> dict[str, Any]:
    return {name: value for name, value in _ASK.items() if name not in fields}


RULES: Final = (
    Rule(
        id="ASL101",
        name="wait-without-bound",
        severity=Severity.ERROR,
        summary="A wait for a task token or an activity has neither a timeout nor a heartbeat.",
        why="A callback that gets lost is an ordinary day: a deployment, a bug, a vendor's outage. Without a bound the "
        "execution then waits for up to a year, and nobody is told.",
        mend="Set `TimeoutSeconds` to the longest time that an answer may take, and `HeartbeatSeconds` where whoever "
        "holds the token can say that it is still alive.",
        link="https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#wait-token-hearbeat",
        bad={"Ask": _without("HeartbeatSeconds", "TimeoutSeconds"), "GiveUp": _GIVE_UP},
        good={"Ask": _ASK, "GiveUp": _GIVE_UP},
        check=_unbounded,
    ),
    Rule(
        id="ASL102",
        name="heartbeat-not-below-timeout",
        severity=Severity.ERROR,
        summary="HeartbeatSeconds is not smaller than TimeoutSeconds.",
        why="The States Language asks for it, and a heartbeat that is due after the timeout can never be missed.",
        mend="Make the heartbeat the time after which silence means trouble, well below the timeout.",
        link="https://states-language.net/spec.html#task-state",
        bad={"Ask": {**_ASK, "HeartbeatSeconds": 86400}, "GiveUp": _GIVE_UP},
        good={"Ask": _ASK, "GiveUp": _GIVE_UP},
        check=_heartbeat,
    ),
    Rule(
        id="ASL103",
        name="wait-without-catch",
        severity=Severity.WARNING,
        summary="Nothing catches the timeout of a wait for a task token.",
        why="A timeout is the one failure that every wait has to expect. If neither the state nor a Parallel or Map "
        "state around it catches it, the execution ends there, and what it had begun stays half done.",
        mend="Catch `States.Timeout` and `States.HeartbeatTimeout` (a missed heartbeat is an error of its own), or "
        "`States.ALL`, and ask for the result in another way, or report the failure.",
        link="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
        bad={"Ask": _without("Catch")},
        good={"Ask": _ASK, "GiveUp": _GIVE_UP},
        check=_without_catch,
    ),
    Rule(
        id="ASL104",
        name="token-not-passed",
        severity=Severity.ERROR,
        summary="A state waits for its task token, but does not hand it out.",
        why="Nobody can bring back a token that nobody was given: every execution waits until it times out.",
        mend="Put `$$.Task.Token` into `Parameters`, or `{% $states.context.Task.Token %}` into `Arguments`.",
        link="https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token",
        bad={"Ask": {**_ASK, "Parameters": {"FunctionName": "ask", "Payload.$": "$"}}, "GiveUp": _GIVE_UP},
        good={"Ask": _ASK, "GiveUp": _GIVE_UP},
        check=_token_not_passed,
    ),
)
