"""Routes: the ticket for the live push."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from console.api import clients as parts
from console.api import models
from console.api.changes import PERSON
from console.live.connections import TICKET_LIFE, Who

if TYPE_CHECKING:
    from console.api.people import Person

router = APIGatewayHttpRouter()

TICKET: Final = "/live/ticket"


@router.post(TICKET, summary="Get a ticket that opens one live connection", status_code=HTTPStatus.CREATED.value)
def make_ticket() -> models.Ticket:
    """Connect with it within 30 seconds: it is good for one connection, and for nothing else. Viewers may."""
    person: Person = router.context[PERSON]
    ticket = parts.live_connections().make_ticket(Who(person.id, person.name), datetime.now(UTC))
    return models.Ticket(ticket=ticket, expires_in=int(TICKET_LIFE.total_seconds()))
