"""The definition of the email campaign, as Step Functions gets it."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import saas.errors
from infra.app import ROOT
from infra.assembly import Assembly
from infra.snapshot import COMMAND, definitions, picture, render
from workflows.email_campaign import contract
from workflows.failure_message import FailureMessage, FailureSource

LAMBDA_TRANSIENT = {
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
RETRIABLE = {
    "SendCampaign": set(contract.SEND_CAMPAIGN_RETRIABLE),
    "AwaitStatus": set(contract.AWAIT_STATUS_RETRIABLE),
    "AskStatus": set(contract.ASK_STATUS_RETRIABLE),
    "NotifyUsers": set(contract.NOTIFY_USERS_RETRIABLE),
}
THROTTLED = ["Lambda.TooManyRequestsException"]
TASKS = [*RETRIABLE, "ReportFailure"]
ENGINE_ERRORS = {"States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed"}
# Bases and what is answered to a vendor: none reaches a state machine under its own name.
NOT_RAISED_BY_TASKS = {"SaasError", "WebhookRefused"}


@pytest.fixture(scope="module")
def snapshots(assembly: Assembly) -> dict[Path, dict[str, Any]]:
    return dict(definitions(assembly))


@pytest.fixture(scope="module")
def states(snapshots: dict[Path, dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = snapshots[ROOT / "workflows" / "email_campaign" / "definition.asl.json"]["States"]
    return found


def targets(state: dict[str, Any]) -> Iterator[str]:
    """Where a state can lead."""
    for transition in (state, *state.get("Catch", []), *state.get("Choices", [])):
        if "Next" in transition:
            yield transition["Next"]
    if "Default" in state:
        yield state["Default"]


def errors_named(state: dict[str, Any], field: str) -> list[str]:
    return [error for entry in state.get(field, []) for error in entry["ErrorEquals"]]


def test_snapshots_are_what_the_code_synthesizes(snapshots: dict[Path, dict[str, Any]]) -> None:
    assert snapshots
    for path, definition in snapshots.items():
        for file, text in ((path, render(definition)), picture(path, definition)):
            kept = file.read_text("utf-8") if file.exists() else ""
            assert kept == text, f"{file.relative_to(ROOT)} has drifted; review the change and run: {COMMAND}"


def test_every_transition_leads_to_a_state_and_every_state_is_reached(
    snapshots: dict[Path, dict[str, Any]], states: dict[str, Any]
) -> None:
    reached: set[str] = set()
    ahead = [definition["StartAt"] for definition in snapshots.values()]
    while ahead:
        name = ahead.pop()
        assert name in states
        if name not in reached:
            reached.add(name)
            ahead += targets(states[name])
    assert reached == set(states)


def test_every_state_leads_on_or_ends(states: dict[str, Any]) -> None:
    for name, state in states.items():
        ends = state["Type"] in ("Succeed", "Fail") or state.get("End") is True
        assert ends or list(targets(state)), name


def test_the_five_steps_are_the_tasks(states: dict[str, Any]) -> None:
    assert sorted(name for name, state in states.items() if state["Type"] == "Task") == sorted(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_bounded_retried_with_backoff_cap_and_jitter_and_caught(
    states: dict[str, Any], name: str
) -> None:
    task = states[name]
    assert 0 < task["TimeoutSeconds"] <= 86400
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert task["Retry"]
    for retry in task["Retry"]:
        assert retry["IntervalSeconds"] >= 1
        assert retry["BackoffRate"] > 1
        attempts, delay = (20, 60) if retry["ErrorEquals"] == THROTTLED else (10, 300)
        assert 1 <= retry["MaxAttempts"] <= attempts
        assert retry["MaxDelaySeconds"] <= delay
        assert retry["JitterStrategy"] == "FULL"


@pytest.mark.parametrize("name", RETRIABLE)
def test_a_task_retries_hiccups_of_lambda_and_what_its_contract_calls_retriable_and_nothing_else(
    states: dict[str, Any], name: str
) -> None:
    assert sorted(errors_named(states[name], "Retry")) == sorted(LAMBDA_TRANSIENT | RETRIABLE[name])


def test_the_wait_has_a_heartbeat_and_asks_the_vendor_when_nothing_comes(states: dict[str, Any]) -> None:
    wait = states["AwaitStatus"]
    assert wait["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert wait["HeartbeatSeconds"] < wait["TimeoutSeconds"]
    silence, failure = wait["Catch"]
    assert set(silence["ErrorEquals"]) == {"States.HeartbeatTimeout", "States.Timeout"}
    assert silence["Next"] == "AskStatus"
    assert states["AskStatus"]["Next"] == "CheckStatus"
    assert failure["Next"] == "AwaitStatusFailed"


def test_no_task_but_the_wait_hands_out_a_token(states: dict[str, Any]) -> None:
    assert [name for name, state in states.items() if "$$.Task.Token" in json.dumps(state)] == ["AwaitStatus"]


def test_the_loop_counts_every_round_and_ends_after_a_set_number(states: dict[str, Any]) -> None:
    assert set(targets(states["CountWait"])) == {"AwaitStatus"}
    into_the_wait = {name for name, state in states.items() if "AwaitStatus" in targets(state)}
    assert into_the_wait == {"BeginWaiting", "CountWait"}
    bound = states["CheckStatus"]["Choices"][-1]
    assert (bound["Variable"], bound["NumericGreaterThanEquals"], bound["Next"]) == (
        "$.waits.count",
        500,
        "TooManyWaits",
    )


@pytest.mark.parametrize("name", RETRIABLE)
def test_what_a_task_can_not_do_is_reported_under_its_name(states: dict[str, Any], name: str) -> None:
    named = states[states[name]["Catch"][-1]["Next"]]
    assert (named["Result"], named["ResultPath"]) == (name, "$.failure.state")
    assert named["Next"] == "HasCause"


def test_a_failure_message_names_what_a_person_needs(states: dict[str, Any]) -> None:
    assert states["ReportFailure"]["Parameters"]["Message"] == {
        "version": "1",
        "source": "workflow",
        "workflow": "email-campaign",
        "execution.$": "$$.Execution.Id",
        "state.$": "$.failure.state",
        "error.$": "$.failure.Error",
        "cause.$": "$.failure.Cause",
        "input_reference": {"event_id.$": "$.event_id"},
    }
    assert states["ReportFailure"]["Next"] == "CampaignFailed"


def test_a_failure_message_can_be_read(states: dict[str, Any]) -> None:
    message = {
        name.removesuffix(".$"): value for name, value in states["ReportFailure"]["Parameters"]["Message"].items()
    }
    failure = FailureMessage.read(json.dumps({**message, "input_reference": {"event_id": "event-1"}}))
    assert set(message) <= set(FailureMessage.model_fields)
    assert failure.source is FailureSource.WORKFLOW


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("SendCampaign", contract.SendCampaignInput.model_fields),
        ("AwaitStatus", contract.AwaitStatusInput.model_fields),
        ("AskStatus", contract.AskStatusInput.model_fields),
        ("NotifyUsers", contract.NotifyUsersInput.model_fields),
    ],
)
def test_a_task_gets_the_fields_of_its_contract(states: dict[str, Any], name: str, fields: dict[str, Any]) -> None:
    payload = states[name]["Parameters"]["Payload"]
    assert {field.removesuffix(".$") for field in payload} == set(fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("SendCampaign", contract.SendCampaignOutput.model_fields),
        ("AskStatus", contract.StatusAnswer.model_fields),
        ("NotifyUsers", contract.NotifyUsersOutput.model_fields),
    ],
)
def test_a_task_keeps_the_fields_of_its_answer(states: dict[str, Any], name: str, fields: dict[str, Any]) -> None:
    assert states[name]["ResultSelector"] == {f"{field}.$": f"$.Payload.{field}" for field in fields}


def test_it_runs_unchanged_on_step_functions_local(snapshots: dict[Path, dict[str, Any]]) -> None:
    """Version 2.0 knows neither JSONata nor variables nor the dynamic fields of Fail states."""
    newer = {"QueryLanguage", "Assign", "Arguments", "Output", "ErrorPath", "CausePath"}

    def fields(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from fields(item)

    for definition in snapshots.values():
        assert not newer & set(fields(definition))


def raisable() -> set[str]:
    """The errors that a task may let through, by name: the exceptions of the port and of the contract."""
    return {
        name
        for module in (saas.errors, contract)
        for name, error in vars(module).items()
        if inspect.isclass(error) and issubclass(error, Exception) and error.__module__ == module.__name__
    } - NOT_RAISED_BY_TASKS


def constructed() -> set[str]:
    """Names that are called, or of which an attribute is called, in the code that runs inside Lambda."""
    files = [path for room in ("tasks", "callbacks", "saas") for path in (ROOT / room).rglob("*.py")]
    calls = (
        node.func
        for path in [*files, ROOT / "workflows" / "email_campaign" / "contract.py"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    bases = (call.value if isinstance(call, ast.Attribute) else call for call in calls)
    return {base.id for base in bases if isinstance(base, ast.Name)}


def test_no_definition_names_an_error_that_nothing_raises(states: dict[str, Any]) -> None:
    named = {error for state in states.values() for field in ("Retry", "Catch") for error in errors_named(state, field)}
    ours = named - ENGINE_ERRORS - LAMBDA_TRANSIENT
    assert ours <= raisable()
    assert ours <= constructed()


def test_every_error_is_either_retried_or_permanent_and_none_is_both(states: dict[str, Any]) -> None:
    retried = {error for name in RETRIABLE for error in errors_named(states[name], "Retry")} - LAMBDA_TRANSIENT
    assert retried == set(contract.RETRIABLE)
    assert not retried & set(contract.PERMANENT)
    assert retried | set(contract.PERMANENT) == raisable()
