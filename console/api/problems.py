"""Errors as answers: what was wrong, where, and what to do (RFC 9457, `application/problem+json`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import Response

from console.api.models import Problem, ProblemField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from http import HTTPStatus

CONTENT_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = {"Retry-After": "2"}


def problem(
    status: HTTPStatus,
    detail: str,
    what_to_do: str = "",
    *,
    fields: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """The answer. `fields` are what does not fit in the request, each with `where` and `problem`."""
    told = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=detail,
        what_to_do=what_to_do,
        fields=[ProblemField.model_validate(field) for field in fields],
    )
    return Response(
        status_code=status.value,
        content_type=CONTENT_TYPE,
        body=json.dumps(told.model_dump()),
        headers=dict(headers or {}),
    )


def as_answer(response: Response[str]) -> dict[str, Any]:
    """A problem as API Gateway takes it, for where no route has been chosen yet."""
    headers = {name: str(value) for name, value in response.headers.items()}
    return {
        "statusCode": response.status_code,
        "headers": {**headers, "Content-Type": CONTENT_TYPE},
        "body": response.body,
        "isBase64Encoded": False,
    }
