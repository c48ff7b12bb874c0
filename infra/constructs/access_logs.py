"""Access logs of HTTP APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2

if TYPE_CHECKING:
    from aws_cdk import aws_logs as logs

# No path, query string or header: a stranger chooses them, and some vendors put a secret into the address.
_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "source_ip": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "integration_status": "$context.integration.integrationStatus",
    "integration_error": "$context.integrationErrorMessage",
}


@jsii.implements(apigatewayv2.IAccessLogSettings)
class AccessLogs:
    """Where access logs go and what a line says."""

    def __init__(self, log_group: logs.ILogGroup) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log_group)
        self._format = apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG))

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        """Where they go."""
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        """What a line says."""
        return self._format
