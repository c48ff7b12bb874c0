"""Histories that the console in the browser is tested with, recorded from the engine.

`python -m tests.console_histories` records them anew into `console/web/tests/histories`. Beside its events each has
what the engine and the operations API say of them: the flow that each event happened in, and what became of each state.
Runs are the same each time; a test sees that the files are current.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl.engine import event_to_api
from asl.testing import Failure, Workflow, in_turn
from console.operations.summary import summarize
from console.operations.tokens import shown
from tests.asl.engine.conftest import FUNCTION, Bench, FunctionError, machine
from tests.asl.engine.test_map_runs import distributed
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asl.engine import Execution, HistoryEvent
    from asl.testing import Run

Json = Any

FOLDER: Final = Path(__file__).parents[1] / "console/web/tests/histories"
DEFINITION: Final = Path(contract.__file__).with_name("definition.asl.json")
TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:failures"
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main() -> None:
    """Record all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in recorded():
        (FOLDER / f"{name}.json").write_text(text)


def recorded() -> Iterator[tuple[str, str]]:
    """The name of each history, and what its file holds."""
    for name, campaign in CAMPAIGNS.items():
        yield f"campaign-{name}", written(campaign().history)
    for name, (definition, given) in MACHINES.items():
        yield name, written(asyncio.run(_ended(definition, given)).history)
    for name, (definition, given) in REDRIVEN.items():
        yield f"redriven-{name}", written(asyncio.run(_redriven(definition, given)).history)
    yield "running", written(asyncio.run(_running()).history)


def written(history: Iterable[HistoryEvent]) -> str:
    """The file of a history: one event a line."""
    found = list(history)
    # AWS's times have milliseconds.
    events = [shown(event_to_api(event._replace(timestamp=round(event.timestamp, 3)))) for event in found]
    dated: list[Any] = [{**event, "timestamp": datetime.fromtimestamp(event["timestamp"], UTC)} for event in events]
    content = {
        "flows": json.dumps([event.frame for event in found]),
        "states": _lines(json.dumps(asdict(state), default=_seconds) for state in summarize(dated).states.values()),
        "events": _lines(json.dumps(event) for event in events),
    }
    text = ",\n".join(f'"{key}": {value}' for key, value in content.items())
    return UUID.sub("00000000-0000-4000-8000-000000000000", f"{{\n{text}\n}}\n")


def _lines(texts: Iterable[str]) -> str:
    return "[\n{}\n]".format(",\n".join(texts))


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


# The email campaign, on every path

SENT = {"vendor": "pigeon", "campaign_id": "c-1", "duplicate": False}
NOTIFIED = {"notified": 2}
BUSY = Failure("VendorThrottled", "429")


def _campaign(*statuses: str, start_at: str | None = None, waits: int = 0, **handlers: Json) -> Run:
    outcomes = {"SendCampaign": SENT, "AwaitStatus": None, "AskStatus": _status("success"), "NotifyUsers": NOTIFIED}
    workflow = Workflow.from_file(DEFINITION, name="email-campaign", substitutions={"Failures.Topic": TOPIC}).bind(
        handlers={**outcomes, **{name: outcome for name, outcome in handlers.items() if name != "ReportFailure"}},
        mocks={"ReportFailure": handlers.get("ReportFailure", {"MessageId": "1"})},
    )
    request = {"version": "1", "request_id": "r-1", "vendor": "pigeon", "recipients": ["user-1", "user-2"]}
    given: Json = {"request": request, "event_id": "e-1", "replays": ""}
    options: Json = {"name": "campaign"}
    if start_at is not None:
        options["start_at"] = start_at
        given |= {"campaign": SENT, "status": _status("pending"), "waits": {"count": waits}}
    run = workflow.start(given, **options)
    for status in statuses:
        run.waiting("AwaitStatus").succeed(_status(status))
    return run


def _status(status: str) -> Json:
    return {"status": status, "delivery": f"of-{status}"}


