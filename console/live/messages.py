"""What clients send, and the end of their connections.

    {"action": "follow", "workflow": ..., "name": ...}  follow an execution, in the place of the one before
    {"action": "unfollow"}                              follow none
    {"action": "ping"}                                  keep the connection: API Gateway ends it after 10 idle minutes

A client is answered with PostToConnection, like with every hint, and only after what it asked for is stored. What can't
be used is answered with `{"kind": "error", "code", "detail", "what_to_do"}`, and the connection stays open.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from aws_lambda_powertools import Logger, Tracer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from callbacks.metrics import count
from console.live import clients
from console.live.connections import Connections, Execution
from console.operations import NotThere
from saas.aws import error_code
from saas.errors import AwsUnavailable
from saas.validation import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Follow(BaseModel):
    """The message that asks to follow an execution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["follow"]
    workflow: Name
    name: Name


class MessageRefused(Exception):  # noqa: N818 - an answer to a client, not a defect
    """A message that can't be used. `code` is for the client's code, the rest for people."""

    def __init__(self, code: str, detail: str, what_to_do: str) -> None:
        super().__init__(detail)
        self.answer = {"kind": "error", "code": code, "detail": detail, "what_to_do": what_to_do}


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, int]:
    """A message, or the end of a connection, in; the answer goes out over the connection."""
    about = event["requestContext"]
    connection_id = about["connectionId"]
    if about["routeKey"] == "$disconnect":
        clients.connections().close(connection_id)
        return {"statusCode": 200}
    action = ACTIONS.get(about["routeKey"], _unknown)
    try:
        answer = action(clients.connections(), connection_id, event.get("body") or "")
    except MessageRefused as refused:
        answer = refused.answer
    except AwsUnavailable as error:
        logger.warning("not done", extra={"fault": str(error)})
        answer = MessageRefused("unavailable", "AWS does not answer now.", "Send it again in a moment.").answer
    if answer:
        count("LiveAnswers", kind=answer["kind"])
        _tell(connection_id, answer)
    return {"statusCode": 200}


def _follow(connections: Connections, connection_id: str, body: str) -> dict[str, str]:
    try:
        asked = Follow.model_validate_json(body)
    except ValidationError as error:
        raise MessageRefused(
            "malformed",
            f"The message does not fit: {'; '.join(problems(error, 'message'))}.",
            'Send {"action": "follow", "workflow": "...", "name": "..."}.',
        ) from error
    try:
        clients.machines().known(asked.workflow)
    except NotThere as error:
        raise MessageRefused("unknown_workflow", error.reason, error.what_to_do) from error
    _expect(connections.follow(connection_id, Execution(asked.workflow, asked.name)))
    return {"kind": "following", "workflow": asked.workflow, "name": asked.name}


def _unfollow(connections: Connections, connection_id: str, _body: str) -> None:
    _expect(connections.unfollow(connection_id))


def _ping(connections: Connections, connection_id: str, _body: str) -> dict[str, str]:
    _expect(connections.is_open(connection_id))
    return {"kind": "pong"}


def _unknown(_connections: Connections, _connection_id: str, _body: str) -> None:
    raise MessageRefused(
        "unknown_action",
        "The message is no JSON object with an action that is known.",
        'Send JSON with the "action" follow, unfollow or ping.',
    )


ACTIONS: Final[dict[str, Callable[[Connections, str, str], dict[str, str] | None]]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "ping": _ping,
}


def _expect(there: bool) -> None:
    if not there:
        raise MessageRefused(
            "unknown_connection",
            "The connection is not on record any more, so nothing is pushed to it.",
            "Connect again, with a new ticket.",
        )


def _tell(connection_id: str, answer: dict[str, str]) -> None:
    """A client that can't be told any more is no fault of ours: it asks again, or is gone."""
    try:
        clients.management().post_to_connection(ConnectionId=connection_id, Data=json.dumps(answer).encode())
    except (ClientError, BotoCoreError) as error:
        logger.warning("not told", extra={"fault": error_code(error), "connection": connection_id})
