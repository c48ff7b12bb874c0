"""What the console has to know of what is deployed: the outputs of its stack, as they are now."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from local.console import STACK
from local.embedded_aws import ACCOUNT, REGION, api_id


@dataclass(frozen=True)
class DeployedConsole:
    """The user pool with its client, and the ids of the two APIs; the WebSocket API's is "" where there is none."""

    user_pool: str
    client: str
    operations_api: str
    live_api: str


def deployed_console() -> DeployedConsole | None:
    """What is deployed, or None before anything is."""
    cloudformation = importlib.import_module("ministack.services.cloudformation")
    stack = cloudformation._stacks.get_scoped(ACCOUNT, REGION, STACK)  # noqa: SLF001 - the seam
    outputs = {output["OutputKey"]: output["OutputValue"] for output in (stack or {}).get("Outputs", ())}
    if not {"UserPoolId", "UserPoolClientId", "OperationsUrl"} <= outputs.keys():
        return None
    return DeployedConsole(
        outputs["UserPoolId"],
        outputs["UserPoolClientId"],
        api_id(outputs["OperationsUrl"]),
        api_id(outputs.get("LiveUrl", "")),
    )
