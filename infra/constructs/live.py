"""The live push to the operators' console: a WebSocket API, its table and its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_logs_destinations as destinations
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.access_logs import AccessLogs, AccountLogsRole
from infra.constructs.function import PythonFunction
from infra.constructs.log_group import encrypted_log_group
from infra.constructs.nag import acknowledge, acknowledge_wildcards
from infra.constructs.statements import allow
from infra.constructs.table import encrypted_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import CfnElement
    from aws_cdk import aws_kms as kms

    from infra.constructs.failure_sink import FailureSink
    from infra.constructs.packages import LambdaPackages
    from infra.constructs.workflow import Workflow

STAGE = "live"
# Of `console.live.messages`, which a test compares.
ACTIONS = ("follow", "unfollow", "ping")
_WITHOUT_VALUE = Duration.minutes(1)
_MAY_BE_LOST = "A hint that did not arrive is of no use later: the pages ask anyway, and reporting it would push again"


class LivePush(Construct):
    """A WebSocket API under `/live`, throttled, with access logs, and the functions behind it.

    - *Connect* takes the ticket of who connects and stores the connection.
    - *Messages* answers what clients send, and forgets connections that close.
    - *Push* tells connections when an execution's status changes, when events of an execution are logged, and when a
      failure is published. What it fails to do is not reported: the report would invoke it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        packages: LambdaPackages,
        workflows: Sequence[Workflow],
        failures: FailureSink,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._packages, self._workflows, self._key = packages, workflows, key
        self._machines = [workflow.state_machine.state_machine_arn for workflow in workflows]
        self.table = encrypted_table(
            self, "Connections", key=key, partition_key="kind", sort_key="id", time_to_live="expires_at"
        )
        self.api = apigatewayv2.WebSocketApi(self, "Resource", route_selection_expression="$request.body.action")
        self.connect = self._function(
            "Connect", "door", [self._on("ticket", "DeleteItem"), self._on("connection", "PutItem")]
        )
        self.messages = self._posting_function("Messages", "messages", "DeleteItem", "GetItem", "UpdateItem")
        self.push = self._posting_function("Push", "push", "DeleteItem", "Query")
        self._routes()
        self.stage = self._stage()
        self._hear_of_executions()
        self._hear_of_failures(failures)

    @property
    def url(self) -> str:
        """Where browsers connect."""
        return f"wss://{self.api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{STAGE}"

    def ticket_permissions(self) -> list[iam.PolicyStatement]:
        """What who makes tickets needs."""
        return [self._on("ticket", "PutItem")]

    def _function(
        self,
        name: str,
        module: str,
        permissions: Sequence[iam.PolicyStatement],
        environment: Mapping[str, str] | None = None,
    ) -> PythonFunction:
        return PythonFunction(
            self,
            name,
            handler=f"console.live.{module}.handler",
            service="live",
            packages=self._packages,
            key=self._key,
            timeout=Duration.seconds(29),
            environment={"CONNECTIONS_TABLE": self.table.table_name, **(environment or {})},
            permissions=permissions,
        )

    def _posting_function(self, name: str, module: str, *on_connections: str) -> PythonFunction:
        """A function that posts to connections."""
        # The second is an SDK's own setting: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
        environment = {
            "STATE_MACHINES": ",".join(self._machines),
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": self.url.replace("wss:", "https:", 1),
        }
        connections = f"{STAGE}/POST/@connections/*"
        arn = Stack.of(self).format_arn(service="execute-api", resource=self.api.api_id, resource_name=connections)
        permissions = [self._on("connection", *on_connections), allow(["execute-api:ManageConnections"], [arn])]
        function = self._function(name, module, permissions, environment)
        api = f"<{Stack.of(self).get_logical_id(cast('CfnElement', self.api.node.default_child))}>"
        acknowledge_wildcards(
            function,
            {
                f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:{api}/{connections}": (
                    "Connections come and go; it is those of this API"
                )
            },
        )
        return function

    def _on(self, kind: str, *actions: str) -> iam.PolicyStatement:
        """Actions on the tickets, or on the connections, of the table."""
        part: dict[str, Any] = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [kind]}}
        return allow([f"dynamodb:{action}" for action in actions], [self.table.table_arn], part)

    def _routes(self) -> None:
        functions = {
            "$connect": self.connect,
            **dict.fromkeys(("$disconnect", "$default", *ACTIONS), self.messages),
        }
        for route, function in functions.items():
            self.api.add_route(
                route, integration=integrations.WebSocketLambdaIntegration(f"To{route.strip('$')}", function.function)
            )
        acknowledge(
            self.api,
            {
                "AwsSolutions::AwsSolutions-APIG4": (
                    "The function of $connect takes a one-use ticket, which only who has signed in can get; on the "
                    "other routes of a WebSocket API there is no authorizer"
                )
            },
        )

    def _stage(self) -> apigatewayv2.WebSocketStage:
        log_group = encrypted_log_group(self, "AccessLogs", key=self._key)
        stage = apigatewayv2.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=STAGE,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=50, burst_limit=100),
            access_log_settings=AccessLogs(log_group, _ACCESS_LOG),
        )
        AccountLogsRole(self, "AccountLogs").come_before(stage)
        return stage

    def _hear_of_executions(self) -> None:
        rule = events.Rule(
            self,
            "StatusChanges",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"stateMachineArn": self._machines},
            ),
            targets=[targets.LambdaFunction(self.push.function, retry_attempts=0, max_event_age=_WITHOUT_VALUE)],
        )
        acknowledge(rule, {"Serverless::Serverless-EventBusDLQ": _MAY_BE_LOST})
        for workflow in self._workflows:
            logs.SubscriptionFilter(
                self,
                f"Log-{workflow.name}",
                log_group=workflow.log_group,
                destination=destinations.LambdaDestination(self.push.function),
                filter_pattern=logs.FilterPattern.all_events(),
            )

    def _hear_of_failures(self, failures: FailureSink) -> None:
        subscription = sns.Subscription(
            self,
            "PublishedFailures",
            topic=failures.topic,
            protocol=sns.SubscriptionProtocol.LAMBDA,
            endpoint=self.push.function.function_arn,
        )
        acknowledge(subscription, {"Serverless::Serverless-SNSRedrivePolicy": _MAY_BE_LOST})
        self.push.function.add_permission(
            "PublishedFailures",
            principal=iam.ServicePrincipal("sns.amazonaws.com"),
            source_arn=failures.topic.topic_arn,
        )
        once = lambda_.EventInvokeConfig(
            self, "Once", function=self.push.function, retry_attempts=0, max_event_age=_WITHOUT_VALUE
        )
        acknowledge(once, {"Serverless::Serverless-LambdaAsyncFailureDestination": _MAY_BE_LOST})


# No query string: a ticket is in it. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "source_ip": "$context.identity.sourceIp",
    "connection": "$context.connectionId",
    "event": "$context.eventType",
    "route": "$context.routeKey",
    "status": "$context.status",
    "integration_status": "$context.integration.integrationStatus",
    "integration_error": "$context.integrationErrorMessage",
}
