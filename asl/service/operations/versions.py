"""Versions of state machines: publish, list, delete.

See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.service.errors import conflict, quota_exceeded, validation_error
from asl.service.identifiers import state_machine_arn
from asl.service.operations.lookup import live_machine
from asl.service.paging import page, paged_answer
from asl.service.store import Version

if TYPE_CHECKING:
    from asl.service.call import Answer, Call
    from asl.service.store import Revision, StoredStateMachine

FIRST_REVISION: Final = "INITIAL"
MAX_VERSIONS: Final = 1_000


def publish(machine: StoredStateMachine, revision: Revision, description: str | None, now: float) -> Version:
    """Publish a revision; one that has a version keeps it.

    Raises:
        ApiError: `ServiceQuotaExceededException`.

    """
    for version in machine.versions.values():
        if version.revision is revision:
            return version
    if len(machine.versions) >= MAX_VERSIONS:
        raise quota_exceeded(f"A state machine has at most {MAX_VERSIONS} versions: delete one that is not used")
    machine.last_version += 1
    version = Version(
        arn=f"{machine.arn}:{machine.last_version}",
        number=machine.last_version,
        revision=revision,
        description=description,
        created=now,
    )
    machine.versions[version.arn] = version
    return version


def publish_state_machine_version(call: Call) -> Answer:
    """Publish the current revision as a version, if it is still the one that the caller means."""
    request = call.request
    arn = state_machine_arn(request["stateMachineArn"])
    if arn.qualifier is not None:
        raise validation_error("A version is published of a state machine, not of a version or an alias")
    machine = live_machine(call.account, arn)
    current = machine.revision.id or FIRST_REVISION
    wanted = request.get("revisionId")
    if wanted is not None and wanted != current:
        raise conflict(
            f"Failed to publish the State Machine version for revision {wanted}. "
            f"The current State Machine revision is {current}."
        )
    version = publish(machine, machine.revision, request.get("description"), call.service.now())
    return {"stateMachineVersionArn": version.arn, "creationDate": version.created}


def list_state_machine_versions(call: Call) -> Answer:
    """List the versions of a state machine, newest first; one that does not exist has none."""
    arn = state_machine_arn(call.request["stateMachineArn"])
    machine = call.account.machine(arn.unqualified)
    newest_first = sorted(machine.versions.values(), key=lambda each: -each.number) if machine is not None else []
    found, token = page(newest_first, lambda version: -version.number, call.request, f"versions {arn.unqualified}")
    items = [{"stateMachineVersionArn": version.arn, "creationDate": version.created} for version in found]
    return paged_answer("stateMachineVersions", items, token)


def delete_state_machine_version(call: Call) -> Answer:
    """Delete a version that no alias routes to; its number is not used again."""
    arn = state_machine_arn(call.request["stateMachineVersionArn"])
    if arn.qualifier is None:
        raise validation_error("The ARN of a state machine version is needed, which ends with its number")
    machine = call.account.machine(arn.unqualified)
    if machine is None or arn.text not in machine.versions:
        return {}
    aliases = machine.aliases_of(arn.text)
    if aliases:
        names = ", ".join(alias.name for alias in aliases)
        raise conflict(
            "Version to be deleted must not be referenced by an alias. "
            f"Current list of aliases referencing this version: [{names}]"
        )
    del machine.versions[arn.text]
    return {}
