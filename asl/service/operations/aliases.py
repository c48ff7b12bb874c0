"""Aliases of state machines: names that route executions to one version, or to two by weight.

See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.service.errors import (
    alias_not_found,
    conflict,
    missing_required_parameter,
    quota_exceeded,
    state_machine_deleting,
    validation_error,
)
from asl.service.identifiers import state_machine_arn
from asl.service.operations.lookup import live_machine
from asl.service.paging import page, paged_answer
from asl.service.store import Alias

if TYPE_CHECKING:
    from asl.service.call import Answer, Call
    from asl.service.store import Account, StoredStateMachine

MAX_ALIASES: Final = 100


def create_state_machine_alias(call: Call) -> Answer:
    """Create an alias; a request that repeats an earlier one gets the earlier answer."""
    request = call.request
    machine, routing = _routing(call.account, request["routingConfiguration"])
    arn = f"{machine.arn}:{request['name']}"
    existing = machine.aliases.get(arn)
    if existing is not None:
        if (existing.description, existing.routing) != (request.get("description"), routing):
            raise conflict(
                "Failed to create alias because an alias with the same name and a "
                "different routing configuration already exists."
            )
        return {"stateMachineAliasArn": arn, "creationDate": existing.created}
    if len(machine.aliases) >= MAX_ALIASES:
        raise quota_exceeded(f"A state machine has at most {MAX_ALIASES} aliases: delete one that is not used")
    now = call.service.now()
    machine.last_alias += 1
    machine.aliases[arn] = Alias(
        arn=arn,
        name=request["name"],
        number=machine.last_alias,
        description=request.get("description"),
        routing=routing,
        created=now,
        updated=now,
    )
    return {"stateMachineAliasArn": arn, "creationDate": now}


def _routing(account: Account, given: list[dict[str, Any]]) -> tuple[StoredStateMachine, dict[str, int]]:
    """The state machine and the weights by version ARN that a routing configuration names."""
    arns = [item["stateMachineVersionArn"] for item in given]
    received = f"Received: [{', '.join(arns)}]"
    if len(set(arns)) < len(arns):
        raise validation_error(f"Routing configuration must contain distinct state machine version ARNs. {received}")
    parsed = [state_machine_arn(arn) for arn in arns]
    if not all(arn.qualifier is not None and arn.qualifier.isdecimal() for arn in parsed):
        raise validation_error(f"Routing configuration must contain state machine version ARNs. {received}")
    if len({arn.unqualified for arn in parsed}) > 1:
        raise validation_error(f"Routing configuration must contain versions of one state machine. {received}")
    weights = [item["weight"] for item in given]
    if sum(weights) != 100:
        raise validation_error(f"Sum of routing configuration weights must equal 100. Received: {weights}")
    machine = account.machine(parsed[0].unqualified)
    if machine is None or not all(arn in machine.versions for arn in arns):
        raise alias_not_found()
    if machine.deleting:
        raise state_machine_deleting(machine.arn)
    return machine, dict(zip(arns, weights, strict=True))


def describe_state_machine_alias(call: Call) -> Answer:
    """Describe an alias."""
    _, alias = _find(call.account, call.request["stateMachineAliasArn"])
    answer = {
        "stateMachineAliasArn": alias.arn,
        "name": alias.name,
        "routingConfiguration": [
            {"stateMachineVersionArn": arn, "weight": weight} for arn, weight in alias.routing.items()
        ],
        "creationDate": alias.created,
        "updateDate": alias.updated,
    }
    return answer if alias.description is None else {**answer, "description": alias.description}


def update_state_machine_alias(call: Call) -> Answer:
    """Change the routing or the description of an alias."""
    request = call.request
    if "description" not in request and "routingConfiguration" not in request:
        raise missing_required_parameter("Either the description or the RoutingConfiguration must be specified")
    machine, alias = _find(call.account, request["stateMachineAliasArn"])
    if "routingConfiguration" in request:
        routed, routing = _routing(call.account, request["routingConfiguration"])
        if routed is not machine:
            raise validation_error("Routing configuration must contain versions of the state machine of the alias")
        alias.routing = routing
    if "description" in request:
        alias.description = request["description"]
    alias.updated = call.service.now()
    return {"updateDate": alias.updated}


def list_state_machine_aliases(call: Call) -> Answer:
    """List the aliases of a state machine, or of one of its versions, in the order of their creation."""
    arn = state_machine_arn(call.request["stateMachineArn"])
    machine = live_machine(call.account, arn)
    aliases = machine.aliases.values() if arn.qualifier is None else machine.aliases_of(arn.text)
    found, token = page(aliases, lambda alias: alias.number, call.request, f"aliases {arn.text}")
    items = [{"stateMachineAliasArn": alias.arn, "creationDate": alias.created} for alias in found]
    return paged_answer("stateMachineAliases", items, token)


def delete_state_machine_alias(call: Call) -> Answer:
    """Delete an alias; one that does not exist is as good as deleted."""
    arn = state_machine_arn(call.request["stateMachineAliasArn"])
    machine = call.account.machine(arn.unqualified)
    if machine is not None:
        machine.aliases.pop(arn.text, None)
    return {}


def _find(account: Account, text: str) -> tuple[StoredStateMachine, Alias]:
    arn = state_machine_arn(text)
    machine = account.machine(arn.unqualified)
    alias = machine.aliases.get(text) if machine is not None else None
    if machine is None or alias is None:
        raise alias_not_found()
    return machine, alias
