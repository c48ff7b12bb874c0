"""What watches over the platform: the collector of failures and the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from infra.constructs.alarms import Alarms
from infra.constructs.function import PythonFunction
from infra.constructs.nag import acknowledge, acknowledge_wildcards
from infra.constructs.packages import LambdaPackages
from infra.constructs.statements import allow

if TYPE_CHECKING:
    from constructs import Construct

    from infra.constructs.target import LambdaTarget
    from infra.stacks.platform import PlatformStack


class OperationsStack(Stack):
    """The function that publishes what AWS reports to the intake queue, and what people are woken for."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: PlatformStack, target: LambdaTarget) -> None:
        super().__init__(scope, construct_id, description="Baton: collecting failures, alarms")
        self._platform = platform
        self._packages = LambdaPackages(self, "Packages", target=target)
        self.collect = self._collect_function()
        self.alarms = self._alarms()
        CfnOutput(self, "AlarmTopicArn", value=self.alarms.topic.topic_arn)

    def _collect_function(self) -> PythonFunction:
        failures = self._platform.failures
        collect = PythonFunction(
            self,
            "Collect",
            handler="tasks.failures.collect.handler",
            service="failures",
            packages=self._packages,
            key=self._platform.key,
            timeout=Duration.seconds(10),
            environment={"FAILURE_TOPIC_ARN": failures.topic.topic_arn},
            permissions=[
                *failures.collect_permissions(),
                *failures.publish_permissions(),
                allow(
                    ["states:GetExecutionHistory"],
                    [
                        self.format_arn(
                            service="states",
                            resource="execution",
                            resource_name="*:*",
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                    ],
                ),
            ],
        )
        acknowledge_wildcards(
            collect,
            {
                "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:*:*": (
                    "It looks where an execution stood when it ended, of any workflow: all report here"
                )
            },
        )
        mapping = lambda_.EventSourceMapping(
            self,
            "Intake",
            target=collect.function,
            event_source_arn=failures.intake.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
            max_concurrency=2,
        )
        acknowledge(
            mapping,
            {
                "Serverless::Serverless-LambdaEventSourceMappingDestination": (
                    "For a queue there is none: what is tried in vain goes to the queue's own dead-letter queue"
                )
            },
        )
        return collect

    def _alarms(self) -> Alarms:
        failures = self._platform.failures
        alarms = Alarms(self, "Alarms", key=self._platform.key)
        alarms.depth(
            "Failures",
            failures.queue,
            more_than=0,
            what="Something failed for good. Look: the console, or `failures list`",
        )
        alarms.age("FailuresOld", failures.queue, over=Duration.days(1), what="A failure was not dealt with for a day")
        alarms.depth(
            "DeadLetters",
            failures.dead_letter_queue,
            more_than=0,
            what="A failure could not be published or read. It is lost when it is 14 days old",
        )
        alarms.age(
            "IntakeOld", failures.intake, over=Duration.minutes(15), what="Failures are reported, but not published"
        )
        return alarms
