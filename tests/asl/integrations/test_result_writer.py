"""ResultWriters of distributed Map states, against a real S3 API."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import ExecutionStatus
from asl.engine.result_writer import files
from tests.asl.durability.conftest import Lives
from tests.asl.integrations.conftest import ACCOUNT, PREFIX, Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asl.integrations.conftest import Cloud

Json = Any

PUT = "arn:aws:states:::s3:putObject"
STATES = {
    "Decide": {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$", "StringEquals": "fail", "Next": "Fail"},
            {"Variable": "$", "StringEquals": "wait", "Next": "Wait"},
        ],
        "Default": "Pass",
    },
    "Pass": {"Type": "Pass", "End": True},
    "Fail": {"Type": "Fail", "Error": "Broken", "Cause": "for a reason"},
    "Wait": {"Type": "Wait", "Seconds": 600, "End": True},
}


def writing(bucket: str | None, config: Json = None, kind: str = "STANDARD", **fields: Json) -> Json:
    """A distributed Map state over its input that writes to a bucket."""
    writer = {} if bucket is None else {"Resource": PUT, "Parameters": {"Bucket": bucket, "Prefix": "results"}}
    return {
        "Type": "Map",
        "Label": "items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": "Decide",
            "States": STATES,
        },
        "ResultWriter": {**writer, **({} if config is None else {"WriterConfig": config})},
        "End": True,
        **fields,
    }


def files_of(cloud: Cloud, bucket: str, run_id: str) -> dict[str, bytes]:
    """The contents of all files of a Map Run by name, as its manifest names them."""
    manifest = json.loads(cloud.content(bucket, f"results/{run_id}/manifest.json"))
    found = {}
    for listed in manifest["ResultFiles"].values():
        for file in listed:
            found[file["Key"].rpartition("/")[2]] = content = cloud.content(bucket, file["Key"])
            assert file["Size"] == len(content)
    return found


async def test_results_are_written_by_status(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    result = await bench.run(writing(bucket, ToleratedFailureCount=1), ["a", "fail", "b"])
    [run] = bench.map_runs
    key = f"results/{run.id}/manifest.json"
    assert result.output == {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}
    manifest = json.loads(cloud.content(bucket, key))
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (bucket, run.arn)
    assert manifest["ResultFiles"].keys() == {"FAILED", "PENDING", "SUCCEEDED"}
    written = {name: json.loads(content) for name, content in files_of(cloud, bucket, run.id).items()}
    assert written.keys() == {"SUCCEEDED_0.json", "FAILED_0.json"}
    assert sorted(record["Input"] for record in written["SUCCEEDED_0.json"]) == ['"a"', '"b"']
    child = run.children.at(1)
    assert child.execution is not None
    [failed] = written["FAILED_0.json"]
    assert failed == {
        "Cause": "for a reason",
        "Error": "Broken",
        "ExecutionArn": f"{PREFIX}:execution:machine/items:{child.name}",
        "Input": '"fail"',
        "InputDetails": {"Included": True},
        "Name": child.name,
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
        "StartDate": failed["StartDate"],
        "StateMachineArn": f"{PREFIX}:stateMachine:machine/items",
        "Status": "FAILED",
        "StopDate": failed["StopDate"],
    }
    assert run.item_counts.results_written == run.execution_counts.results_written == 3


@pytest.mark.parametrize(
    ("config", "results"),
    [
        ({"Transformation": "COMPACT"}, [[1, 2], [3]]),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, [1, 2, 3]),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, [1, 2, 3]),
    ],
)
async def test_results_are_transformed(bench: Bench, cloud: Cloud, config: Json, results: list[Json]) -> None:
    bucket = cloud.bucket()
    await bench.run(writing(bucket, config, "EXPRESS", MaxConcurrency=1), [[1, 2], [3]])
    content = files_of(cloud, bucket, bench.map_runs[0].id)["SUCCEEDED_0.json"]
    lines = config.get("OutputType") == "JSONL"
    found = [json.loads(line) for line in content.splitlines()] if lines else json.loads(content)
    assert found == results


async def test_a_result_writer_that_says_nothing_fails_the_execution() -> None:
    error, cause = (await Bench(None).run(writing(None), ["a"])).error
    assert error == "States.Runtime"
    assert "neither a Resource nor a WriterConfig" in str(cause)


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({}, [[1, 2], 3]),
        ({"Transformation": "FLATTEN"}, [1, 2, 3]),
        ({"Transformation": "COMPACT", "OutputType": "JSONL"}, "[1,2]\n3\n"),
    ],
)
async def test_without_a_bucket_results_are_formatted_for_the_next_state(config: Json, output: Json) -> None:
    assert (await Bench(None).run(writing(None, config), [[1, 2], 3])).output == output


async def test_metadata_can_be_the_result_of_the_state() -> None:
    [record] = (await Bench(None).run(writing(None, {"Transformation": "NONE"}), ["a"])).output
    assert (record["Status"], record["Output"]) == ("SUCCEEDED", '"a"')


@pytest.mark.parametrize("lines", [False, True])
async def test_large_files_are_written_in_parts(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, lines: bool
) -> None:
    bucket = cloud.bucket()
    items = [f"{number}{'x' * 200_000}" for number in range(60)]
    for number, item in enumerate(items):
        cloud.put(bucket, f"items/{number}", json.dumps(item).encode())
    reader = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": bucket, "Prefix": "items/"},
        "ReaderConfig": {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"},
    }
    config = {"Transformation": "COMPACT", "OutputType": "JSONL" if lines else "JSON"}
    sizes = []
    write_part = files.ResultFile.write_part

    async def observed(file: files.ResultFile) -> None:
        sizes.append(len(file._waiting))
        await write_part(file)

    monkeypatch.setattr(files.ResultFile, "write_part", observed)
    await bench.run(writing(bucket, config, ItemReader=reader, MaxConcurrency=4))
    [content] = files_of(cloud, bucket, bench.map_runs[0].id).values()
    found = [json.loads(line) for line in content.splitlines()] if lines else json.loads(content)
    assert sorted(found) == sorted(items)
    assert len(sizes) == 3
    assert max(sizes) < files.PART_BYTES + 6 * 200_100


async def test_what_did_not_start_before_a_map_run_failed_is_pending(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.put(bucket, "items", b'"wait"\n"fail"\n"a"\n"b"\n')
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": bucket, "Key": "items"},
        "ReaderConfig": {"InputType": "JSONL"},
    }
    result = await bench.run(writing(bucket, ItemReader=reader, MaxConcurrency=2))
    assert result.error[0] == "States.ExceedToleratedFailureThreshold"
    [run] = bench.map_runs
    written = {name: json.loads(content) for name, content in files_of(cloud, bucket, run.id).items()}
    assert written.keys() == {"FAILED_0.json", "PENDING_0.json"}
    assert {record["Status"] for record in written["FAILED_0.json"]} == {"ABORTED", "FAILED"}
    assert [(record["Input"], record["Status"]) for record in written["PENDING_0.json"]] == [
        ('"a"', "PENDING"),
        ('"b"', "PENDING"),
    ]
    assert (run.item_counts.total, run.item_counts.pending) == (4, 2)


async def test_the_results_of_a_map_run_that_is_aborted_are_written(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    definition = {"StartAt": "Only", "States": {"Only": writing(bucket, MaxConcurrency=1)}, "TimeoutSeconds": 5}
    execution = bench.start_machine(definition, ["wait", "a"])
    await execution.wait()
    while len(asyncio.all_tasks()) > 1:
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, return_when=asyncio.ALL_COMPLETED)
    written = files_of(cloud, bucket, bench.map_runs[0].id)
    assert json.loads(written["FAILED_0.json"])[0]["Status"] == "ABORTED"
    assert json.loads(written["PENDING_0.json"])[0]["Input"] == '"a"'


@pytest.mark.parametrize("bucket", ["no-such-bucket", 7, ""])
async def test_results_that_cannot_be_written_fail_the_map_run_before_it_begins(bench: Bench, bucket: Any) -> None:
    result = await bench.run(writing(bucket), ["a"])
    assert result.error[0] == "States.ResultWriterFailed"
    assert all(len(run.children) == 0 for run in bench.map_runs)


async def test_a_part_that_cannot_be_written_fails_the_map_run(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = cloud.bucket()
    monkeypatch.setattr(files, "PART_BYTES", 1)
    client = cloud.client("s3", ACCOUNT)
    upload = files.ResultFile.write_part

    async def failing(file: files.ResultFile) -> None:
        file._upload_id = "no-such-upload"
        await upload(file)

    monkeypatch.setattr(files.ResultFile, "write_part", failing)
    result = await bench.run(writing(bucket, MaxConcurrency=1), ["a", "b", "c"])
    assert result.error[0] == "States.ResultWriterFailed"
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)


async def test_the_files_hold_all_results_after_a_restart(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends while an upload is under way: what was in its parts is written again."""
    monkeypatch.setattr(files, "PART_BYTES", 1)
    bucket = cloud.bucket()
    lives = Lives(tmp_path / "data")
    lives.endpoints = {"s3": cloud.url}
    api = (await lives.begin()).of(ACCOUNT)
    state = writing(bucket, ToleratedFailureCount=1, MaxConcurrency=1)
    machine = await api.machine("written", json.dumps({"StartAt": "M", "States": {"M": state}}))
    given = json.dumps(["a", "fail", "b", "wait", "c"])
    arn = (await api("StartExecution", stateMachineArn=machine, input=given))["executionArn"]
    map_runs = api._application._service.account(ACCOUNT, "us-east-1").map_runs
    while not any(stored.run.written_executions >= 3 for stored in map_runs.values()):
        assert api.execution(arn).status is ExecutionStatus.RUNNING, api.execution(arn).cause
        await asyncio.sleep(0)
    [stored] = map_runs.values()
    api = (await lives.begin()).of(ACCOUNT)
    output = json.loads((await api.ended(arn))["output"])
    assert output["MapRunArn"] == stored.run.arn
    run = await api("DescribeMapRun", mapRunArn=stored.run.arn)
    await lives.stop()
    assert run["executionCounts"]["resultsWritten"] == 5
    written = {name: json.loads(content) for name, content in files_of(cloud, bucket, stored.run.id).items()}
    succeeded, failed = written["SUCCEEDED_0.json"], written["FAILED_0.json"]
    assert [json.loads(record["Input"]) for record in succeeded] == ["a", "b", "wait", "c"]
    assert [(record["Input"], record["Error"]) for record in failed] == [('"fail"', "Broken")]
