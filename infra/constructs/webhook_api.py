"""The HTTP endpoint that vendors call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.http_stage import throttled_stage
from infra.constructs.log_group import encrypted_log_group
from infra.constructs.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

ROUTE = "/webhooks/{vendor}"


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
        self.stage = throttled_stage(self, "Stage", api=self.api, log_group=self.log_group)
