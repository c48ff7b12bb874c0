"""List, describe and update Map Runs, and tell of their child executions.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asl.engine import ChildStatus, MapRunStatus
from asl.service.errors import validation_error
from asl.service.operations.lookup import find_execution, find_map_run
from asl.service.paging import page, paged_answer

if TYPE_CHECKING:
    from asl.engine import Child, Counts, MapRun
    from asl.service.call import Answer, Call

Json = Any


def list_map_runs(call: Call) -> Answer:
    """List the Map Runs that an execution has started, newest first."""
    execution = find_execution(call.account, call.request["executionArn"]).execution
    wanted = (stored for stored in reversed(call.account.map_runs.values()) if stored.run.parent.arn == execution.arn)
    found, token = page(wanted, lambda stored: -stored.number, call.request, f"map runs {execution.arn}")
    return paged_answer("mapRuns", [_item(stored.run) for stored in found], token)


def _item(run: MapRun) -> Answer:
    item: Answer = {
        "executionArn": run.parent.arn,
        "mapRunArn": run.arn,
        "stateMachineArn": run.state_machine_arn,
        "startDate": run.start_date,
    }
    if run.stop_date is not None:
        item["stopDate"] = run.stop_date
    return item


def describe_map_run(call: Call) -> Answer:
    """Describe a Map Run: its settings, and how many items and child executions are in which status."""
    run = find_map_run(call.account, call.request["mapRunArn"])
    answer: Answer = {
        "mapRunArn": run.arn,
        "executionArn": run.parent.arn,
        "status": run.status.value,
        "startDate": run.start_date,
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerance.percentage or 0.0,
        "toleratedFailureCount": run.tolerance.count or 0,
        "itemCounts": _counts(run.item_counts),
        "executionCounts": _counts(run.execution_counts),
        "redriveCount": run.redrive_count,
    }
    if run.redrive_date is not None:
        answer["redriveDate"] = run.redrive_date
    if run.stop_date is not None:
        answer["stopDate"] = run.stop_date
    return answer


def _counts(counts: Counts) -> Answer:
    return {
        "pending": counts.pending,
        "running": counts.running,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "timedOut": counts.timed_out,
        "aborted": counts.aborted,
        "total": counts.total,
        "resultsWritten": counts.results_written,
        "failuresNotRedrivable": 0,
        "pendingRedrive": counts.pending_redrive,
    }


def update_map_run(call: Call) -> Answer:
    """Change how many children of a running Map Run may run or fail; it counts at once."""
    request = call.request
    run = find_map_run(call.account, request["mapRunArn"])
    if run.status is not MapRunStatus.RUNNING:
        raise validation_error(f"Map Run {run.arn} is {run.status.value} and can not be updated")
    run.update(
        request.get("maxConcurrency"), request.get("toleratedFailureCount"), request.get("toleratedFailurePercentage")
    )
    return {}


def list_children(call: Call) -> Answer:
    """List the child executions of a Map Run, newest first."""
    request = call.request
    run = find_map_run(call.account, request["mapRunArn"])
    status = request.get("statusFilter")
    redriven = request.get("redriveFilter")
    wanted = (
        index
        for index in run.children.newest_first(None if status is None else ChildStatus[status])
        if redriven is None or (redriven == "REDRIVEN") == run.children.at(index).redriven
    )
    found, token = page(wanted, lambda index: -index, request, f"children {run.arn} {status} {redriven}")
    children = [run.children.at(index) for index in found]
    items = [{**child_item(run, child), "itemCount": child.item_count} for child in children]
    return paged_answer("executions", items, token)


def child_item(run: MapRun, child: Child) -> Answer:
    """What is told of a child even when no more of it is kept."""
    item: Answer = {
        "executionArn": run.child_arn(child.name),
        "stateMachineArn": run.state_machine_arn,
        "name": child.name,
        "status": child.status.name,
        "startDate": child.start_date,
        "mapRunArn": run.arn,
        "redriveCount": 0 if child.execution is None else child.execution.redrive_count,
    }
    if child.execution is not None and child.execution.redrive_date is not None:
        item["redriveDate"] = child.execution.redrive_date
    if child.stop_date is not None:
        item["stopDate"] = child.stop_date
    return item


def processor_definition(definition: str, state_name: str) -> str:
    """The item processor of a Map state, as the definition of a state machine that runs it alone."""
    machine = json.loads(definition)
    language = {name: machine[name] for name in ("QueryLanguage",) if name in machine}
    processor = _processor(machine, state_name)
    return json.dumps(language | {name: value for name, value in processor.items() if name != "ProcessorConfig"})


def _processor(flow: Json, state_name: str) -> Json:
    """The processor of the Map state `state_name`, which is somewhere inside a flow."""
    for name, state in flow["States"].items():
        processor = state.get("ItemProcessor", state.get("Iterator"))
        if name == state_name:
            return processor
        for inner in (*state.get("Branches", ()), *((processor,) if processor else ())):
            found = _processor(inner, state_name)
            if found:
                return found
    return {}
