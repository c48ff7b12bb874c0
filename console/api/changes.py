"""How a route changes something: on record."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.api import clients as parts
from console.api.audit import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

    from console.api.people import Person

PERSON = "person"


@contextmanager
def changing(router: APIGatewayHttpRouter, operation: str, target: str, reason: str) -> Iterator[str]:
    """Do what is in the block on record; the name of who does it.

    Raises:
        AwsUnavailable: it can't be recorded now, and nothing was done.
    """
    person: Person = router.context[PERSON]
    request_id = router.current_event.request_context.request_id
    with parts.audit().recorded(Change(operation, target, person, reason, request_id)):
        yield person.name
