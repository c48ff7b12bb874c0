"""Alarms: what a person should look at, and the topic that tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.statements import deny_plain_http

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sqs as sqs

PERIOD = Duration.minutes(1)


class Alarms(Construct):
    """A topic for people to subscribe to, and alarms: it is told when one goes off, and when it ends."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=key, display_name="Baton: alarms")
        self.topic.apply_removal_policy(RemovalPolicy.RETAIN)
        self.topic.add_to_resource_policy(deny_plain_http(["sns:Publish"], self.topic.topic_arn))
        alarms = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:*"
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"ArnLike": {"aws:SourceArn": alarms}},
            )
        )

    def depth(self, construct_id: str, queue: sqs.IQueue, *, more_than: int, what: str) -> None:
        """Go off while more than so many messages lie in a queue."""
        metric = queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum")
        self._add(construct_id, metric, more_than, what)

    def age(self, construct_id: str, queue: sqs.IQueue, *, over: Duration, what: str) -> None:
        """Go off while the oldest message of a queue is older than this."""
        metric = queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="Maximum")
        self._add(construct_id, metric, over.to_seconds(), what)

    def _add(self, construct_id: str, metric: cloudwatch.IMetric, threshold: float, what: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=what,
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
