"""The stage of an HTTP API: throttled, with access logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2

if TYPE_CHECKING:
    from aws_cdk import aws_logs as logs
    from constructs import Construct

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


def throttled_stage(
    scope: Construct,
    construct_id: str,
    *,
    api: apigatewayv2.HttpApi,
    log_group: logs.ILogGroup,
    name: str | None = None,
) -> apigatewayv2.HttpStage:
    """The one stage of an HTTP API, which deploys itself and writes a line per request to `log_group`.

    A stage with a name answers under `/{name}`, one without at the root.
    """
    return apigatewayv2.HttpStage(
        scope,
        construct_id,
        http_api=api,
        stage_name=name,
        auto_deploy=True,
        throttle=apigatewayv2.ThrottleSettings(rate_limit=50, burst_limit=100),
        access_log_settings=_AccessLogs(log_group),
    )


@jsii.implements(apigatewayv2.IAccessLogSettings)
class _AccessLogs:
    """Where access logs go and what a line says."""

    def __init__(self, log_group: logs.ILogGroup) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log_group)
        self._format = apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG))

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        return self._format
