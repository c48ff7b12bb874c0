"""Where everything that fails for good ends up, and the ways there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.encryption import via_service
from infra.constructs.nag import acknowledge
from infra.constructs.statements import allow, deny_plain_http

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

# Looking at the queue receives its messages, and none of them may go because operators look often.
MAX_LOOKS = 1000
# A report that was tried so often can't be read by anyone but a person.
MAX_COLLECTIONS = 10


class FailureSink(Construct):
    """A topic, the queue that keeps what is published to it, an intake queue, and the dead-letter queue of them all.

    Workflows publish their failures to the topic themselves. What AWS reports (executions that ended, functions that
    failed, events that could not be delivered) comes to the intake queue in AWS's own formats, for a function to
    publish in ours. The dead-letter queue takes what was received too often without being deleted, and what the topic
    could not deliver. Messages reach the queue as they were published, without an SNS envelope.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.dead_letter_queue = encrypted_queue(self, "DeadLetterQueue", key=key)
        self.dead_letter_queue.add_to_resource_policy(_rules_of_this_account(self.dead_letter_queue))
        acknowledge(
            self.dead_letter_queue,
            {"Serverless::Serverless-SQSRedrivePolicy": "It is the dead-letter queue; an alarm tells of what is in it"},
        )
        self.queue = self._queue("Queue", MAX_LOOKS)
        self.intake = self._queue("Intake", MAX_COLLECTIONS)
        self.intake.add_to_resource_policy(_rules_of_this_account(self.intake))
        self.topic = sns.Topic(self, "Topic", master_key=key, display_name="Baton: what failed for good")
        self.topic.apply_removal_policy(RemovalPolicy.RETAIN)
        self.topic.add_to_resource_policy(deny_plain_http(["sns:Publish"], self.topic.topic_arn))
        sns.Subscription(
            self,
            "Subscription",
            topic=self.topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self.queue.queue_arn,
            raw_message_delivery=True,
            dead_letter_queue=self.dead_letter_queue,
        )
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )

    def _queue(self, construct_id: str, max_receives: int) -> sqs.Queue:
        dead_letters = sqs.DeadLetterQueue(queue=self.dead_letter_queue, max_receive_count=max_receives)
        return encrypted_queue(self, construct_id, key=self._key, dead_letter_queue=dead_letters)

    def report_permissions(self) -> list[iam.PolicyStatement]:
        """What a function needs so that Lambda can report to the intake queue what the function failed to do."""
        return [
            allow(["sqs:SendMessage"], [self.intake.queue_arn]),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._key.key_arn], via_service("sqs")),
        ]

    def collect_permissions(self) -> list[iam.PolicyStatement]:
        """What the function needs that the intake queue invokes."""
        return [
            allow(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], [self.intake.queue_arn]),
            allow(["kms:Decrypt"], [self._key.key_arn], via_service("sqs")),
        ]

    def repair_permissions(self) -> list[iam.PolicyStatement]:
        """What who looks at failures and takes them out needs: for the queue and its dead-letter queue."""
        queues = [self.queue.queue_arn, self.dead_letter_queue.queue_arn]
        return [
            allow(
                [
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage",
                ],
                queues,
            ),
            allow(["kms:Decrypt"], [self._key.key_arn], via_service("sqs")),
        ]

    def publish_permissions(self) -> list[iam.PolicyStatement]:
        """What a role needs to publish to the topic."""
        return [
            allow(["sns:Publish"], [self.topic.topic_arn]),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._key.key_arn], via_service("sns")),
        ]


def _rules_of_this_account(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Named by pattern: a rule belongs to the stack of its workflow, which knows this one and not the reverse."""
    rules = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/*"
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"ArnLike": {"aws:SourceArn": rules}, "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )


def encrypted_queue(
    scope: Construct, construct_id: str, *, key: kms.IKey, dead_letter_queue: sqs.DeadLetterQueue | None = None
) -> sqs.Queue:
    """A queue, encrypted with `key` and reachable over TLS only, that keeps messages 14 days and outlives its stack."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        dead_letter_queue=dead_letter_queue,
        retention_period=Duration.days(14),
        visibility_timeout=Duration.minutes(1),
        removal_policy=RemovalPolicy.RETAIN,
    )
    queue.add_to_resource_policy(deny_plain_http(["sqs:*"], queue.queue_arn))
    return queue
