"""The HTTP endpoint of the operators' console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.http_stage import throttled_stage
from infra.constructs.log_group import encrypted_log_group

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from infra.constructs.people import People

METHODS = (apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.POST)


class OperationsApi(Construct):
    """An HTTP API, throttled, with access logs, whose every path asks for the token of one of the people.

    A browser may call it from pages of `origin`, and of no other.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: lambda_.IFunction,
        people: People,
        origin: str,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = encrypted_log_group(self, "AccessLogs", key=key)
        self.api = apigatewayv2.HttpApi(
            self,
            "Resource",
            create_default_stage=False,
            cors_preflight=apigatewayv2.CorsPreflightOptions(
                allow_origins=[origin],
                allow_methods=[apigatewayv2.CorsHttpMethod.GET, apigatewayv2.CorsHttpMethod.POST],
                allow_headers=["authorization", "content-type"],
                max_age=Duration.hours(1),
            ),
        )
        self.api.add_routes(
            path="/{proxy+}",
            methods=list(METHODS),
            integration=integrations.HttpLambdaIntegration("Operations", handler),
            authorizer=authorizers.HttpUserPoolAuthorizer("People", people.pool, user_pool_clients=[people.client]),
        )
        self.stage = throttled_stage(self, "Stage", api=self.api, log_group=self.log_group)
