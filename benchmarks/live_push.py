"""The live push on the local cloud: how long after an event in a history its followers hear of it, and what that takes.

python -m benchmarks.live_push                          # 20 campaigns one after the other, 20 pages
python -m benchmarks.live_push --campaigns 5 --pages 1

It starts a cloud of its own. One page follows each execution, the others follow nothing. The delay of an event is the
time from its timestamp to the first hint that came later.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from websockets.sync.client import connect

from benchmarks.campaigns import deployed_cloud
from console.live.connections import Connections, Who
from local import demo, executions
from local.outputs import CONSOLE
from local.vendors.settings import Behaviour, VendorName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.sync.client import ClientConnection

    from local.deployment import Deployment

STEP_SECONDS: Final = 1.0
QUIET_SECONDS: Final = 3.0
"""After the end, for hints that are still on their way."""
WHO: Final = Who("benchmark", "benchmark")


@dataclass(frozen=True)
class Heard:
    """A message, and when it came, in epoch seconds."""

    at: float
    message: dict[str, Any]


def main() -> int:
    """Run the benchmark and print what came of it; 1 if an event had no hint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=20)
    parser.add_argument("--pages", type=int, default=20, help="connections, of which one follows")
    options = parser.parse_args()
    with deployed_cloud() as (_, deployment):
        deployment.vendor(VendorName.PIGEON).set_behaviour(Behaviour(step_seconds=STEP_SECONDS))
        with ExitStack() as stack:
            pages = [stack.enter_context(_page(deployment)) for _ in range(options.pages)]
            _follow(deployment, pages, f"warm-{uuid.uuid4().hex}")
            delays: list[float] = []
            hints = unheard = 0
            for _ in range(options.campaigns):
                name = f"live-{uuid.uuid4().hex}"
                heard, events = _follow(deployment, pages, name)
                found = [_delay(event, heard) for event in events]
                delays += [delay for delay in found if delay is not None]
                unheard += found.count(None)
                hints += len(heard)
        print(_delays(delays, hints, unheard))
        print(_cost(deployment))
    return 1 if unheard else 0


def _page(deployment: Deployment) -> ClientConnection:
    table = _resource(deployment, "LiveConnections")
    ticket = Connections(deployment.aws.dynamodb, table).make_ticket(WHO, datetime.now(UTC))
    url = f"{deployment.outputs.local_live_url(deployment.aws.url)}?ticket={ticket}"
    return connect(url, proxy=None, max_queue=None)


def _follow(deployment: Deployment, pages: Sequence[ClientConnection], name: str) -> tuple[list[Heard], list[float]]:
    """The hints about the history of a new execution, and the times of its events."""
    page, machine = pages[0], deployment.outputs.state_machine_arn
    page.send(json.dumps({"action": "follow", "workflow": machine.rpartition(":")[2], "name": name}))
    while _next(page, 60.0).message["kind"] != "following":
        pass
    given = {"request": demo.fresh_request().model_dump(mode="json"), "event_id": str(uuid.uuid4()), "replays": ""}
    arn = deployment.aws.stepfunctions.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))[
        "executionArn"
    ]
    heard = []
    while (one := _next(page, 60.0)).message.get("status") in (None, "RUNNING"):
        heard.append(one)
    quiet = time.time() + QUIET_SECONDS
    while (left := quiet - time.time()) > 0:
        try:
            heard.append(_next(page, left))
        except TimeoutError:
            break
    ours = [one for one in heard if one.message["kind"] == "history"]
    return ours, [event["timestamp"].timestamp() for event in executions.history(deployment.aws, arn)]


def _next(page: ClientConnection, seconds: float) -> Heard:
    text = page.recv(timeout=seconds)
    return Heard(time.time(), json.loads(text))


def _delay(event: float, heard: Sequence[Heard]) -> float | None:
    return next((one.at - event for one in heard if one.at >= event), None)


def _delays(delays: Sequence[float], hints: int, unheard: int) -> str:
    cuts = quantiles(delays, n=20, method="inclusive")
    return (
        f"{len(delays) + unheard} events, {hints} hints, {unheard} events without a later hint; from event to hint "
        f"p50 {1000 * cuts[9]:.0f} ms, p95 {1000 * cuts[18]:.0f} ms, at most {1000 * max(delays):.0f} ms"
    )


def _cost(deployment: Deployment) -> str:
    """What the pusher's own log says of its invocations."""
    group = _resource(deployment, "LivePushLogs")
    pages = deployment.aws.logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="REPORT")
    lines = [event["message"] for page in pages for event in page["events"]]
    took = sorted(float(match[1]) for line in lines if (match := re.search(r"\tDuration: ([\d.]+) ms", line)))
    return f"{len(took)} invocations of the pusher, p50 {took[len(took) // 2]:.0f} ms, at most {took[-1]:.0f} ms"


def _resource(deployment: Deployment, logical_id: str) -> str:
    resources = deployment.aws.cloudformation.describe_stack_resources(StackName=CONSOLE)["StackResources"]
    return next(each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"].startswith(logical_id))


if __name__ == "__main__":
    sys.exit(main())
