"""What all workflows share: the bus, the keys, the failure sink, the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnCondition, CfnOutput, CfnParameter, Fn, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events

from infra.constructs.encryption import StorageKey, TokenKey
from infra.constructs.failure_sink import FailureSink
from infra.constructs.table import encrypted_table
from workflows.events import detail_types

if TYPE_CHECKING:
    from constructs import Construct

BUS_NAME = "baton"
# Of `callbacks.mailbox_table`, which a test compares.
WAITS_INDEX = "waits"


class PlatformStack(Stack):
    """Event bus, encryption keys, failure topic with its queues, and the mailbox of the callback plane."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="Baton: what all workflows share")
        self.bus = events.EventBus(self, "Bus", event_bus_name=BUS_NAME)
        self.bus.apply_removal_policy(RemovalPolicy.DESTROY)
        self._archive()
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
        # Who waits, the longest first. Only boxes with a token that waits have these attributes; the token stays out.
        self.mailbox.add_global_secondary_index(
            index_name=WAITS_INDEX,
            partition_key=dynamodb.Attribute(name="waits", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="waiting_since", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["execution_id", "state"],
        )
        self._unknown_events()
        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
        CfnOutput(self, "FailureQueueUrl", value=self.failures.queue.queue_url)
        CfnOutput(self, "FailureDeadLetterQueueUrl", value=self.failures.dead_letter_queue.queue_url)
        CfnOutput(self, "FailureIntakeQueueUrl", value=self.failures.intake.queue_url)
        CfnOutput(self, "FailureTopicArn", value=self.failures.topic.topic_arn)
        CfnOutput(self, "MailboxTableName", value=self.mailbox.table_name)
        CfnOutput(self, "SecretsKeyArn", value=self.key.key_arn)

    def _archive(self) -> None:
        """Keep every event of the bus for so many days; `aws events start-replay` puts a span of them on it again."""
        days = CfnParameter(
            self,
            "EventArchiveDays",
            type="Number",
            default=90,
            min_value=0,
            description="How long the archive keeps the events of the bus; 0 for no archive",
        )
        archived = CfnCondition(
            self, "Archived", expression=Fn.condition_not(Fn.condition_equals(days.value_as_string, "0"))
        )
        archive = events.CfnArchive(
            self,
            "Archive",
            source_arn=self.bus.event_bus_arn,
            retention_days=days.value_as_number,
            description="Every event of the bus",
        )
        archive.cfn_options.condition = archived

    def _unknown_events(self) -> None:
        """An event that no workflow knows is a failure like any other: nothing on the bus is dropped in silence."""
        known = detail_types()
        unknown_types = [
            {"source": [source], "detail-type": [{"anything-but": types}]} for source, types in known.items()
        ]
        events.CfnRule(
            self,
            "UnknownEvents",
            event_bus_name=self.bus.event_bus_name,
            event_pattern={"$or": [{"source": [{"anything-but": list(known)}]}, *unknown_types]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Intake",
                    arn=self.failures.intake.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=self.failures.dead_letter_queue.queue_arn
                    ),
                )
            ],
        )
