"""The operations API as a Lambda function behind an HTTP API.

Two things hold whatever the route: who is in no group reads nothing, who is no operator changes nothing; and no answer
has a task token in it.
"""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from botocore.exceptions import BotoCoreError, ClientError

from callbacks.metrics import count
from console.api import execution_routes, failure_routes, live_routes, wait_routes, workflow_routes
from console.api.changes import PERSON
from console.api.people import OPERATORS, VIEWERS, Person
from console.api.problems import RETRY_AFTER, as_answer, problem
from console.operations import InputRefused, NotThere, OperationRefused
from console.operations.tokens import shown
from saas.aws import error_code, passing_code
from saas.errors import AwsUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.exceptions import NotFoundError
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(patch_modules=["botocore"])

app = APIGatewayHttpResolver(enable_validation=True)
for part in (workflow_routes, execution_routes, wait_routes, failure_routes, live_routes):
    app.include_router(part.router)

_READING = frozenset({"GET", "HEAD"})
_CHANGES_NOTHING = frozenset({("POST", live_routes.TICKET)})


@logger.inject_lambda_context(log_event=False, clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A request in API Gateway's payload format 2.0 in, the answer out."""
    answer = _refuse(event) or _resolve(event, context)
    status = answer["statusCode"]
    count("ApiAnswers", status=str(status))
    try:
        body = json.loads(answer.get("body") or "null")
    except ValueError:
        body = None
    return {
        **answer,
        # What is answered is for the one who asked, and true when it was asked.
        "headers": {**answer.get("headers", {}), "Cache-Control": "no-store"},
        "body": json.dumps(shown(body)) if body is not None else "",
    }


def _resolve(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    app.append_context(**{PERSON: Person.asking(event)})
    answer: dict[str, Any] = app.resolve(event, context)
    return answer


def _refuse(event: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a request that no route is to see, None for all others."""
    method = event["requestContext"]["http"]["method"]
    person = Person.asking(event)
    if person is None:
        return as_answer(problem(HTTPStatus.UNAUTHORIZED, "Nobody has signed in.", "Sign in, and send the token."))
    logger.append_keys(by=person.name)
    if not person.may_look:
        return as_answer(
            problem(
                HTTPStatus.FORBIDDEN,
                f"{person.name} is in none of the groups {VIEWERS} and {OPERATORS}.",
                "Have somebody who manages users add you to one.",
            )
        )
    if method in _READING:
        return None
    if not person.may_repair and (method, APIGatewayProxyEventV2(event).path) not in _CHANGES_NOTHING:
        return as_answer(
            problem(
                HTTPStatus.FORBIDDEN,
                f"{person.name} may look, and change nothing: only the group {OPERATORS} may.",
                "Ask an operator, or have somebody who manages users add you to the group.",
            )
        )
    return _refuse_body(event)


def _refuse_body(event: dict[str, Any]) -> dict[str, Any] | None:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = event.get("body") or ""
    if body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return as_answer(
            problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is no JSON.", "Send it as application/json.")
        )
    try:
        text = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        text.encode()
    except ValueError:
        return as_answer(problem(HTTPStatus.BAD_REQUEST, "The body is no text in UTF-8.", "Send JSON in UTF-8."))
    return None


@app.not_found
def _no_route(_: NotFoundError) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, "There is no such path.", "The OpenAPI document lists those that are there.")


@app.exception_handler(NotThere)
def _not_there(error: NotThere) -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, error.reason, error.what_to_do)


@app.exception_handler(InputRefused)
def _input_refused(error: InputRefused) -> Response[str]:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        error.reason,
        error.what_to_do,
        fields=[_field(text) for text in error.problems],
    )


def _field(text: str) -> dict[str, str]:
    """A problem of an input, `field: reason`, as that of a field of the request."""
    field, separator, reason = text.partition(": ")
    if not separator or field == "input":
        return {"where": "input", "problem": reason or text}
    return {"where": f"input.{field}", "problem": reason}


@app.exception_handler(OperationRefused)
def _refused(error: OperationRefused) -> Response[str]:
    return problem(HTTPStatus.CONFLICT, error.reason, error.what_to_do)


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    fields = [
        {"where": ".".join(str(part) for part in found["loc"]), "problem": found.get("msg", found["type"])}
        for found in error.errors()
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not fit.", "Mend the fields that are named.", fields=fields
    )


@app.exception_handler([AwsUnavailable, ClientError, BotoCoreError])
def _unavailable(error: AwsUnavailable | ClientError | BotoCoreError) -> Response[str]:
    code = str(error) if isinstance(error, AwsUnavailable) else error_code(error)
    passes = isinstance(error, AwsUnavailable) or passing_code(error)
    logger.error("aws refused", extra={"fault": code})
    if passes:
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "AWS does not answer now.", "Try again in a moment.", headers=RETRY_AFTER
        )
    return problem(
        HTTPStatus.BAD_GATEWAY, f"AWS refused to do it: {code}.", "The function's log says more; look for this time."
    )
