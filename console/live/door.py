"""`$connect`: lets in who has a ticket.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer

from callbacks.metrics import count
from console.live import clients
from saas.errors import AwsUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, int]:
    """Answer a handshake: 200 opens the connection, 401 asks for another ticket, 503 to try again with one."""
    connection_id = event["requestContext"]["connectionId"]
    ticket = (event.get("queryStringParameters") or {}).get("ticket") or ""
    try:
        status = _let_in(connection_id, ticket)
    except AwsUnavailable as error:
        logger.warning("not let in", extra={"fault": str(error)})
        status = HTTPStatus.SERVICE_UNAVAILABLE
    count("LiveHandshakes", status=str(status.value))
    return {"statusCode": status.value}


def _let_in(connection_id: str, ticket: str) -> HTTPStatus:
    connections, now = clients.connections(), datetime.now(UTC)
    who = connections.take_ticket(ticket, now)
    if who is None:
        logger.info("refused", extra={"connection": connection_id})
        return HTTPStatus.UNAUTHORIZED
    connections.open(connection_id, who, now)
    logger.info("let in", extra={"connection": connection_id, "by": who.name})
    return HTTPStatus.OK
