"""Routes: the failure queue and the audit trail."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- the resolver reads it
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from console.api import clients as parts
from console.api import models
from console.api.changes import changing
from console.api.paths import Cursor  # noqa: TC001 -- the resolver reads them

if TYPE_CHECKING:
    from console.operations.failures import Failure

router = APIGatewayHttpRouter()

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
DeadLetters = Annotated[bool, Query(description="look into the dead-letter queue instead")]


@router.get("/failures", summary="List what failed for good, the oldest first")
def list_failures(dead_letters: DeadLetters = False) -> models.FailureList:
    found = parts.failures(dead_letters=dead_letters).failures()
    return models.FailureList(failures=[models.FailureListed(**_title(failure)) for failure in found])


@router.get("/failures/<failure_id>", summary="Show a failure")
def show_failure(failure_id: Id, dead_letters: DeadLetters = False) -> models.Failure:
    found = parts.failures(dead_letters=dead_letters).find(failure_id)
    message = found.message
    return models.Failure(
        **_title(found),
        cause=message.cause if message else "",
        input_reference=message.input_reference if message else {},
        body=found.body,
    )


@router.post("/failures/<failure_id>/replay", summary="Do again what failed")
def replay_failure(failure_id: Id, asked: Annotated[models.Asked, Body()]) -> models.Done:
    """Doing it twice does no harm."""
    with changing(router, "replay failure", failure_id, asked.reason):
        return models.Done(done=parts.failures().replay(failure_id, parts.replayer()))


@router.post("/failures/<failure_id>/discard", summary="Take a failure out of the queue for good")
def discard_failure(
    failure_id: Id, asked: Annotated[models.Asked, Body()], dead_letters: DeadLetters = False
) -> models.Done:
    with changing(router, "discard failure", failure_id, asked.reason):
        parts.failures(dead_letters=dead_letters).discard(failure_id)
    return models.Done(done=f"Discarded {failure_id}.")


@router.get("/audit", summary="Show who changed what on a day (UTC), the newest first")
def show_audit(
    day: Annotated[date, Query()], limit: Annotated[int, Query(ge=1, le=500)] = 100, after: Cursor = None
) -> models.AuditTrail:
    return models.AuditTrail.model_validate(parts.audit().of_day(day.isoformat(), limit=limit, after=after))


def _title(failure: Failure) -> dict[str, Any]:
    message = failure.message
    return {
        "id": failure.id,
        "sent_at": failure.sent_at,
        "copies": failure.copies,
        "readable": message is not None,
        "source": message.source if message else "",
        "workflow": message.workflow if message else "",
        "execution": message.execution if message else "",
        "state": message.state if message else "",
        "error": message.error if message else "",
    }
