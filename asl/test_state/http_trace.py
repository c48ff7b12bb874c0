"""The request and the answer of an HTTP Task, as the inspection level TRACE tells them.

What the connection adds is told only to those who ask for secrets; nothing of the definition or the answer is left out.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from asl.integrations import Integrations
from asl.integrations.http_invoke import HttpInvokeIntegration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asl.integrations import Integration
    from asl.integrations.aws_api import HttpAnswer, HttpRequest
    from asl.test_state.inspection import Inspection


class TracedIntegrations(Integrations):
    """The integrations of `integrations`, whose HTTP Tasks tell what they send and receive."""

    def __init__(self, integrations: Integrations, inspection: Inspection, *, reveal_secrets: bool) -> None:
        super().__init__(integrations.lambda_invoker, integrations.state_machines, integrations.aws)
        self.connections = integrations.connections
        self._integrations = integrations
        self._inspection = inspection
        self._reveal_secrets = reveal_secrets

    def of(self, resource: str) -> Integration:
        """The integration that a resource names."""
        found = self._integrations.of(resource)
        if isinstance(found, HttpInvokeIntegration):
            return HttpInvokeIntegration(self.aws, self.connections, self._note)
        return found

    def _note(self, public: HttpRequest, sent: HttpRequest, answer: HttpAnswer | None) -> None:
        data, request = self._inspection.data, sent if self._reveal_secrets else public
        protocol = urlsplit(request.url).scheme
        data["request"] = {
            "protocol": protocol,
            "method": request.method,
            "url": request.url,
            "headers": _headers(request.headers),
            **_body(request.body),
        }
        if answer is not None:
            data["response"] = {
                "protocol": protocol,
                "statusCode": str(answer.status_code),
                "statusMessage": answer.reason,
                "headers": _headers(answer.headers),
                **_body(answer.body),
            }


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    return f"[{', '.join(f'{name}: {value}' for name, value in headers)}]"


def _body(body: bytes) -> dict[str, Any]:
    return {"body": body.decode("utf-8", "replace")} if body else {}
