"""Access logs of API Gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import CfnCondition, CfnParameter, Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.statements import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_logs as logs

# Of the managed policy AmazonAPIGatewayPushToCloudWatchLogs; API Gateway refuses a role that lacks some.
_WRITE_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)


@jsii.implements(apigatewayv2.IAccessLogSettings)
class AccessLogs:
    """Where a stage's access logs go, and what a line says: names, and the `$context` variables behind them."""

    def __init__(self, log_group: logs.ILogGroup, line: Mapping[str, str]) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log_group)
        self._format = apigateway.AccessLogFormat.custom(json.dumps(line))

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        """The log group."""
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        """JSON, a line per request."""
        return self._format


class AccountLogsRole(Construct):
    """The role with which API Gateway writes access logs of WebSocket APIs (those of HTTP APIs need none).

    It is one setting for the account in a region, for all its APIs. The parameter `ApiGatewayLogsRole` says whether to
    make it; it outlives the stack, because other APIs may have come to rely on it.
    See https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        asked = CfnParameter(
            Stack.of(self),
            "ApiGatewayLogsRole",
            default="create",
            allowed_values=["create", "exists"],
            description="Whether to give API Gateway a role to write logs with, for this account and region",
        )
        wanted = CfnCondition(self, "Wanted", expression=Fn.condition_equals(asked.value_as_string, "create"))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={"Permissions": iam.PolicyDocument(statements=[allow(_WRITE_LOGS, ["*"])])},
        )
        acknowledge_wildcards(role, {"*": "It is for the log groups of all APIs of the account"})
        account = apigateway.CfnAccount(self, "Resource", cloud_watch_role_arn=role.role_arn)
        for resource in (cast("iam.CfnRole", role.node.default_child), account):
            resource.cfn_options.condition = wanted
            resource.apply_removal_policy(RemovalPolicy.RETAIN)
        self._made = Fn.condition_if(wanted.logical_id, account.ref, "which the account has").to_string()

    def come_before(self, stage: apigatewayv2.WebSocketStage) -> None:
        """Have the role made first, if it is: a dependency by name would ask for what the condition may leave out."""
        resource = cast("apigatewayv2.CfnStage", stage.node.default_child)
        resource.description = f"Writes its access logs with the role of API Gateway, {self._made}"
