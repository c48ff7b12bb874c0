"""What all workflows share: the bus, the keys, the failure sink, the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events

from infra.constructs.encryption import StorageKey, TokenKey
from infra.constructs.failure_sink import FailureSink
from infra.constructs.table import encrypted_table

if TYPE_CHECKING:
    from constructs import Construct

BUS_NAME = "baton"


class PlatformStack(Stack):
    """Event bus, encryption keys, failure topic with its queues, and the mailbox of the callback plane."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="Baton: what all workflows share")
        self.bus = events.EventBus(self, "Bus", event_bus_name=BUS_NAME)
        self.bus.apply_removal_policy(RemovalPolicy.DESTROY)
        self.key = StorageKey(self, "StorageKey", alias="baton").key
        self.token_key = TokenKey(self, "TokenKey", alias="baton-tokens").key
        self.failures = FailureSink(self, "Failures", key=self.key)
        self.mailbox = encrypted_table(
            self,
            "Mailbox",
            key=self.key,
            partition_key="correlation_key",
            sort_key="item",
            time_to_live="expires_at",
            stream=dynamodb.StreamViewType.NEW_IMAGE,
        )
        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
        CfnOutput(self, "FailureQueueUrl", value=self.failures.queue.queue_url)
        CfnOutput(self, "FailureDeadLetterQueueUrl", value=self.failures.dead_letter_queue.queue_url)
        CfnOutput(self, "FailureTopicArn", value=self.failures.topic.topic_arn)
        CfnOutput(self, "MailboxTableName", value=self.mailbox.table_name)
        CfnOutput(self, "SecretsKeyArn", value=self.key.key_arn)
