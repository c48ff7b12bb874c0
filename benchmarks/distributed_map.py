"""Measures a distributed Map over the items of an S3 object, whose results go to S3 as well.

python -m benchmarks.distributed_map                       # 10,000 and 100,000 items
python -m benchmarks.distributed_map --items 5000 20000    # other numbers
python -m benchmarks.distributed_map --kind EXPRESS --concurrency 100

The memory told is the most that the engine's process has held; it should follow the concurrency, not the items. S3 is
MiniStack, in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

import boto3

from benchmarks.servers import engine, ministack
from benchmarks.workloads import ROLE

if TYPE_CHECKING:
    from benchmarks.servers import Server

BUCKET: Final = "benchmark"
ACCOUNT: Final = "123456789012"
ITEMS: Final = (10_000, 100_000)
CONCURRENCY: Final = 1_000
POLL_SECONDS: Final = 0.2


def definition(kind: str, concurrency: int, key: str) -> dict[str, Any]:
    """A Map Run with one Pass state for each item of an object."""
    state = {
        "Type": "Map",
        "MaxConcurrency": concurrency,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": BUCKET, "Key": key},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": "Item",
            "States": {"Item": {"Type": "Pass", "End": True}},
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": BUCKET, "Prefix": "results"},
        },
        "End": True,
    }
    return {"StartAt": "Each", "States": {"Each": state}}


def write_items(endpoint: str, count: int) -> str:
    """The key of a new object with a JSON array of so many orders."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="none",
    )
    if not any(bucket["Name"] == BUCKET for bucket in client.list_buckets()["Buckets"]):
        client.create_bucket(Bucket=BUCKET)
    items = [
        {"order": number, "customer": f"customer-{number % 997}", "total": number * 0.25} for number in range(count)
    ]
    client.put_object(Bucket=BUCKET, Key=f"{count}.json", Body=json.dumps(items).encode())
    return f"{count}.json"


async def measure(server: Server, text: dict[str, Any], count: int) -> tuple[float, float]:
    """Seconds that a Map Run took, and the most memory that the server has held so far, in MB."""
    client = await server.connect()
    name = f"map-{count}"
    created = await client.call("CreateStateMachine", name=name, definition=json.dumps(text), roleArn=ROLE)
    begin = time.perf_counter()
    started = await client.call("StartExecution", stateMachineArn=created["stateMachineArn"])
    while True:
        described = await client.call("DescribeExecution", executionArn=started["executionArn"])
        if described["status"] != "RUNNING":
            break
        await asyncio.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - begin
    if described["status"] != "SUCCEEDED":
        raise RuntimeError(f"the execution ended as {described['status']}: {described.get('cause')}")
    [run] = (await client.call("ListMapRuns", executionArn=started["executionArn"]))["mapRuns"]
    counts = (await client.call("DescribeMapRun", mapRunArn=run["mapRunArn"]))["itemCounts"]
    if counts["succeeded"] != count or counts["resultsWritten"] != count:
        raise RuntimeError(f"not all of {count} items were worked on: {counts}")
    client.close()
    return seconds, server.peak_megabytes()


async def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=list(ITEMS), help="how many items")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="the state's MaxConcurrency")
    parser.add_argument("--kind", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="of child executions")
    options = parser.parse_args()
    print(f"{'items':>12}{'items/s':>12}{'peak MB':>12}")
    async with ministack() as cloud:
        endpoint = f"http://127.0.0.1:{cloud.port}"
        for count in options.items:
            key = await asyncio.to_thread(write_items, endpoint, count)
            async with engine(endpoint) as server:
                seconds, peak = await measure(server, definition(options.kind, options.concurrency, key), count)
            print(f"{count:12,}{count / seconds:12,.0f}{peak:12,.0f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
