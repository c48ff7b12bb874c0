"""Start, stop, describe and list executions, and tell their history.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final

from asl.engine import Execution, ExecutionStatus, StartRequest, event_to_api
from asl.service.errors import (
    execution_already_exists,
    invalid_arn,
    invalid_execution_input,
    service_unavailable,
    state_machine_deleting,
    state_machine_type_not_supported,
    validation_error,
)
from asl.service.identifiers import EXECUTION, EXPRESS_EXECUTION, check_name, new_uuid, state_machine_arn
from asl.service.json_text import JsonTextError, decode_json
from asl.service.mock_configuration import UnknownTestCaseError
from asl.service.operations.lookup import find_child, find_execution, find_machine
from asl.service.operations.map_runs import child_item, list_children, processor_definition
from asl.service.operations.redrive import redrive_status
from asl.service.operations.state_machines import revision_answer
from asl.service.paging import page, paged_answer
from asl.service.store import StoredExecution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.durability.archive import ArchivedExecution
    from asl.service.call import Answer, Call
    from asl.service.identifiers import Arn
    from asl.service.mock_configuration import ExecutionMocks
    from asl.service.operations.lookup import Target
    from asl.service.store import StoredStateMachine

logger = logging.getLogger(__name__)

EXPRESS: Final = "EXPRESS"
METADATA_ONLY: Final = "METADATA_ONLY"
PENDING_REDRIVE: Final = "PENDING_REDRIVE"
REDRIVEN: Final = "REDRIVEN"
EXPRESS_MEMORY_MB: Final = 64
EXPRESS_BILLING_STEP_MS: Final = 100


def start_execution(call: Call) -> Answer:
    """Start an execution; a request that repeats the one of a running execution gets its answer."""
    execution = start(call)
    return {"executionArn": execution.arn, "startDate": execution.start_date}


def start(call: Call) -> Execution:
    """The execution that a StartExecution request starts or repeats."""
    target = _startable(call)
    name = call.request.get("name") or new_uuid()
    check_name(name)
    given = _input(call)
    if target.machine.type == EXPRESS:
        return _run(call, target, name, _express_arn(call, target, name), given)
    arn = call.account.arn(EXECUTION, target.machine.name, name)
    existing = call.account.executions.get(arn)
    if existing is not None:
        return _repeated(existing, given)
    execution = _run(call, target, name, arn, given)
    stored = StoredExecution(
        execution=execution,
        machine=target.machine,
        revision=target.revision,
        number=call.account.next_number(),
        version_arn=target.version.arn if target.version is not None else None,
        alias_arn=target.alias.arn if target.alias is not None else None,
        trace_header=call.request.get("traceHeader"),
    )
    call.account.keep(stored)
    call.service.keep(stored, execution)
    call.service.status_changed(stored)
    return execution


async def start_sync_execution(call: Call) -> Answer:
    """Run an express state machine and tell how it ended."""
    target = _startable(call)
    if target.machine.type != EXPRESS:
        raise state_machine_type_not_supported()
    name = call.request.get("name") or new_uuid()
    check_name(name)
    execution = _run(call, target, name, _express_arn(call, target, name), _input(call))
    await call.service.until_closing(execution.wait())
    if execution.status is ExecutionStatus.RUNNING:
        raise service_unavailable("The execution did not end before the service was stopped")
    stop_date = execution.stop_date or execution.start_date
    steps = max(1, math.ceil((stop_date - execution.start_date) * 1000 / EXPRESS_BILLING_STEP_MS))
    return {
        "executionArn": execution.arn,
        "stateMachineArn": target.machine.arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": stop_date,
        "status": execution.status.value,
        "billingDetails": {
            "billedMemoryUsedInMB": EXPRESS_MEMORY_MB,
            "billedDurationInMilliseconds": steps * EXPRESS_BILLING_STEP_MS,
        },
        "inputDetails": {"included": call.request.get("includedData") != METADATA_ONLY},
        "outputDetails": {"included": call.request.get("includedData") != METADATA_ONLY},
        **_outcome(execution, metadata_only=call.request.get("includedData") == METADATA_ONLY),
        **({"traceHeader": call.request["traceHeader"]} if "traceHeader" in call.request else {}),
    }


def _startable(call: Call) -> Target:
    arn = state_machine_arn(_split_test_case(call)[0])
    if "/" in arn.resource[0]:
        raise validation_error("An execution can not be started of the Map state of a state machine")
    target = find_machine(call.account, arn)
    if target.machine.deleting:
        raise state_machine_deleting(arn.text)
    return target


def _split_test_case(call: Call) -> tuple[str, str]:
    """The ARN and the name of the test case, `ARN#NAME` in the request; empty where there is none."""
    arn, _, case = call.request["stateMachineArn"].partition("#")
    return arn, case


def _mocks(call: Call, target: Target) -> ExecutionMocks | None:
    case = _split_test_case(call)[1]
    if not case:
        return None
    try:
        mocks = call.service.mocks.execution_mocks(target.machine.name, case)
    except UnknownTestCaseError as error:
        raise invalid_arn(f"{call.request['stateMachineArn']}: {error}") from None
    for state in mocks.strangers(target.revision.definition):
        logger.warning(
            "the test case %s of %s mocks %s, which is no Task state of it", case, target.machine.name, state
        )
    return mocks


def _input(call: Call) -> str:
    given: str = call.request.get("input", "{}")
    try:
        decode_json(given)
    except JsonTextError as error:
        raise invalid_execution_input(str(error)) from None
    return given


def _express_arn(call: Call, target: Target, name: str) -> str:
    return call.account.arn(EXPRESS_EXECUTION, target.machine.name, name, new_uuid())


def _run(call: Call, target: Target, name: str, arn: str, given: str) -> Execution:
    request = StartRequest(
        execution_arn=arn,
        name=name,
        state_machine_arn=target.machine.arn,
        state_machine_name=target.machine.name,
        role_arn=target.revision.role_arn,
        definition=target.revision.parsed,
        input=given,
        redrivable=target.machine.type != EXPRESS,
        mocks=_mocks(call, target),
    )
    execution = call.service.engine.start(request)
    call.service.started(execution, target.revision.logging)
    return execution


def _repeated(existing: StoredExecution, given: str) -> Execution:
    execution = existing.execution
    if not isinstance(execution, Execution) or execution.status is not ExecutionStatus.RUNNING:
        raise execution_already_exists(execution.arn)
    if decode_json(execution.input) != decode_json(given):
        raise execution_already_exists(execution.arn)
    return execution


def stop_execution(call: Call) -> Answer:
    """Stop an execution; one that has ended stays as it is."""
    execution = find_execution(call.account, call.request["executionArn"]).execution
    execution.stop(call.request.get("error"), call.request.get("cause"))
    return {"stopDate": execution.stop_date}


def describe_execution(call: Call) -> Answer:
    """Describe an execution; of a child that ended long ago, what is still known."""
    found = find_child(call.account, call.request["executionArn"])
    if found is None:
        stored = find_execution(call.account, call.request["executionArn"])
    elif found.child.execution is None:
        return {**child_item(found.map_run.run, found.child), "inputDetails": {"included": False}}
    else:
        stored = found.map_run.stored(found.child, found.child.execution)
    metadata_only = call.request.get("includedData") == METADATA_ONLY
    return description(stored, call.service.now(), metadata_only=metadata_only)


def description(stored: StoredExecution, now: float, *, metadata_only: bool = False) -> Answer:
    """What is said of an execution at the time `now`."""
    execution = stored.execution
    answer = {
        **_item(stored),
        "inputDetails": {"included": not metadata_only},
        **_outcome(execution, metadata_only=metadata_only),
        **redrive_status(stored, now),
    }
    if execution.output is not None:
        answer["outputDetails"] = {"included": not metadata_only}
    if stored.trace_header is not None:
        answer["traceHeader"] = stored.trace_header
    if stored.map_run is not None:
        answer["mapRunArn"] = stored.map_run.arn
    return answer


def _item(stored: StoredExecution) -> Answer:
    execution = stored.execution
    item: Answer = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status.value,
        "startDate": execution.start_date,
        "redriveCount": execution.redrive_count,
    }
    if execution.redrive_date is not None:
        item["redriveDate"] = execution.redrive_date
    if execution.stop_date is not None:
        item["stopDate"] = execution.stop_date
    if stored.version_arn is not None:
        item["stateMachineVersionArn"] = stored.version_arn
    if stored.alias_arn is not None:
        item["stateMachineAliasArn"] = stored.alias_arn
    return item


def _outcome(execution: Execution | ArchivedExecution, *, metadata_only: bool) -> Answer:
    texts: dict[str, str | None] = {"error": execution.error, "cause": execution.cause}
    if not metadata_only:
        texts.update(input=execution.input, output=execution.output)
    return {name: text for name, text in texts.items() if text is not None}


def describe_state_machine_for_execution(call: Call) -> Answer:
    """Describe the state machine as it was when the execution started."""
    stored = find_execution(call.account, call.request["executionArn"])
    metadata_only = call.request.get("includedData") == METADATA_ONLY
    answer = {
        "stateMachineArn": stored.execution.state_machine_arn,
        "name": stored.execution.request.state_machine_name,
        "updateDate": stored.revision.updated,
        **revision_answer(stored.revision, metadata_only=metadata_only),
    }
    if (run := stored.map_run) is not None:
        answer.update(mapRunArn=run.arn, label=run.label)
        if "definition" in answer:
            answer["definition"] = processor_definition(stored.revision.definition, run.state_name)
    return answer


def list_executions(call: Call) -> Answer:
    """List the executions of a state machine, one of its versions or aliases, or a Map Run, newest first."""
    request = call.request
    if ("stateMachineArn" in request) == ("mapRunArn" in request):
        raise validation_error("Exactly one of the state machine ARN and the Map Run ARN must be specified")
    if "mapRunArn" in request:
        return list_children(call)
    arn = state_machine_arn(request["stateMachineArn"])
    machine = find_machine(call.account, arn).machine
    if machine.type == EXPRESS:
        raise state_machine_type_not_supported()
    status, redriven = request.get("statusFilter"), request.get("redriveFilter")
    if status == PENDING_REDRIVE and "mapRunArn" not in request:
        raise validation_error("The status PENDING_REDRIVE is one of the executions of a Map Run only")
    wanted = (
        stored
        for stored in _newest_first(machine, arn)
        if (status is None or stored.execution.status.value == status)
        and (redriven is None or (redriven == REDRIVEN) == (stored.execution.redrive_count > 0))
    )
    scope = f"executions {arn.text} {status} {redriven}"
    found, token = page(wanted, lambda stored: -stored.number, request, scope)
    return paged_answer("executions", [_item(stored) for stored in found], token)


def _newest_first(machine: StoredStateMachine, arn: Arn) -> Iterator[StoredExecution]:
    for stored in reversed(machine.executions):
        if arn.qualifier is None or arn.text in (stored.version_arn, stored.alias_arn):
            yield stored


def get_execution_history(call: Call) -> Answer:
    """Tell what happened in an execution, in order or newest first."""
    request = call.request
    execution = find_execution(call.account, request["executionArn"]).execution
    newest_first = request.get("reverseOrder", False)
    include_data = request.get("includeExecutionData", True)
    events = reversed(list(execution.history)) if newest_first else execution.history
    found, token = page(
        events,
        lambda event: -event.id if newest_first else event.id,
        request,
        f"history {execution.arn} {newest_first}",
    )
    return paged_answer("events", [event_to_api(event, include_execution_data=include_data) for event in found], token)