def _aborted() -> Run:
    run = _campaign()
    run.advance(minutes=5)
    run.execution.stop("Stopped", "called off")
    return run


def _timed_out() -> Run:
    run = _campaign(AskStatus=_status("pending"))
    while run.status == "RUNNING":
        for waiting in run.waiting_states:
            run.waiting(waiting).heartbeat()
        run.advance(hours=5)
    return run


CAMPAIGNS: Final[dict[str, Callable[[], Run]]] = {
    "sent": lambda: _campaign("pending", "pending", "success").finish(),
    "of-another-execution": lambda: _campaign(SendCampaign={**SENT, "duplicate": True}).finish(),
    "asked-after-silence": lambda: _campaign(AskStatus=in_turn(_status("pending"), BUSY, _status("success"))).finish(),
    "not-sent": lambda: _campaign("archived").finish(),
    "too-many-waits": lambda: _campaign("pending", start_at="AwaitStatus", waits=500).finish(),
    "vendor-busy": lambda: _campaign("success", SendCampaign=in_turn(BUSY, BUSY, SENT)).finish(),
    "refused": lambda: _campaign(SendCampaign=Failure("VendorRefused", "no such list")).finish(),
    "not-awaited": lambda: _campaign(AwaitStatus=Failure("MailboxFull", "no room")).finish(),
    "not-asked": lambda: _campaign(AskStatus=Failure("VendorRefused", "gone")).finish(),
    "not-notified": lambda: _campaign("success", NotifyUsers=Failure("UnknownUser", "user-2")).finish(),
    "not-reported": lambda: _campaign("failed", ReportFailure=Failure("SNS.NotFoundException", "no topic")).finish(),
    "without-cause": lambda: _campaign(SendCampaign=Failure("Broken")).finish(),
    "timed-out": _timed_out,
    "waiting": _campaign,
    "aborted": _aborted,
}


# What the campaign does not do

WORK: Final = {"Type": "Task", "Resource": FUNCTION, "End": True}
TWICE: Final = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 3, "MaxAttempts": 2}]
CAUGHT: Final = [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}]
MEND: Final = {"Mend": {"Type": "Pass", "End": True}}
PASS: Final = {"Type": "Pass", "End": True}
LONG: Final = {"Type": "Wait", "Seconds": 3600, "End": True}
TOKEN: Final = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "token", "Payload": {"token.$": "$$.Task.Token"}},
    "TimeoutSeconds": 60,
    "End": True,
}


def _over(processor: Json, **fields: Json) -> Json:
    return {"Type": "Map", "ItemProcessor": machine(processor), "End": True, **fields}


def _beside(*branches: Json, **fields: Json) -> Json:
    return {"Type": "Parallel", "Branches": [machine(branch) for branch in branches], "End": True, **fields}


def _machine(states: Json, **fields: Json) -> Json:
    """A definition with what catchers of it lead to."""
    return machine({**states, **(MEND if "Mend" in json.dumps(states) else {})}, **fields)


CHOICE: Final = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNumeric": True, "Next": "Work"}], "Default": "Skip"}
LATER: Final = {"Type": "Wait", "Seconds": 1, "Next": "Work"}
FAIL: Final = {"Type": "Fail", "Error": "No"}
REST: Final = {"Rest": LONG}
INNER: Final = {"Inner": _over({"Work": WORK})}
PATIENT: Final = {**TOKEN, "TimeoutSeconds": 9000}
WRONG: Final = {"Type": "Pass", "Output": "{% $error('no') %}", "End": True}
SET: Final = {"Type": "Pass", "Assign": {"order": 7}, "Next": "Use"}
WAITING_INSIDE: Final = {"In": _beside({"Token": TOKEN}, {"Done": PASS})}

