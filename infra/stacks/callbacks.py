"""The callback plane: webhooks in, task tokens out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, CfnOutput, CfnParameter, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources

from infra.constructs.function import PythonFunction
from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.packages import LambdaPackages
from infra.constructs.statements import allow
from infra.constructs.vendor_settings import PREFIX, read_settings
from infra.constructs.webhook_api import WebhookApi
from infra.constructs.workflow import with_policy_of_its_own
from infra.stacks.platform import WAITS_INDEX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from infra.constructs.target import LambdaTarget
    from infra.stacks.platform import PlatformStack

SERVICE = "callbacks"
SWEEP_EVERY = Duration.minutes(15)
# A new hint has to be confirmed by asking the vendor.
_HINTS = ({"eventName": ["INSERT"], "dynamodb": {"Keys": {"item": {"S": [{"prefix": "unconfirmed#"}]}}}},)
# A new delivery, a token that begins to wait, and one that waits too long: each may complete the handshake. Other
# changes of the mailbox can't.
_HANDSHAKES = (
    {"eventName": ["INSERT"], "dynamodb": {"Keys": {"item": {"S": [{"prefix": "delivery#"}]}}}},
    {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"item": {"S": ["mailbox"]}}, "NewImage": {"state": {"S": ["waiting"]}}},
    },
    {
        "eventName": ["MODIFY"],
        "dynamodb": {"Keys": {"item": {"S": ["mailbox"]}}, "NewImage": {"swept_at": {"S": [{"prefix": "2"}]}}},
    },
)


class CallbacksStack(Stack):
    """The webhook endpoint with its function, and the functions on the mailbox's stream: confirm and resume."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: PlatformStack, target: LambdaTarget) -> None:
        super().__init__(scope, construct_id, description="Baton: webhooks in, task tokens out")
        self._platform = platform
        self._packages = LambdaPackages(self, "Packages", target=target)
        self.webhook = self._webhook_function()
        self.confirm = self._confirm_function()
        self.resume = self._resume_function()
        self.sweep = self._sweep_function()
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

    def _confirm_function(self) -> PythonFunction:
        platform = self._platform
        confirm = PythonFunction(
            self,
            "Confirm",
            handler="callbacks.confirm.handler",
            service=SERVICE,
            packages=self._packages,
            key=platform.key,
            timeout=Duration.seconds(60),
            environment={"MAILBOX_TABLE": platform.mailbox.table_name, "SAAS_PARAMETERS": PREFIX},
            permissions=[
                allow(["dynamodb:ConditionCheckItem", "dynamodb:PutItem"], [platform.mailbox.table_arn]),
                *read_settings(key=platform.key, secret=["api-key"], plain=["base-url"]),
                *self._stream_permissions(),
            ],
        )
        # Hints that come together are one question to the vendor, whose API counts them. One that is given up loses
        # nothing: the execution asks by itself when its wait is over.
        self._on_mailbox_stream("HintStream", confirm, _HINTS, window=Duration.seconds(1))
        return confirm

    def _resume_function(self) -> PythonFunction:
        platform = self._platform
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
                *self._stream_permissions(),
            ],
        )
        acknowledge_wildcards(
            resume, {"*": "Task tokens of service tasks and the listing of streams name no resource; nor do traces"}
        )
        # A record that is given up loses nothing: the delivery is in the mailbox and the next wait finds it there.
        self._on_mailbox_stream("MailboxStream", resume, _HANDSHAKES)
        return resume

    def _sweep_function(self) -> PythonFunction:
        mailbox = self._platform.mailbox
        after = CfnParameter(
            self,
            "SweepAfterSeconds",
            type="Number",
            default=3600,
            min_value=1,
            description="An execution that has waited for a webhook so long has its vendor asked",
        )
        sweep = PythonFunction(
            self,
            "Sweep",
            handler="callbacks.sweep.handler",
            service=SERVICE,
            packages=self._packages,
            key=self._platform.key,
            timeout=Duration.minutes(5),
            environment={"MAILBOX_TABLE": mailbox.table_name, "SWEEP_AFTER_SECONDS": after.value_as_string},
            permissions=[
                allow(["dynamodb:Query"], [f"{mailbox.table_arn}/index/{WAITS_INDEX}"]),
                allow(["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [mailbox.table_arn]),
            ],
            on_failure=self._platform.failures,
        )
        events.Rule(
            self,
            "SweepRegularly",
            schedule=events.Schedule.rate(SWEEP_EVERY),
            targets=[
                targets.LambdaFunction(
                    sweep.function,
                    dead_letter_queue=with_policy_of_its_own(self, "NotSwept", self._platform.failures.intake),
                )
            ],
        )
        return sweep

    def _stream_permissions(self) -> list[iam.PolicyStatement]:
        return [
            allow(
                ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [self._stream_arn()]
            ),
            allow(["dynamodb:ListStreams"], ["*"]),
            *self._platform.failures.report_permissions(),
        ]

    def _on_mailbox_stream(
        self,
        name: str,
        function: PythonFunction,
        patterns: Sequence[Mapping[str, Any]],
        *,
        window: Duration | None = None,
    ) -> None:
        """Call the function with the changes that fit a pattern. A stream bears two readers, and has these two.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
        """
        lambda_.EventSourceMapping(
            self,
            name,
            target=function.function,
            event_source_arn=self._stream_arn(),
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            max_batching_window=window,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=100,
            max_record_age=Duration.hours(6),
            on_failure=event_sources.SqsDlq(self._platform.failures.intake),
            filters=[{"pattern": json.dumps(pattern)} for pattern in patterns],
        )

    def _stream_arn(self) -> str:
        stream_arn = self._platform.mailbox.table_stream_arn
        if stream_arn is None:
            raise ValueError("the mailbox table of the platform stack has no stream; set one")
        return stream_arn
