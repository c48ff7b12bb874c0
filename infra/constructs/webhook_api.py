"""The HTTP endpoint that vendors call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.log_group import encrypted_log_group
from infra.constructs.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs

ROUTE = "/webhooks/{vendor}"
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


class WebhookApi(Construct):
    """An HTTP API with the one path `/webhooks/{vendor}`, throttled, with access logs.

    Vendors post to it; some look first whether it is there, with GET or HEAD.
    """

    def __init__(self, scope: Construct, construct_id: str, *, handler: lambda_.IFunction, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.log_group = encrypted_log_group(self, "AccessLogs", key=key)
        self.api = apigatewayv2.HttpApi(self, "Resource", create_default_stage=False)
        self.api.add_routes(
            path=ROUTE,
            methods=[apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.HEAD, apigatewayv2.HttpMethod.POST],
            integration=integrations.HttpLambdaIntegration("Webhook", handler),
        )
        acknowledge(
            self.api,
            {"AwsSolutions::AwsSolutions-APIG4": "Vendors sign what they send, or are asked whether it is so"},
        )
        self.stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=50, burst_limit=100),
            access_log_settings=_AccessLogs(self.log_group),
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
