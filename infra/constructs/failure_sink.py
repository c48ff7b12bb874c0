"""Where everything that fails for good ends up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.encryption import via_service
from infra.constructs.statements import allow, deny_plain_http

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

MAX_RECEIVES = 5


class FailureSink(Construct):
    """A topic, the queue that collects what is published to it, and the dead-letter queue of that queue.

    The dead-letter queue takes what was received `MAX_RECEIVES` times without being deleted, and what the topic could
    not deliver. Messages reach the queue as they were published, without an SNS envelope.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        self.dead_letter_queue = encrypted_queue(self, "DeadLetterQueue", key=key)
        self.queue = encrypted_queue(
            self,
            "Queue",
            key=key,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letter_queue, max_receive_count=MAX_RECEIVES),
        )
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

    def publish_permissions(self) -> list[iam.PolicyStatement]:
        """What a role needs to publish to the topic."""
        return [
            allow(["sns:Publish"], [self.topic.topic_arn]),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._key.key_arn], via_service("sns")),
        ]


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
