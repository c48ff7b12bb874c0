"""Map and Parallel states in TestState: their iterations and branches are mocked, all else is theirs."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.asl.test_state.conftest import BOOM, mocked, request

if TYPE_CHECKING:
    from tests.asl.service.conftest import Api
    from tests.asl.test_state.conftest import StateTester

INNER = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
DISTRIBUTED = {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
MAP: dict[str, Any] = {"Type": "Map", "ItemProcessor": INNER, "ItemsPath": "$.items", "End": True}
PARALLEL = {"Type": "Parallel", "Branches": [INNER, INNER | {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]}
READER = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


async def test_a_map_tells_what_its_iterations_would_be_given(tested: StateTester) -> None:
    state = {**MAP, "ItemSelector": {"n.$": "$$.Map.Item.Index", "it.$": "$$.Map.Item.Value"}, "MaxConcurrency": 3}
    answer = await tested(state, {"items": ["x", "y"]}, mock=mocked([1, 2]), inspectionLevel="DEBUG")
    told = answer["inspectionData"]
    assert told["afterItemsPath"] == ["x", "y"]
    assert told["afterItemSelector"] == [{"n": 0, "it": "x"}, {"n": 1, "it": "y"}]
    assert told["maxConcurrency"] == 3
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", [1, 2])


async def test_items_that_are_no_array_fail_a_map(tested: StateTester) -> None:
    answer = await tested(MAP, {"items": 7}, mock=mocked([]))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize(
    ("failed", "status"), [(0, "SUCCEEDED"), (1, "SUCCEEDED"), (2, "CAUGHT_ERROR"), (3, "CAUGHT_ERROR")]
)
@pytest.mark.parametrize(("field", "value"), [("ToleratedFailurePercentage", 50), ("ToleratedFailureCount", 1)])
async def test_a_distributed_map_fails_when_more_iterations_failed_than_it_tolerates(
    tested: StateTester, failed: int, status: str, field: str, value: int
) -> None:
    state = {
        **MAP,
        "ItemProcessor": DISTRIBUTED,
        field: value,
        "Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Handle"}],
    }
    answer = await tested(
        state,
        {"items": [1, 2, 3]},
        mock=mocked([1, 2, 3]),
        stateConfiguration={"mapIterationFailureCount": failed},
        inspectionLevel="DEBUG",
    )
    assert answer["status"] == status
    assert answer["inspectionData"][field[0].lower() + field[1:]] == value


async def test_batches_are_told_as_the_child_executions_would_be_given_them(tested: StateTester) -> None:
    state = {
        **MAP,
        "ItemProcessor": DISTRIBUTED,
        "ItemSelector": {"n.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatchPath": "$.most", "BatchInput": {"by.$": "$.by"}},
    }
    answer = await tested(state, {"items": [1, 2, 3], "most": 2, "by": "me"}, mock=mocked([]), inspectionLevel="DEBUG")
    assert answer["inspectionData"]["afterItemBatcher"] == [
        {"BatchInput": {"by": "me"}, "Items": [{"n": 1}, {"n": 2}]},
        {"BatchInput": {"by": "me"}, "Items": [{"n": 3}]},
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(max_size=4), max_size=12), st.integers(1, 5), st.integers(40, 80))
async def test_batches_hold_all_items_in_order_and_keep_to_their_limits(
    api: Api, items: list[str], most: int, most_bytes: int
) -> None:
    limits = {"MaxItemsPerBatch": most, "MaxInputBytesPerBatch": most_bytes}
    state = {**MAP, "ItemProcessor": DISTRIBUTED, "ItemBatcher": limits}
    asked = request(state, {"items": items}, mock=mocked([]), inspectionLevel="DEBUG")
    answer = await api("TestState", **asked)
    batches = json.loads(answer["inspectionData"]["afterItemBatcher"])
    assert [item for batch in batches for item in batch["Items"]] == items
    for batch, following in zip_longest(batches, batches[1:]):
        assert 1 <= len(batch["Items"]) <= most
        assert _size(batch) <= most_bytes
        if following is not None and len(batch["Items"]) < most:
            assert _size({"Items": [*batch["Items"], following["Items"][0]]}) > most_bytes


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("limits", [{"MaxItemsPerBatchPath": "$.none"}, {"MaxInputBytesPerBatch": 20}])
async def test_items_that_can_not_be_batched_fail_the_map(tested: StateTester, limits: dict[str, Any]) -> None:
    state = {**MAP, "ItemProcessor": DISTRIBUTED, "ItemBatcher": limits}
    answer = await tested(state, {"items": ["a long text"], "none": 0}, mock=mocked([]))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")


async def test_the_error_of_an_iteration_is_what_the_mock_says(tested: StateTester) -> None:
    answer = await tested(MAP, {"items": [1]}, mock=BOOM, stateConfiguration={"errorCausedByState": "Inner"})
    assert answer == {"status": "FAILED", "error": "Boom", "cause": "it broke"}


@pytest.mark.parametrize(
    ("configuration", "data", "items"),
    [
        ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
        ({"InputType": "JSON", "ItemsPointer": "/in"}, '{"in": {"a": 1}}', [1]),
        ({"InputType": "JSON", "ItemsPointer": "/a~1b/c"}, '{"a/b": {"c": [3]}}', [3]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"], "CSVDelimiter": "PIPE"},
            "1|2\n",
            [{"x": "1", "y": "2"}],
        ),
    ],
)
async def test_the_items_are_read_from_the_data_that_the_reader_is_said_to_have_read(
    tested: StateTester, configuration: dict[str, Any], data: str, items: list[Any]
) -> None:
    state = {
        "Type": "Map",
        "ItemProcessor": DISTRIBUTED,
        "ItemReader": {**READER, "ReaderConfig": configuration},
        "ItemSelector": {"it.$": "$$.Map.Item.Value"},
        "End": True,
    }
    answer = await tested(
        state, mock=mocked([]), stateConfiguration={"mapItemReaderData": data}, inspectionLevel="DEBUG"
    )
    assert answer["inspectionData"]["afterItemSelector"] == [{"it": item} for item in items]
    assert ("afterItemsPointer" in answer["inspectionData"]) == ("ItemsPointer" in configuration)


@pytest.mark.parametrize("data", ["[1, 2", "[1e999]", '{"other": 1}', '{"items": 7}'])
async def test_data_that_can_not_be_read_fails_the_map(tested: StateTester, data: str) -> None:
    reader = {**READER, "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/items"}}
    state = {"Type": "Map", "ItemProcessor": DISTRIBUTED, "ItemReader": reader, "End": True}
    answer = await tested(state, mock=mocked([]), stateConfiguration={"mapItemReaderData": data})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ItemReaderFailed")


async def test_a_csv_field_over_the_reader_s_limit_fails_the_map(tested: StateTester) -> None:
    reader = {**READER, "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}}
    state = {"Type": "Map", "ItemProcessor": DISTRIBUTED, "ItemReader": reader, "End": True}
    configuration = {"mapItemReaderData": '"' + "x" * 200_000}
    answer = await tested(state, mock=mocked([]), stateConfiguration=configuration)
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ItemReaderFailed")


async def test_a_parallel_state_goes_on_with_the_mocked_outputs_of_its_branches(tested: StateTester) -> None:
    state = {**PARALLEL, "Parameters": {"a.$": "$.b"}, "ResultPath": "$.all", "Next": "Other"}
    answer = await tested(state, {"b": 1}, mock=mocked([1, 2]), inspectionLevel="DEBUG")
    assert (answer["output"], answer["nextState"]) == ({"b": 1, "all": [1, 2]}, "Other")
    assert answer["inspectionData"]["afterParameters"] == {"a": 1}


async def test_a_state_inside_a_map_sees_an_item(tested: StateTester) -> None:
    inner = {"Type": "Pass", "Parameters": {"item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"}, "End": True}
    outer = {**MAP, "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": inner}}}
    machine = {"StartAt": "Outer", "States": {"Outer": outer}}
    answer = await tested(machine, {"a": 1}, stateName="Inner")
    assert answer["output"] == {"item": {"a": 1}, "index": 0}


@pytest.mark.parametrize(
    ("state", "more", "message"),
    [
        (MAP, {"mock": mocked({})}, "Mocked result must be an array."),
        (PARALLEL | {"End": True}, {"mock": mocked("text")}, "Mocked result must be an array."),
        (
            MAP
            | {
                "ItemProcessor": DISTRIBUTED,
                "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}},
            },
            {"mock": mocked([])},
            "Mocked result must be a JSON object.",
        ),
        (
            MAP,
            {"mock": BOOM, "stateConfiguration": {"errorCausedByState": "Nowhere"}},
            "errorCausedByState must be the name of a state within the Map or Parallel state",
        ),
        (
            PARALLEL | {"End": True},
            {"mock": BOOM, "stateConfiguration": {"mapIterationFailureCount": 1}},
            "mapIterationFailureCount can only be specified when testing a Map state",
        ),
    ],
)
async def test_a_mock_that_does_not_fit_the_state_is_refused(
    api: Api, state: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    assert await api.refusal("TestState", **request(state, **more)) == ("ValidationException", message)


@pytest.mark.parametrize("state", [MAP, PARALLEL | {"End": True}])
async def test_a_map_or_parallel_state_needs_a_mock(api: Api, state: dict[str, Any]) -> None:
    code, message = await api.refusal("TestState", definition=json.dumps(state))
    assert code == "InvalidDefinition"
    assert "does not support Map or Parallel" in message
