"""Executions through the API: start, describe, list, stop, and their history."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from asl.engine import WallClock
from asl.integrations.lambda_function import no_lambda
from asl.service.app import Application
from asl.service.service import Service
from asl.service.settings import Settings
from tests.asl.service.conftest import Api

MACHINES = "arn:aws:states:us-east-1:123456789012:stateMachine"
CHAIN = json.dumps(
    {
        "StartAt": "First",
        "States": {
            "First": {"Type": "Pass", "Result": {"n": 1}, "Next": "Second"},
            "Second": {"Type": "Pass", "End": True},
        },
    }
)
FAIL = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "Broken", "Cause": "it fell"}}})


async def test_an_execution_that_succeeded_is_described(api: Api) -> None:
    machine = await api.machine("orders", CHAIN)
    described = await api.run(machine, name="one", input='{"order": 7}', traceHeader="Root=1")
    assert described["stopDate"] >= described["startDate"] > 0
    del described["startDate"], described["stopDate"]
    assert described == {
        "executionArn": "arn:aws:states:us-east-1:123456789012:execution:orders:one",
        "stateMachineArn": machine,
        "name": "one",
        "status": "SUCCEEDED",
        "input": '{"order": 7}',
        "inputDetails": {"included": True},
        "output": '{"n":1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1",
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }


async def test_an_execution_that_failed_says_why(api: Api) -> None:
    described = await api.run(await api.machine("orders", FAIL))
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Broken", "it fell")
    assert described["redriveStatus"] == "REDRIVABLE"
    assert "output" not in described


async def test_metadata_has_no_data(api: Api) -> None:
    execution = await api.run(await api.machine("orders", CHAIN), input='{"secret": 1}')
    described = await api("DescribeExecution", executionArn=execution["executionArn"], includedData="METADATA_ONLY")
    assert not {"input", "output"} & described.keys()
    assert described["inputDetails"] == described["outputDetails"] == {"included": False}


async def test_starting_twice_what_runs_gives_the_same_execution(api: Api) -> None:
    machine = await api.waiting_machine()
    first = await api("StartExecution", stateMachineArn=machine, name="one", input='{"a": 1}')
    assert await api("StartExecution", stateMachineArn=machine, name="one", input='{"a":1}') == first
    assert len((await api("ListExecutions", stateMachineArn=machine))["executions"]) == 1


async def test_a_name_is_not_used_for_another_input_or_again(api: Api) -> None:
    machine = await api.waiting_machine()
    arn = (await api("StartExecution", stateMachineArn=machine, name="one", input="1"))["executionArn"]
    exists = ("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    assert await api.refusal("StartExecution", stateMachineArn=machine, name="one", input="2") == exists
    await api("StopExecution", executionArn=arn)
    assert await api.refusal("StartExecution", stateMachineArn=machine, name="one", input="1") == exists


@pytest.mark.parametrize("given", ["", "{", "NaN", "[" * 100_000, r'"\ud800"'])
async def test_input_that_is_not_json_is_refused(api: Api, given: str) -> None:
    machine = await api.machine()
    code, message = await api.refusal("StartExecution", stateMachineArn=machine, input=given)
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"stateMachineArn": "orders"}, "InvalidArn"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:none"}, "StateMachineDoesNotExist"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders/map"}, "ValidationException"),
        (
            {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders", "name": "a b"},
            "InvalidName",
        ),
    ],
)
async def test_what_cannot_be_started_is_refused(api: Api, request_: dict[str, Any], code: str) -> None:
    await api.machine()
    assert (await api.refusal("StartExecution", **request_))[0] == code


async def test_a_stopped_execution_says_who_stopped_it_and_stays_stopped(api: Api) -> None:
    machine = await api.waiting_machine()
    arn = (await api("StartExecution", stateMachineArn=machine))["executionArn"]
    stopped = await api("StopExecution", executionArn=arn, error="Cancelled", cause="by hand")
    described = await api("DescribeExecution", executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Cancelled", "by hand")
    assert described["stopDate"] == stopped["stopDate"]
    assert await api("StopExecution", executionArn=arn, error="Again") == stopped


@pytest.mark.parametrize(
    "operation", ["DescribeExecution", "StopExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"]
)
async def test_an_execution_that_does_not_exist_is_named(api: Api, operation: str) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:orders:none"
    assert await api.refusal(operation, executionArn=arn) == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{arn}'",
    )
    express = "arn:aws:states:us-east-1:123456789012:express:orders:a:b"
    assert await api.refusal(operation, executionArn=express) == (
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: express'",
    )


async def test_executions_are_listed_newest_first_page_by_page(api: Api) -> None:
    machine = await api.machine()
    for name in ("a", "b", "c"):
        await api.run(machine, name=name)
    first = await api("ListExecutions", stateMachineArn=machine, maxResults=2)
    await api.run(machine, name="d")
    second = await api("ListExecutions", stateMachineArn=machine, nextToken=first["nextToken"])
    assert [item["name"] for item in first["executions"]] == ["c", "b"]
    assert [item["name"] for item in second["executions"]] == ["a"]


async def test_executions_are_listed_by_status(api: Api) -> None:
    machine = await api.waiting_machine()
    running, stopped = [(await api("StartExecution", stateMachineArn=machine))["executionArn"] for _ in range(2)]
    await api("StopExecution", executionArn=stopped)
    for status, arn in (("RUNNING", running), ("ABORTED", stopped)):
        listed = await api("ListExecutions", stateMachineArn=machine, statusFilter=status)
        assert [item["executionArn"] for item in listed["executions"]] == [arn]
    assert (await api("ListExecutions", stateMachineArn=machine, redriveFilter="REDRIVEN"))["executions"] == []


async def test_the_history_tells_all_events_in_order(api: Api) -> None:
    execution = await api.run(await api.machine("orders", CHAIN))
    events = (await api("GetExecutionHistory", executionArn=execution["executionArn"]))["events"]
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


async def test_the_history_is_paged_in_either_direction(api: Api) -> None:
    execution = await api.run(await api.machine("orders", CHAIN))
    for newest_first, expected in ((False, [1, 2, 3, 4, 5, 6]), (True, [6, 5, 4, 3, 2, 1])):
        request = {"executionArn": execution["executionArn"], "maxResults": 4, "reverseOrder": newest_first}
        first = await api("GetExecutionHistory", **request)
        second = await api("GetExecutionHistory", **request, nextToken=first["nextToken"])
        assert [event["id"] for event in first["events"] + second["events"]] == expected
        backwards = {**request, "reverseOrder": not newest_first, "nextToken": first["nextToken"]}
        assert (await api.refusal("GetExecutionHistory", **backwards))[0] == "InvalidToken"


async def test_the_history_can_leave_data_out(api: Api) -> None:
    execution = await api.run(await api.machine("orders", CHAIN), input='{"secret": 1}')
    answer = await api("GetExecutionHistory", executionArn=execution["executionArn"], includeExecutionData=False)
    assert "secret" not in json.dumps(answer)
    assert '"n"' not in json.dumps(answer)


async def test_an_execution_remembers_the_definition_it_was_started_with(api: Api) -> None:
    machine = await api.machine("orders", CHAIN)
    execution = await api.run(machine)
    await api("UpdateStateMachine", stateMachineArn=machine, definition=FAIL)
    described = await api("DescribeStateMachineForExecution", executionArn=execution["executionArn"])
    assert described["definition"] == CHAIN
    assert described["stateMachineArn"] == machine
    assert described["updateDate"] > 0


async def test_an_express_state_machine_is_run_while_the_caller_waits(api: Api) -> None:
    machine = await api.machine("orders", CHAIN, type="EXPRESS")
    answer = await api("StartSyncExecution", stateMachineArn=machine, name="one", input="{}")
    assert (answer["status"], answer["output"], answer["input"]) == ("SUCCEEDED", '{"n":1}', "{}")
    assert answer["executionArn"].startswith("arn:aws:states:us-east-1:123456789012:express:orders:one:")
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}


async def test_an_express_execution_ends_after_five_minutes(api: Api) -> None:
    waiting = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    machine = await api.machine("orders", waiting, type="EXPRESS")
    answer = await api("StartSyncExecution", stateMachineArn=machine)
    assert answer["status"] == "TIMED_OUT"
    assert answer["stopDate"] - answer["startDate"] == 300


async def test_who_waits_for_an_express_execution_is_answered_when_the_service_stops() -> None:
    api = Api(Application(Service(Settings(), WallClock(), no_lambda)))
    state = {"Type": "Wait", "Seconds": 300, "End": True}
    definition = json.dumps({"StartAt": "W", "States": {"W": state}})
    machine = await api.machine("express", definition, type="EXPRESS")
    waiting = asyncio.ensure_future(api.post("StartSyncExecution", {"stateMachineArn": machine}))
    await asyncio.sleep(0)
    api.close()
    response = await waiting
    assert (response.status, json.loads(response.body)["__type"]) == (503, "ServiceUnavailable")


async def test_the_context_of_an_express_execution_knows_no_redrives(api: Api) -> None:
    state = {"Type": "Pass", "Parameters": {"execution.$": "$$.Execution"}, "End": True}
    definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
    express = await api.machine("express", definition, type="EXPRESS")
    answer = await api("StartSyncExecution", stateMachineArn=express)
    assert "RedriveCount" not in json.loads(answer["output"])["execution"]
    standard = await api.run(await api.machine("standard", definition))
    assert json.loads(standard["output"])["execution"]["RedriveCount"] == 0


async def test_each_type_of_state_machine_has_its_own_actions(api: Api) -> None:
    refused = (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )
    standard, express = await api.machine("standard"), await api.machine("express", type="EXPRESS")
    assert await api.refusal("StartSyncExecution", stateMachineArn=standard) == refused
    assert await api.refusal("ListExecutions", stateMachineArn=express) == refused
    assert ":express:" in (await api("StartExecution", stateMachineArn=express))["executionArn"]
