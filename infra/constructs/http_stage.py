"""The stage of an HTTP API: throttled, with access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigatewayv2 as apigatewayv2

from infra.constructs.access_logs import AccessLogs

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
        access_log_settings=AccessLogs(log_group, _ACCESS_LOG),
    )
