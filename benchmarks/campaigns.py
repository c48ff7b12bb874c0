"""Many email campaigns at once on the local cloud: whether all end right, how fast, and the memory it takes.

python -m benchmarks.campaigns            # 1,000 campaigns
python -m benchmarks.campaigns --count 50

It starts a cloud of its own, which keeps its state as that of `baton up` does, with a vendor that sends at once, puts
all events on the bus, and waits until every execution has ended. Exit status 0 only if each succeeded and each request
id had exactly one CampaignSent. Memory is told for each process; pages that are shared are divided among those that
share them (PSS).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local import cloud, demo
from local.deployment import Deployment, Waits, deploy
from local.home import Home
from local.lambda_runtime.host import REAP_SECONDS, SPARE_SECONDS
from local.vendors.settings import Behaviour, VendorName
from workflows.email_campaign.contract import CAMPAIGN_REQUESTED, CAMPAIGN_SENT, CLIENT_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.aws import AwsClients

BATCH: Final = 10
LONGEST_SECONDS: Final = 1800.0
WAITS: Final = Waits(heartbeat_seconds=1200, timeout_seconds=1500)


def main() -> int:
    """Run the benchmark and print what came of it."""
    parser = argparse.ArgumentParser(description="Many email campaigns at once on the local cloud.")
    parser.add_argument("--count", type=int, default=1000, help="how many campaigns")
    count: int = parser.parse_args().count
    with deployed_cloud() as (home, deployment):
        deployment.vendor(VendorName.PIGEON).set_behaviour(Behaviour(step_seconds=0))
        _first_and_second(deployment)
        return _measure(deployment, home, count)


@contextmanager
def deployed_cloud() -> Iterator[tuple[Home, Deployment]]:
    """A cloud of the benchmark's own, with the checkout deployed to it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.prepare()
        built = Home.current()
        for ours, theirs in ((home.assembly, built.assembly), (home.packages, built.packages)):
            if theirs.exists():
                ours.symlink_to(theirs)
        with cloud.running_cloud(home, None, keep=True) as running:
            yield home, deploy(home, running.state, WAITS, lambda what: print(f"  {what}"))


def _first_and_second(deployment: Deployment) -> None:
    for which in ("first", "second"):
        began = time.monotonic()
        put_requests(deployment, [demo.fresh_request().request_id])
        _wait(deployment, 1 if which == "first" else 2)
        print(f"{which} campaign: {time.monotonic() - began:.2f} s")


def _measure(deployment: Deployment, home: Home, count: int) -> int:
    queue = queue_of_sent(deployment)
    print(f"memory before: {_told(_memory(home))}")
    before = len(statuses(deployment))
    wanted = [f"many-{number:06}" for number in range(count)]
    began = time.monotonic()
    put_requests(deployment, wanted)
    accepted = time.monotonic() - began
    _wait(deployment, before + count)
    seconds = time.monotonic() - began
    ended = Counter(statuses(deployment)[:count])
    sent = Counter(sent_requests(deployment.aws, queue, count))
    at_the_end = _memory(home)
    time.sleep(SPARE_SECONDS + 2 * REAP_SECONDS)
    later = _memory(home)
    print(f"{count} campaigns: {seconds:.1f} s, {count / seconds:.1f} a second; events accepted in {accepted:.1f} s")
    print(f"executions: {dict(ended)}; CampaignSent: {len(sent)} requests, {sum(sent.values())} events")
    print(f"memory at the end: {_told(at_the_end)}")
    print(f"once spare environments have ended: {_told(later)}")
    right = ended == {"SUCCEEDED": count} and sent == Counter(wanted)
    print("all ended right" if right else "NOT all ended right")
    return 0 if right else 1


def put_requests(deployment: Deployment, request_ids: Sequence[str], **changes: Any) -> None:
    """Put an event for each request id on the bus; `changes` are fields that differ from the example's."""
    request = demo.fresh_request()
    for first in range(0, len(request_ids), BATCH):
        entries: list[Any] = [
            {
                "EventBusName": deployment.outputs.event_bus,
                "Source": CLIENT_SOURCE,
                "DetailType": CAMPAIGN_REQUESTED,
                "Detail": request.model_copy(update={**changes, "request_id": request_id}).model_dump_json(),
            }
            for request_id in request_ids[first : first + BATCH]
        ]
        answer = deployment.aws.events.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused events: {answer}")


def _wait(deployment: Deployment, count: int) -> None:
    give_up = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < give_up:
        found = statuses(deployment)
        if len(found) >= count and "RUNNING" not in found:
            return
        time.sleep(min(1.0, 0.02 + count / 1000))
    raise RuntimeError(f"not ended after {LONGEST_SECONDS:.0f} s: {Counter(statuses(deployment))}")


def statuses(deployment: Deployment) -> list[str]:
    """The status of each execution, newest first."""
    pages = deployment.aws.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=deployment.outputs.state_machine_arn
    )
    return [execution["status"] for page in pages for execution in page["executions"]]


def queue_of_sent(deployment: Deployment) -> str:
    """The URL of a queue that gets every CampaignSent."""
    aws, bus = deployment.aws, deployment.outputs.event_bus
    url = aws.sqs.create_queue(QueueName="campaigns-sent")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = json.dumps({"detail-type": [CAMPAIGN_SENT]})
    aws.events.put_rule(Name="campaigns-sent", EventBusName=bus, EventPattern=pattern)
    aws.events.put_targets(Rule="campaigns-sent", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def sent_requests(aws: AwsClients, queue: str, count: int) -> Iterator[str]:
    """The request ids of the events in the queue: until it is empty, and all that were asked for have come."""
    found = 0
    while True:
        answer = aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        messages = answer.get("Messages", [])
        if not messages:
            return
        for message in messages:
            aws.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])["detail"]["request_id"]
        found += len(messages)
        if found > 2 * count:
            return


def _memory(home: Home) -> dict[str, list[float]]:
    """Megabytes of each process of the cloud, by its part; shared pages are divided among those that share them."""
    state = home.require_state()
    parts = {state.supervisor_pid: "supervisor", state.aws_pid: "AWS", state.vendors_pid: "vendors"}
    found: dict[str, list[float]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            rollup = (folder / "smaps_rollup").read_text() if group in parts else ""
        except OSError:
            continue
        part = parts.get(int(folder.name), "functions")
        sizes = [int(line.split()[1]) / 1024 for line in rollup.splitlines() if line.startswith("Pss:")]
        if sizes:
            found.setdefault(part, []).extend(sizes)
    return found


def _told(memory: dict[str, list[float]]) -> str:
    """`577 MB (AWS 319, functions 22 + 21, ...)`."""
    parts = [
        f"{part} {' + '.join(f'{size:.0f}' for size in sorted(sizes, reverse=True))}" for part, sizes in memory.items()
    ]
    return f"{sum(map(sum, memory.values())):.0f} MB ({', '.join(sorted(parts))})"


if __name__ == "__main__":
    sys.exit(main())