MACHINES: Final[dict[str, tuple[Json, Json]]] = {
    "nested": (_machine({"Outer": _over({"Both": _beside(INNER, {"Done": PASS})})}), [[1, 2], [3], []]),
    "task-retried": (_machine({"Work": {**WORK, "Retry": TWICE}}), "once"),
    "task-exhausted": (_machine({"Work": {**WORK, "Retry": TWICE}}), "broken"),
    "map-retried": (_machine({"Each": _over({"Work": WORK}, Retry=TWICE, MaxConcurrency=1)}), [1, "once", 3]),
    "map-caught": (_machine({"Each": _over({"Wait": LATER, "Work": WORK}, Catch=CAUGHT)}), [1, "broken", 3]),
    "parallel-retried": (_machine({"Both": _beside({"Work": WORK}, REST, Retry=TWICE)}), "once"),
    "branches-aborted": (_machine({"Both": _beside({"Work": WORK}, REST, WAITING_INSIDE, Catch=CAUGHT)}), "broken"),
    "fail-in-branch": (_machine({"Both": _beside({"No": FAIL}, {"Done": PASS}, Retry=TWICE)}), None),
    "choices": (_machine({"Each": _over({"Which": CHOICE, "Work": WORK, "Skip": PASS})}), [1, "x", 2]),
    "token-timed-out": (_machine({"Token": {**TOKEN, "Retry": TWICE, "Catch": CAUGHT}}), None),
    "execution-timed-out": (_machine({"Both": _beside(REST, {"Token": PATIENT})}, TimeoutSeconds=100), None),
    "map-run": (_machine({"Each": distributed({"Work": WORK})}), [1, 2, 3]),
    "map-run-failed": (_machine({"Each": {**distributed({"Work": WORK}), "Retry": TWICE}}), [1, "broken"]),
    "evaluation-failed": (_machine({"Only": WRONG}, QueryLanguage="JSONata"), None),
    "variables": (_machine({"Set": SET, "Use": PASS}, QueryLanguage="JSONata"), None),
}
REDRIVEN: Final[dict[str, tuple[Json, Json]]] = {
    "task": (_machine({"First": {"Type": "Pass", "Next": "Work"}, "Work": WORK}), "broken"),
    "branches": (_machine({"Both": _beside(REST, {"Work": WORK}, {"Token": PATIENT})}), "broken"),
    "iterations": (_machine({"Each": _over({"Work": WORK}, Retry=TWICE)}), [1, "broken", 3]),
    "map-run": (_machine({"Each": distributed({"Work": WORK})}), [1, "broken", 3]),
    "fail": (_machine({"No": FAIL}), None),
}


def _bench() -> tuple[Bench, set[str]]:
    """Functions: a number goes through, `once` fails the first time, `broken` as long as it is in the set."""
    bench, broken, seen = Bench(), {"broken"}, set[str]()

    async def work(event: Json) -> Json:
        if event in broken or (event == "once" and event not in seen):
            seen.add(event)
            raise FunctionError("Broken", f"{event} is broken")
        return event

    async def token(_: Json) -> None:
        """Nobody answers the token."""

    bench.functions |= {"work": work, "token": token}
    return bench, broken


async def _ended(definition: Json, given: Json) -> Execution:
    bench, _ = _bench()
    return await bench.run(definition, given)


async def _redriven(definition: Json, given: Json) -> Execution:
    bench, broken = _bench()
    execution = await bench.run(definition, given)
    bench.clock._now += 600
    execution = bench.engine.redrive(execution)
    await execution.wait()
    broken.clear()
    bench.clock._now += 600
    execution = bench.engine.redrive(execution)
    await execution.wait()
    return execution


async def _running() -> Execution:
    """Something is retried, something waits for a token, something just waits."""
    bench, _ = _bench()
    retried = {**WORK, "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5000}]}
    branches = ({"Work": retried}, {"Token": {**TOKEN, "TimeoutSeconds": 9000}}, {"Rest": LONG}, {"Done": PASS})
    execution = bench.start(machine({"All": _beside(*branches)}), "broken")
    due = asyncio.Event()
    bench.clock.call_at(bench.clock.now() + 50, due.set)
    await due.wait()
    return execution


if __name__ == "__main__":
    main()
