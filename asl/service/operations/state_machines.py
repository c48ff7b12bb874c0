"""Create, describe, list, update and delete state machines.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asl.definition.validation import variable_references
from asl.service.configuration import checked_encryption, checked_logging, checked_tracing, merged_tags
from asl.service.definitions import read_definition
from asl.service.errors import (
    missing_required_parameter,
    state_machine_already_exists,
    state_machine_deleting,
    validation_error,
)
from asl.service.identifiers import STATE_MACHINE, check_name, new_uuid, state_machine_arn
from asl.service.operations.lookup import check_role, find_machine, live_machine
from asl.service.operations.versions import publish
from asl.service.paging import page, paged_answer
from asl.service.store import Revision, StoredStateMachine

if TYPE_CHECKING:
    from asl.service.call import Answer, Call
    from asl.service.definitions import StateMachineType
    from asl.service.store import Version

UPDATE_NEEDS = (
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified"
)


def create_state_machine(call: Call) -> Answer:
    """Create a state machine; a request that repeats an earlier one gets the earlier answer."""
    request, account = call.request, call.account
    check_name(request["name"])
    check_role(request["roleArn"])
    _check_version_description(request)
    arn = account.arn(STATE_MACHINE, request["name"])
    kind: StateMachineType = request.get("type", "STANDARD")
    existing = account.machine(arn)
    if existing is not None:
        return _repeated(existing, kind, request)
    tags = merged_tags(arn, {}, request.get("tags", []))
    machine = StoredStateMachine(
        arn=arn,
        name=request["name"],
        type=kind,
        created=call.service.now(),
        revision=_first_revision(call, kind),
        tags=tags,
    )
    account.add(machine)
    return _created(call, machine)


def _first_revision(call: Call, kind: StateMachineType) -> Revision:
    request = call.request
    logging, tracing, encryption = _configurations(request)
    return Revision(
        definition=request["definition"],
        parsed=read_definition(request["definition"], kind),
        role_arn=request["roleArn"],
        logging=logging,
        tracing=tracing,
        encryption=encryption,
        variable_references=variable_references(request["definition"]),
        id=None,
        updated=call.service.now(),
    )


def _configurations(request: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return (
        checked_logging(request.get("loggingConfiguration", {})),
        checked_tracing(request.get("tracingConfiguration", {})),
        checked_encryption(request.get("encryptionConfiguration", {})),
    )


def _check_version_description(request: dict[str, Any]) -> None:
    if request.get("versionDescription") is not None and not request.get("publish"):
        raise validation_error("Version description can only be set when publish is true")


def _repeated(machine: StoredStateMachine, kind: StateMachineType, request: dict[str, Any]) -> Answer:
    """A repeated request is known by name, definition, type and configurations; role and tags are not compared."""
    if machine.deleting:
        raise state_machine_deleting(machine.arn)
    revision = machine.revision
    same = (revision.definition, revision.logging, revision.tracing, revision.encryption, machine.type)
    if same != (request["definition"], *_configurations(request), kind):
        raise state_machine_already_exists(machine.arn)
    answer = {"stateMachineArn": machine.arn, "creationDate": machine.created}
    if request.get("publish") and machine.versions:
        answer["stateMachineVersionArn"] = next(iter(machine.versions))
    return answer


def _created(call: Call, machine: StoredStateMachine) -> Answer:
    answer = {"stateMachineArn": machine.arn, "creationDate": machine.created}
    if call.request.get("publish"):
        version = publish(machine, machine.revision, call.request.get("versionDescription"), call.service.now())
        answer["stateMachineVersionArn"] = version.arn
    return answer


def describe_state_machine(call: Call) -> Answer:
    """Describe a state machine, one of its versions, or what an alias of it points at."""
    target = find_machine(call.account, state_machine_arn(call.request["stateMachineArn"]))
    machine, version = target.machine, target.version
    answer = {
        "stateMachineArn": version.arn if version else machine.arn,
        "name": machine.name,
        "status": "DELETING" if machine.deleting else "ACTIVE",
        "type": machine.type,
        "creationDate": version.created if version else machine.created,
        **revision_answer(target.revision, metadata_only=call.request.get("includedData") == "METADATA_ONLY"),
    }
    if version is not None and version.description is not None:
        answer["description"] = version.description
    return answer


def revision_answer(revision: Revision, *, metadata_only: bool) -> Answer:
    """What descriptions say of a revision."""
    answer: Answer = {
        "roleArn": revision.role_arn,
        "loggingConfiguration": revision.logging,
        "tracingConfiguration": revision.tracing,
        "encryptionConfiguration": revision.encryption,
        "definition": "" if metadata_only else revision.definition,
    }
    if revision.id is not None:
        answer["revisionId"] = revision.id
    if revision.variable_references and not metadata_only:
        answer["variableReferences"] = revision.variable_references
    return answer


def list_state_machines(call: Call) -> Answer:
    """List the state machines of the account, in the order of their names."""
    by_name = sorted(call.account.machines(), key=lambda machine: machine.name)
    machines, token = page(by_name, lambda machine: machine.name, call.request, "state-machines")
    items = [
        {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.type,
            "creationDate": machine.created,
        }
        for machine in machines
    ]
    return paged_answer("stateMachines", items, token)


def update_state_machine(call: Call) -> Answer:
    """Change a state machine; executions that run go on with what they were started with."""
    request = call.request
    arn = state_machine_arn(request["stateMachineArn"])
    if arn.qualifier is not None:
        raise validation_error("State machine versions and aliases can not be updated by this operation")
    machine = live_machine(call.account, arn)
    changes = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
    if not any(name in request for name in changes):
        raise missing_required_parameter(UPDATE_NEEDS)
    _check_version_description(request)
    now = call.service.now()
    changed = _changed(machine, request, now)
    answer: Answer = {"updateDate": now}
    if changed is not machine.revision:
        answer["revisionId"] = changed.id
    if request.get("publish"):
        version: Version = publish(machine, changed, request.get("versionDescription"), now)
        answer["stateMachineVersionArn"] = version.arn
    machine.revision = changed
    return answer


def _changed(machine: StoredStateMachine, request: dict[str, Any], now: float) -> Revision:
    """The revision after the update: the current one where nothing changes."""
    current = machine.revision
    changed = current
    if "definition" in request and request["definition"] != current.definition:
        changed = replace(
            changed,
            definition=request["definition"],
            parsed=read_definition(request["definition"], machine.type),
            variable_references=variable_references(request["definition"]),
        )
    if "roleArn" in request:
        check_role(request["roleArn"])
        changed = replace(changed, role_arn=request["roleArn"])
    if "loggingConfiguration" in request:
        changed = replace(changed, logging=checked_logging(request["loggingConfiguration"]))
    if "tracingConfiguration" in request:
        changed = replace(changed, tracing=checked_tracing(request["tracingConfiguration"]))
    if "encryptionConfiguration" in request:
        changed = replace(changed, encryption=checked_encryption(request["encryptionConfiguration"]))
    return current if changed == current else replace(changed, id=new_uuid(), updated=now)


def delete_state_machine(call: Call) -> Answer:
    """Begin to delete a state machine, its versions and aliases; one that does not exist is as good as deleted."""
    arn = state_machine_arn(call.request["stateMachineArn"])
    if arn.qualifier is not None:
        raise validation_error("State machine versions and aliases can not be deleted by this operation")
    machine = call.account.machine(arn.text)
    if machine is not None:
        call.account.remove(machine)
    return {}
