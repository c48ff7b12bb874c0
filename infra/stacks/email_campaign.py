"""The email campaign: its tables, functions, state machine and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, CfnParameter, Duration, Stack

from infra.constructs.function import PythonFunction
from infra.constructs.packages import LambdaPackages
from infra.constructs.statements import allow
from infra.constructs.table import encrypted_table
from infra.constructs.vendor_settings import PREFIX, read_settings
from infra.constructs.workflow import FailedExecutions, StartRule, Workflow
from workflows.email_campaign import contract, state_machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from infra.constructs.target import LambdaTarget
    from infra.stacks.platform import PlatformStack


class EmailCampaignStack(Stack):
    """Everything that the email campaign has for itself. It knows the platform and nothing of other processes."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: PlatformStack, target: LambdaTarget) -> None:
        super().__init__(scope, construct_id, description="Baton: the email campaign")
        self._platform = platform
        self._packages = LambdaPackages(self, "Packages", target=target)
        self.users = self._table("Users", "user_id")
        self.campaigns = self._table("Campaigns", "request_id")
        self.idempotency = self._table("Idempotency", "id", time_to_live="expiration")
        self.functions = {
            "SendCampaign": self._send_campaign(),
            "AwaitStatus": self._await_status(),
            "AskStatus": self._ask_status(),
            "NotifyUsers": self._notify_users(),
        }
        self.workflow = self._workflow()
        StartRule(
            self,
            "CampaignRequested",
            bus=platform.bus,
            source=contract.CLIENT_SOURCE,
            detail_type=contract.CAMPAIGN_REQUESTED,
            state_machine=self.workflow.state_machine,
            undelivered=platform.failures.intake,
        )
        FailedExecutions(
            self,
            "FailedExecutions",
            state_machine=self.workflow.state_machine,
            reported=state_machine.REPORTED,
            failures=platform.failures,
        )
        CfnOutput(self, "StateMachineArn", value=self.workflow.state_machine.state_machine_arn)
        CfnOutput(self, "UsersTableName", value=self.users.table_name)
        CfnOutput(self, "CampaignsTableName", value=self.campaigns.table_name)

    def _table(self, name: str, partition_key: str, *, time_to_live: str | None = None) -> dynamodb.Table:
        return encrypted_table(
            self, name, key=self._platform.key, partition_key=partition_key, time_to_live=time_to_live
        )

    def _function(
        self, name: str, module: str, environment: Mapping[str, str], permissions: Sequence[iam.PolicyStatement]
    ) -> PythonFunction:
        return PythonFunction(
            self,
            name,
            handler=f"tasks.email_campaign.{module}.handler",
            service=state_machine.NAME,
            packages=self._packages,
            key=self._platform.key,
            timeout=Duration.seconds(60),
            environment=environment,
            permissions=permissions,
        )

    def _send_campaign(self) -> PythonFunction:
        mailbox = self._platform.mailbox
        return self._function(
            "SendCampaign",
            "send_campaign",
            {
                "CAMPAIGNS_TABLE": self.campaigns.table_name,
                "USERS_TABLE": self.users.table_name,
                "MAILBOX_TABLE": mailbox.table_name,
                "SAAS_PARAMETERS": PREFIX,
            },
            [
                allow(["dynamodb:UpdateItem"], [self.campaigns.table_arn]),
                allow(["dynamodb:BatchGetItem"], [self.users.table_arn]),
                allow(["dynamodb:UpdateItem"], [mailbox.table_arn]),
                *read_settings(key=self._platform.key, secret=["api-key"], plain=["base-url", "options"]),
            ],
        )

    def _await_status(self) -> PythonFunction:
        mailbox, token_key = self._platform.mailbox, self._platform.token_key
        return self._function(
            "AwaitStatus",
            "await_status",
            {"MAILBOX_TABLE": mailbox.table_name, "TOKEN_KEY_ARN": token_key.key_arn},
            [
                allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [mailbox.table_arn]),
                allow(["kms:Encrypt"], [token_key.key_arn]),
            ],
        )

    def _ask_status(self) -> PythonFunction:
        return self._function(
            "AskStatus",
            "ask_status",
            {"SAAS_PARAMETERS": PREFIX},
            read_settings(key=self._platform.key, secret=["api-key"], plain=["base-url"]),
        )

    def _notify_users(self) -> PythonFunction:
        bus = self._platform.bus
        return self._function(
            "NotifyUsers",
            "notify_users",
            {
                "IDEMPOTENCY_TABLE": self.idempotency.table_name,
                "USERS_TABLE": self.users.table_name,
                "EVENT_BUS_NAME": bus.event_bus_name,
            },
            [
                allow(
                    ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                    [self.idempotency.table_arn],
                ),
                allow(["dynamodb:UpdateItem"], [self.users.table_arn]),
                allow(["events:PutEvents"], [bus.event_bus_arn]),
            ],
        )

    def _workflow(self) -> Workflow:
        failures = self._platform.failures
        functions = {name: function.function for name, function in self.functions.items()}
        states = state_machine.EmailCampaignStates(
            self,
            "States",
            functions=state_machine.Functions(
                send_campaign=functions["SendCampaign"],
                await_status=functions["AwaitStatus"],
                ask_status=functions["AskStatus"],
                notify_users=functions["NotifyUsers"],
            ),
            failure_topic=failures.topic,
            wait=state_machine.StatusWait(
                heartbeat=self._seconds("StatusHeartbeatSeconds", 6 * 3600, "A wait without a webhook"),
                timeout=self._seconds("StatusTimeoutSeconds", 24 * 3600, "A wait whatever happens"),
            ),
        )
        return Workflow(
            self,
            "EmailCampaign",
            name=state_machine.NAME,
            definition=states.start,
            comment=state_machine.COMMENT,
            timeout=Duration.days(14),
            permissions=[
                allow(["lambda:InvokeFunction"], [function.function_arn for function in functions.values()]),
                *failures.publish_permissions(),
            ],
            key=self._platform.key,
        )

    def _seconds(self, name: str, default: int, what: str) -> Duration:
        parameter = CfnParameter(
            self,
            name,
            type="Number",
            default=default,
            min_value=1,
            max_value=99_999_999,
            description=f"{what} ends after so many seconds; then the vendor is asked for the status",
        )
        return Duration.seconds(parameter.value_as_number)
