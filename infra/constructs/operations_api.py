"""The HTTP endpoint of the operators' console."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
STAGE = "api"


class OperationsApi(Construct):
    """An HTTP API under `/api`, throttled, with access logs, whose every path asks for the token of one of the people.

    The console's pages come from the same origin, so pages of no other may call it from a browser.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: lambda_.IFunction,
        people: People,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = encrypted_log_group(self, "AccessLogs", key=key)
        self.api = apigatewayv2.HttpApi(self, "Resource", create_default_stage=False)
        self.api.add_routes(
            path="/{proxy+}",
            methods=list(METHODS),
            integration=integrations.HttpLambdaIntegration("Operations", handler),
            authorizer=authorizers.HttpUserPoolAuthorizer("People", people.pool, user_pool_clients=[people.client]),
        )
        self.stage = throttled_stage(self, "Stage", api=self.api, log_group=self.log_group, name=STAGE)
