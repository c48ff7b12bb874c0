"""The operators' console: who may use it, the operations API and the live push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Aws, CfnOutput, Duration, Stack

from infra.constructs.console_site import ConsoleSite, OwnDomain
from infra.constructs.function import PythonFunction
from infra.constructs.live import LivePush
from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.operations_api import OperationsApi
from infra.constructs.packages import LambdaPackages
from infra.constructs.people import People
from infra.constructs.statements import allow
from infra.constructs.table import encrypted_table
from infra.stacks.platform import WAITS_INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from infra.constructs.target import LambdaTarget
    from infra.constructs.workflow import Workflow
    from infra.stacks.platform import PlatformStack


class ConsoleStack(Stack):
    """The user pool, the operations API with its function, the live push, and the audit trail.

    The function may use no task token: it can neither decrypt one nor send one to Step Functions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: PlatformStack,
        workflows: Sequence[Workflow],
        target: LambdaTarget,
    ) -> None:
        super().__init__(scope, construct_id, description="Baton: the operators' console")
        self._platform = platform
        self._workflows = workflows
        self._machines = [workflow.state_machine.state_machine_arn for workflow in workflows]
        self._packages = LambdaPackages(self, "Packages", target=target)
        self.people = People(self, "People")
        self.audit = encrypted_table(self, "Audit", key=platform.key, partition_key="day", sort_key="number")
        self.live = LivePush(
            self,
            "Live",
            packages=self._packages,
            workflows=workflows,
            failures=platform.failures,
            key=platform.key,
        )
        self.operations = self._operations_function()
        self.api = OperationsApi(
            self,
            "OperationsApi",
            handler=self.operations.function,
            people=self.people,
            key=platform.key,
        )
        self.site = ConsoleSite(
            self,
            "Site",
            operations_host=self._host_of(self.api.api),
            live_host=self._host_of(self.live.api),
            sign_in_origin=self.people.sign_in_origin,
            domain=OwnDomain.from_context(self.node),
        )
        self.people.sign_in_from(self.site.origins)
        CfnOutput(self, "ConsoleUrl", value=self.site.origins[0])
        CfnOutput(self, "FilesBucketName", value=self.site.files.bucket_name)
        CfnOutput(self, "DistributionId", value=self.site.distribution.distribution_id)
        CfnOutput(self, "SignInUrl", value=self.people.sign_in_origin)
        CfnOutput(self, "UserPoolId", value=self.people.pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.people.client.user_pool_client_id)
        CfnOutput(self, "OperationsUrl", value=self.api.stage.url)
        CfnOutput(self, "LiveUrl", value=self.live.url)

    @staticmethod
    def _host_of(api: apigatewayv2.IApi) -> str:
        return f"{api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"

    def _operations_function(self) -> PythonFunction:
        platform = self._platform
        operations = PythonFunction(
            self,
            "Operations",
            handler="console.api.handler.handler",
            service="console",
            packages=self._packages,
            key=platform.key,
            timeout=Duration.seconds(29),
            environment={
                "STATE_MACHINES": ",".join(self._machines),
                "MAILBOX_TABLE": platform.mailbox.table_name,
                "AUDIT_TABLE": self.audit.table_name,
                "CONNECTIONS_TABLE": self.live.table.table_name,
                "FAILURE_QUEUE_URL": platform.failures.queue.queue_url,
                "FAILURE_DEAD_LETTER_QUEUE_URL": platform.failures.dead_letter_queue.queue_url,
                "EVENT_BUS_NAME": platform.bus.event_bus_name,
            },
            permissions=[
                *self._permissions_on_executions(),
                allow(["dynamodb:Query"], [f"{platform.mailbox.table_arn}/index/{WAITS_INDEX}"]),
                allow(
                    ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:Query"], [platform.mailbox.table_arn]
                ),
                allow(["dynamodb:PutItem", "dynamodb:Query"], [self.audit.table_arn]),
                *self.live.ticket_permissions(),
                *platform.failures.repair_permissions(),
                allow(["events:PutEvents"], [platform.bus.event_bus_arn]),
            ],
        )
        executions = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
        acknowledge_wildcards(
            operations,
            {
                f"{executions}:{resource}": "Executions are looked after that nobody knows yet, of this workflow"
                for workflow in self._workflows
                for resource in (
                    f"execution:{workflow.name}:*",
                    f"execution:{workflow.name}/*:*",
                    f"express:{workflow.name}/*:*:*",
                    f"mapRun:{workflow.name}/*:*",
                )
            },
        )
        return operations

    def _permissions_on_executions(self) -> list[iam.PolicyStatement]:
        """What is allowed on each workflow's executions, Map Runs, and the children of these.

        Versions and aliases are looked at with the permissions on the state machine
        (https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html).
        """
        executions, children = self._arns("execution", "{}:*"), self._arns("execution", "{}/*:*")
        map_runs, express_children = self._arns("mapRun", "{}/*:*"), self._arns("express", "{}/*:*:*")
        looking = ["states:DescribeExecution", "states:DescribeStateMachineForExecution"]
        return [
            allow(
                [
                    "states:DescribeStateMachine",
                    "states:DescribeStateMachineAlias",
                    "states:ListExecutions",
                    "states:ListStateMachineAliases",
                    "states:ListStateMachineVersions",
                    "states:StartExecution",
                ],
                self._machines,
            ),
            allow(
                [*looking, "states:GetExecutionHistory", "states:ListMapRuns", "states:StopExecution"],
                [*executions, *children],
            ),
            allow(["states:RedriveExecution"], executions),
            allow(looking, express_children),
            allow(["states:DescribeMapRun", "states:ListExecutions"], map_runs),
        ]

    def _arns(self, resource: str, name: str) -> list[str]:
        return [
            self.format_arn(
                service="states",
                resource=resource,
                resource_name=name.format(workflow.name),
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for workflow in self._workflows
        ]
