"""Text of a definition -> `StateMachine`.

The text is taken to be valid (`asl.definition.validation` says whether it is); what remains wrong is a `ParseError`
that names the place by its JSON pointer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from asl.definition.model import (
    ABSENT,
    Catcher,
    ChoiceRule,
    ChoiceState,
    FailState,
    Flow,
    MapState,
    ParallelState,
    PassState,
    QueryLanguage,
    Retrier,
    State,
    StateMachine,
    SucceedState,
    TaskState,
    WaitState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Fields = dict[str, Any]
Parsed = TypeVar("Parsed")

DISTRIBUTED_FIELDS = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)


class ParseError(ValueError):
    """The definition cannot be read; the text says what is wrong and at which JSON pointer."""


def parse(definition: str) -> StateMachine:
    """Parse the JSON text of a definition.

    Raises:
        ParseError: the text is not JSON, or a field that the engine cannot do without is missing or malformed.
    """
    try:
        return _state_machine(json.loads(definition))
    except RecursionError:
        raise ParseError("the definition is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"the definition is not JSON: {error}") from error


def _state_machine(fields: object) -> StateMachine:
    if not isinstance(fields, dict):
        raise ParseError("the definition has to be a JSON object")
    language = _query_language(fields, QueryLanguage.JSONPATH, "")
    flow = _flow(fields, language, "")
    return StateMachine(
        start_at=flow.start_at,
        states=flow.states,
        query_language=language,
        comment=fields.get("Comment"),
        version=fields.get("Version", "1.0"),
        timeout_seconds=fields.get("TimeoutSeconds"),
    )


def _flow(fields: Fields, language: QueryLanguage, at: str) -> Flow:
    states = _object(fields.get("States"), f"{at}/States")
    parsed = {name: _state(name, body, language, f"{at}/States/{name}") for name, body in states.items()}
    start_at = fields.get("StartAt")
    if start_at not in parsed:
        raise ParseError(f"StartAt has to name a state of the same States at {at}/StartAt")
    return Flow(start_at=start_at, states=parsed)


def _state(name: str, body: object, inherited: QueryLanguage, at: str) -> State:
    fields = _object(body, at)
    parser = PARSERS.get(fields.get("Type", ""))
    if parser is None:
        raise ParseError(f"Type has to be one of {', '.join(PARSERS)} at {at}/Type")
    common = {
        "name": name,
        "query_language": _query_language(fields, inherited, at),
        "comment": fields.get("Comment"),
        "input_path": fields.get("InputPath", "$"),
        "output_path": fields.get("OutputPath", "$"),
        "output": fields.get("Output", ABSENT),
        "assign": fields.get("Assign", ABSENT),
    }
    try:
        return parser(fields, common, at)
    except KeyError as missing:
        raise ParseError(f"{missing.args[0]} is missing at {at}") from missing


def _query_language(fields: Fields, inherited: QueryLanguage, at: str) -> QueryLanguage:
    if "QueryLanguage" not in fields:
        return inherited
    try:
        return QueryLanguage(fields["QueryLanguage"])
    except ValueError as error:
        raise ParseError(f"QueryLanguage has to be JSONPath or JSONata at {at}/QueryLanguage") from error


def _pass(fields: Fields, common: Fields, _at: str) -> State:
    return PassState(
        **common,
        next=fields.get("Next"),
        result=fields.get("Result", ABSENT),
        parameters=fields.get("Parameters", ABSENT),
        result_path=fields.get("ResultPath", "$"),
    )


def _task(fields: Fields, common: Fields, at: str) -> State:
    return TaskState(
        **common,
        **_retry_and_catch(fields, at),
        resource=fields["Resource"],
        credentials=fields.get("Credentials", ABSENT),
        timeout_seconds=fields.get("TimeoutSeconds"),
        timeout_seconds_path=fields.get("TimeoutSecondsPath"),
        heartbeat_seconds=fields.get("HeartbeatSeconds"),
        heartbeat_seconds_path=fields.get("HeartbeatSecondsPath"),
    )


def _choice(fields: Fields, common: Fields, at: str) -> State:
    jsonata = common["query_language"] is QueryLanguage.JSONATA

    def rule(body: Fields, _at: str) -> ChoiceRule:
        return ChoiceRule(
            condition=body["Condition"] if jsonata else body,
            next=body["Next"],
            output=body.get("Output", ABSENT),
            assign=body.get("Assign", ABSENT),
        )

    return ChoiceState(**common, choices=_each(fields["Choices"], rule, f"{at}/Choices"), default=fields.get("Default"))


def _wait(fields: Fields, common: Fields, _at: str) -> State:
    return WaitState(
        **common,
        next=fields.get("Next"),
        seconds=fields.get("Seconds"),
        seconds_path=fields.get("SecondsPath"),
        timestamp=fields.get("Timestamp"),
        timestamp_path=fields.get("TimestampPath"),
    )


def _succeed(_fields: Fields, common: Fields, _at: str) -> State:
    return SucceedState(**common)


def _fail(fields: Fields, common: Fields, _at: str) -> State:
    return FailState(
        **common,
        error=fields.get("Error"),
        error_path=fields.get("ErrorPath"),
        cause=fields.get("Cause"),
        cause_path=fields.get("CausePath"),
    )


def _parallel(fields: Fields, common: Fields, at: str) -> State:
    language = common["query_language"]

    def branch(body: Fields, place: str) -> Flow:
        return _flow(body, language, place)

    return ParallelState(
        **common,
        **_retry_and_catch(fields, at),
        branches=_each(fields["Branches"], branch, f"{at}/Branches"),
    )


def _map(fields: Fields, common: Fields, at: str) -> State:
    key = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    processor = _object(fields.get(key), f"{at}/{key}")
    config = _object(processor.get("ProcessorConfig", {}), f"{at}/{key}/ProcessorConfig")
    return MapState(
        **common,
        **_retry_and_catch(fields, at),
        processor=_flow(processor, common["query_language"], f"{at}/{key}"),
        distributed=config.get("Mode") == "DISTRIBUTED",
        express=config.get("ExecutionType") == "EXPRESS",
        items_path=fields.get("ItemsPath"),
        items=fields.get("Items", ABSENT),
        item_selector=fields.get("ItemSelector", fields.get("Parameters", ABSENT)),
        max_concurrency=fields.get("MaxConcurrency"),
        max_concurrency_path=fields.get("MaxConcurrencyPath"),
        configuration={key: fields[key] for key in DISTRIBUTED_FIELDS if key in fields},
    )


def _retry_and_catch(fields: Fields, at: str) -> dict[str, Any]:
    return {
        "next": fields.get("Next"),
        "arguments": fields.get("Arguments", fields.get("Parameters", ABSENT)),
        "result_selector": fields.get("ResultSelector", ABSENT),
        "result_path": fields.get("ResultPath", "$"),
        "retry": _each(fields.get("Retry", []), _retrier, f"{at}/Retry"),
        "catch": _each(fields.get("Catch", []), _catcher, f"{at}/Catch"),
    }


def _retrier(body: Fields, _at: str) -> Retrier:
    return Retrier(
        error_equals=tuple(body["ErrorEquals"]),
        interval_seconds=body.get("IntervalSeconds", 1),
        max_attempts=body.get("MaxAttempts", 3),
        backoff_rate=body.get("BackoffRate", 2.0),
        max_delay_seconds=body.get("MaxDelaySeconds"),
        full_jitter=body.get("JitterStrategy", "NONE") == "FULL",
    )


def _catcher(body: Fields, _at: str) -> Catcher:
    return Catcher(
        error_equals=tuple(body["ErrorEquals"]),
        next=body["Next"],
        result_path=body.get("ResultPath", "$"),
        output=body.get("Output", ABSENT),
        assign=body.get("Assign", ABSENT),
    )


def _each(values: object, parse_one: Callable[[Fields, str], Parsed], at: str) -> tuple[Parsed, ...]:
    if not isinstance(values, list):
        raise ParseError(f"an array is needed at {at}")
    return tuple(parse_one(_object(value, f"{at}/{index}"), f"{at}/{index}") for index, value in enumerate(values))


def _object(value: object, at: str) -> Fields:
    if not isinstance(value, dict):
        raise ParseError(f"an object is needed at {at}")
    return value


PARSERS: Mapping[str, Callable[[Fields, Fields, str], State]] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
