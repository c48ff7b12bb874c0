"""The callback plane: webhooks in, task tokens out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources

from infra.constructs.function import PythonFunction
from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.packages import LambdaPackages
from infra.constructs.statements import allow
from infra.constructs.vendor_settings import PREFIX, read_settings
from infra.constructs.webhook_api import WebhookApi

if TYPE_CHECKING:
    from constructs import Construct

    from infra.constructs.target import LambdaTarget
    from infra.stacks.platform import PlatformStack

SERVICE = "callbacks"
# A new delivery, and a token that begins to wait: each may complete the handshake. Other changes of the mailbox can't.
_HANDSHAKES = (
    {"eventName": ["INSERT"], "dynamodb": {"Keys": {"item": {"S": [{"prefix": "delivery#"}]}}}},
    {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"item": {"S": ["mailbox"]}}, "NewImage": {"state": {"S": ["waiting"]}}},
    },
)


class CallbacksStack(Stack):
    """The webhook endpoint with its function, and the function that resumes executions from the mailbox's stream."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: PlatformStack, target: LambdaTarget) -> None:
        super().__init__(scope, construct_id, description="Baton: webhooks in, task tokens out")
        self._platform = platform
        self._packages = LambdaPackages(self, "Packages", target=target)
        self.webhook = self._webhook_function()
        self.resume = self._resume_function()
        self.api = WebhookApi(self, "Api", handler=self.webhook.function, key=platform.key)
        CfnOutput(self, "WebhookApiId", value=self.api.api.api_id)
        CfnOutput(
            self,
            "WebhookUrl",
            value=f"https://{self.api.api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/webhooks",
            description="A vendor calls this address with its name appended",
        )

    def _webhook_function(self) -> PythonFunction:
        platform = self._platform
        return PythonFunction(
            self,
            "Webhook",
            handler="callbacks.webhook.handler",
            service=SERVICE,
            packages=self._packages,
            key=platform.key,
            timeout=Duration.seconds(10),
            environment={"MAILBOX_TABLE": platform.mailbox.table_name, "SAAS_PARAMETERS": PREFIX},
            permissions=[
                allow(["dynamodb:ConditionCheckItem", "dynamodb:PutItem"], [platform.mailbox.table_arn]),
                *read_settings(key=platform.key, secret=["webhook-secret"]),
            ],
        )

    def _resume_function(self) -> PythonFunction:
        platform = self._platform
        stream_arn = platform.mailbox.table_stream_arn
        if stream_arn is None:
            raise ValueError("the mailbox table of the platform stack has no stream; set one")
        resume = PythonFunction(
            self,
            "Resume",
            handler="callbacks.resume.handler",
            service=SERVICE,
            packages=self._packages,
            key=platform.key,
            timeout=Duration.seconds(30),
            environment={
                "MAILBOX_TABLE": platform.mailbox.table_name,
                "TOKEN_KEY_ARN": platform.token_key.key_arn,
            },
            permissions=[
                allow(["dynamodb:Query", "dynamodb:UpdateItem"], [platform.mailbox.table_arn]),
                allow(["kms:Decrypt"], [platform.token_key.key_arn]),
                # A token of a service task belongs to no resource that a policy could name.
                allow(["states:SendTaskSuccess"], ["*"]),
                allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [stream_arn]),
                allow(["dynamodb:ListStreams"], ["*"]),
                *platform.failures.report_permissions(),
            ],
        )
        acknowledge_wildcards(
            resume, {"*": "Task tokens of service tasks and the listing of streams name no resource; nor do traces"}
        )
        # A record that is given up loses nothing: the delivery is in the mailbox and the next wait finds it there.
        lambda_.EventSourceMapping(
            self,
            "MailboxStream",
            target=resume.function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=100,
            max_record_age=Duration.hours(6),
            on_failure=event_sources.SqsDlq(platform.failures.intake),
            filters=[{"pattern": json.dumps(handshake)} for handshake in _HANDSHAKES],
        )
        return resume
