"""ItemReaders of distributed Map states, against a real S3 API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.engine import s3_access
from tests.asl.integrations.conftest import Bench

if TYPE_CHECKING:
    from tests.asl.integrations.conftest import Cloud

Json = Any

GET = "arn:aws:states:::s3:getObject"
LIST = "arn:aws:states:::s3:listObjectsV2"
PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "StartAt": "Item",
    "States": {"Item": {"Type": "Pass", "End": True}},
}


def reading(parameters: Json, config: Json, resource: str = GET, **fields: Json) -> Json:
    """A distributed Map state whose children return what they are given."""
    reader = {"Resource": resource, "Parameters": parameters, "ReaderConfig": config}
    return {"Type": "Map", "ItemReader": reader, "ItemProcessor": PROCESSOR, "End": True, **fields}


def stored(cloud: Cloud, content: bytes, key: str = "items") -> Json:
    """Where an object is that has just been written."""
    bucket = cloud.bucket()
    cloud.put(bucket, key, content)
    return {"Bucket": bucket, "Key": key}


@pytest.mark.parametrize(
    ("config", "content", "items"),
    [
        ({"InputType": "JSON"}, b'[1, {"a": "\xc3\xa9"}]', [1, {"a": "é"}]),
        ({"InputType": "JSON", "ItemsPointer": "/in"}, b'{"in": {"k": 1}}', [{"Key": "k", "Value": 1}]),
        ({"InputType": "JSONL"}, b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, b'a,b\n1,"x\ny"\n', [{"a": "1", "b": "x\ny"}]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "PIPE"},
            b"1|2\n\n3\n",
            [{"a": "1"}, {"a": "3"}],
        ),
        ({"InputType": "JSONL"}, b"", []),
    ],
)
async def test_the_items_of_an_object(bench: Bench, cloud: Cloud, config: Json, content: bytes, items: Json) -> None:
    result = await bench.run(reading(stored(cloud, content), config))
    assert result.output == items
    assert bench.map_runs[0].item_counts.succeeded == len(items)


async def test_an_object_is_read_in_pieces(bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_access, "PIECE_BYTES", 7)
    items = [{"n": number, "text": "é" * number} for number in range(9)]
    place = stored(cloud, json.dumps(items, ensure_ascii=False).encode())
    assert (await bench.run(reading(place, {"InputType": "JSON"}))).output == items


async def test_an_object_that_is_replaced_meanwhile_is_refused(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_access, "PIECE_BYTES", 2)
    place = stored(cloud, b"1\n2\n3\n4\n")
    replace = {"Body": 5, **place}
    processor = {
        **PROCESSOR,
        "States": {
            "Item": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
                "Parameters": replace,
                "End": True,
            }
        },
    }
    state = {**reading(place, {"InputType": "JSONL"}, MaxConcurrency=1), "ItemProcessor": processor}
    error, _ = (await bench.run(state)).error
    assert error == "States.ItemReaderFailed"


async def test_no_more_items_are_read_than_wanted(bench: Bench, cloud: Cloud) -> None:
    place = stored(cloud, b"1\n2\n3\n")
    state = reading(place, {"InputType": "JSONL", "MaxItemsPath": "$.most"})
    assert (await bench.run(state, {"most": 2})).output == [1, 2]
    assert (await bench.run(state, {"most": "2"})).output == [1, 2]
    assert (await bench.run(state, {"most": 0})).output == [1, 2, 3]
    for wrong in (True, 1.5, "many", [1]):
        assert "must be an integer" in str((await bench.run(state, {"most": wrong})).error[1])
    assert (await bench.run(state, {"most": -1})).error == (
        "States.ItemReaderFailed",
        "field MaxItems must be positive",
    )


async def test_a_selector_sees_where_an_item_is_from(bench: Bench, cloud: Cloud) -> None:
    place = stored(cloud, b'{"a": [{"k": 1}, 2]}')
    selector = {"context.$": "$$.Map.Item"}
    array = await bench.run(reading(place, {"InputType": "JSON", "ItemsPointer": "/a"}, ItemSelector=selector))
    source = f"S3://{place['Bucket']}/items"
    assert array.output[1]["context"] == {"Index": 1, "Value": 2, "Source": source}
    members = await bench.run(reading(place, {"InputType": "JSON", "ItemsPointer": "/a/0"}, ItemSelector=selector))
    assert members.output == [{"context": {"Index": 0, "Key": "k", "Value": 1, "Source": source}}]


async def test_expressions_of_a_reader_in_jsonata(bench: Bench, cloud: Cloud) -> None:
    place = stored(cloud, b"1\n2\n3\n")
    reader = {
        "Resource": GET,
        "Arguments": {"Bucket": "{% $states.input.Bucket %}", "Key": "{% $states.input.Key %}"},
        "ReaderConfig": {"InputType": "JSONL", "MaxItems": "{% 1 + 1 %}"},
    }
    state = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "ItemReader": reader,
        "ItemProcessor": {**PROCESSOR, "QueryLanguage": "JSONata"},
        "End": True,
    }
    assert (await bench.run(state, place)).output == [1, 2]


async def test_the_objects_of_a_bucket(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    for key in ("a/1", "a/2", "a/3", "b/1"):
        cloud.put(bucket, key, b"content")
    parameters = {"Bucket": bucket, "Prefix": "a/", "MaxKeys": 2}
    result = await bench.run(reading(parameters, {}, LIST))
    assert [item["Key"] for item in result.output] == ["a/1", "a/2", "a/3"]
    first = result.output[0]
    assert first.keys() == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    assert (first["Size"], type(first["LastModified"])) == (7, int)


async def test_the_items_in_all_objects_of_a_list(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.put(bucket, "in/1", b"1\n2\n")
    cloud.put(bucket, "in/2", b"3\n")
    config = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    selector = {"value.$": "$$.Map.Item.Value", "source.$": "$$.Map.Item.Source"}
    result = await bench.run(reading({"Bucket": bucket, "Prefix": "in/"}, config, LIST, ItemSelector=selector))
    first, second = f"S3://{bucket}/in/1", f"S3://{bucket}/in/2"
    assert [(item["value"], item["source"]) for item in result.output] == [(1, first), (2, first), (3, second)]


async def test_the_objects_of_an_inventory_report(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.put(bucket, "data/1.csv", b'"source","a"\n"source","b"\n')
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "data/1.csv"}],
    }
    cloud.put(bucket, "manifest.json", json.dumps(manifest).encode())
    result = await bench.run(reading({"Bucket": bucket, "Key": "manifest.json"}, {"InputType": "MANIFEST"}))
    assert result.output == [{"Bucket": "source", "Key": "a"}, {"Bucket": "source", "Key": "b"}]


async def test_the_items_that_an_athena_query_has_unloaded(bench: Bench, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.put(bucket, "data/1", b'{"a": 1}\n')
    cloud.put(bucket, "data/2", b'{"a": 2}\n')
    cloud.put(bucket, "manifest.csv", f"s3://{bucket}/data/1\ns3://{bucket}/data/2\n".encode())
    config = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    result = await bench.run(reading({"Bucket": bucket, "Key": "manifest.csv"}, config))
    assert result.output == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("config", "content", "cause"),
    [
        ({"InputType": "JSON"}, b'{"a": 1}', "Attempting to map over non-iterable node."),
        ({"InputType": "JSON"}, b"[1, 2", "The data is not JSON"),
        ({"InputType": "JSONL"}, b"1\n{]\n", "A line is not JSON"),
        ({"InputType": "MANIFEST"}, b"{}", "not the manifest of an S3 inventory"),
        ({"InputType": "MANIFEST"}, b'{"fileFormat":"ORC","destinationBucket":"b","fileSchema":"","files":[]}', "ORC"),
        ({"InputType": "CSV", "ManifestType": "ATHENA_DATA"}, b"https://example.com/", "no URI of S3"),
        ({"InputType": "PARQUET"}, b"PAR1", "Parquet files are not supported"),
    ],
)
async def test_what_cannot_be_read_fails_the_map_run(
    bench: Bench, cloud: Cloud, config: Json, content: bytes, cause: str
) -> None:
    result = await bench.run(reading(stored(cloud, content), config))
    assert result.error[0] == "States.ItemReaderFailed"
    assert cause in str(result.error[1])
    assert [event.type for event in result.execution.history][-3:] == [
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]


@pytest.mark.parametrize(("bucket", "key", "cause"), [("no-such-bucket", "k", "bucket"), (None, "no-such-key", "key")])
async def test_an_object_that_does_not_exist_fails_the_map_run(
    bench: Bench, cloud: Cloud, bucket: str | None, key: str, cause: str
) -> None:
    result = await bench.run(reading({"Bucket": bucket or cloud.bucket(), "Key": key}, {"InputType": "JSON"}))
    assert result.error[0] == "States.ItemReaderFailed"
    assert cause in str(result.error[1])


async def test_without_an_endpoint_for_s3_the_map_run_says_so() -> None:
    result = await Bench(None).run(reading({"Bucket": "b", "Key": "k"}, {"InputType": "JSON"}))
    assert result.error == (
        "States.ItemReaderFailed",
        "No endpoint is configured for s3: set AWS_ENDPOINT_URL for all services, or AWS_ENDPOINT_URL_S3 for this one.",
    )


async def test_the_failure_of_a_reader_can_be_caught(bench: Bench, cloud: Cloud) -> None:
    state = {
        **reading(stored(cloud, b"7"), {"InputType": "JSON"}),
        "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}],
    }
    definition = {"StartAt": "Only", "States": {"Only": state, "Caught": {"Type": "Succeed"}}}
    execution = bench.start_machine(definition)
    await execution.wait()
    assert execution.status.value == "SUCCEEDED"
