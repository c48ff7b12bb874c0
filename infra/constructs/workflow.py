"""State machines and the rules that start them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.log_group import encrypted_log_group
from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms

    from infra.constructs.failure_sink import FailureSink

# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
_DELIVER_LOGS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
_SEND_TRACES = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)


class Workflow(Construct):
    """A Standard state machine with a role of exactly `permissions`, logs of every event and X-Ray tracing.

    Logs leave execution data out: the input of a task that waits holds its task token.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        definition: sfn.IChainable,
        comment: str,
        timeout: Duration,
        permissions: Sequence[iam.PolicyStatement],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = encrypted_log_group(self, "Logs", key=key)
        own = [allow(_DELIVER_LOGS, ["*"]), allow(_SEND_TRACES, ["*"])]
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=_only_for_this_account("states.amazonaws.com"),
            inline_policies={"Permissions": iam.PolicyDocument(statements=[*own, *permissions])},
        )
        self.name = name
        self.state_machine = sfn.StateMachine(
            self,
            "Resource",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(definition),
            comment=comment,
            timeout=timeout,
            role=self.role.without_policy_updates(),
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge_wildcards(self, {"*": "Log deliveries and traces are not resources that a policy can name"})


class StartRule(Construct):
    """Starts an execution for each event that matches.

    Its input is {"request": <detail>, "event_id": <event id>, "replays": ""}: an event takes no execution's place.

    What can't be delivered within a day, or in 185 attempts, goes to the queue `undelivered` with the reason as message
    attributes (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.IEventBus,
        source: str,
        detail_type: str,
        state_machine: sfn.IStateMachine,
        undelivered: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=_only_for_this_account("events.amazonaws.com"),
            inline_policies={
                "Permissions": iam.PolicyDocument(
                    statements=[allow(["states:StartExecution"], [state_machine.state_machine_arn])]
                )
            },
        )
        self.rule = events.Rule(
            self,
            "Resource",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[source], detail_type=[detail_type]),
            targets=[
                targets.SfnStateMachine(
                    state_machine,
                    input=events.RuleTargetInput.from_object(
                        {
                            "request": events.EventField.from_path("$.detail"),
                            "event_id": events.EventField.event_id,
                            "replays": "",
                        }
                    ),
                    role=self.role.without_policy_updates(),
                    dead_letter_queue=with_policy_of_its_own(self, "UndeliveredQueue", undelivered),
                    max_event_age=Duration.hours(24),
                    retry_attempts=185,
                )
            ],
        )


class FailedExecutions(Construct):
    """Reports to the intake queue each execution that ends FAILED, TIMED_OUT or ABORTED without having said why.

    An execution whose error is `reported` has published its own failure: to report its end too would count it twice.
    See https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        state_machine: sfn.IStateMachine,
        reported: str,
        failures: FailureSink,
    ) -> None:
        super().__init__(scope, construct_id)
        unreported = [{"anything-but": [reported]}, {"exists": False}]
        self.rule = events.Rule(
            self,
            "Resource",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [state_machine.state_machine_arn],
                    "$or": [{"status": ["TIMED_OUT", "ABORTED"]}, {"status": ["FAILED"], "error": unreported}],
                },
            ),
            targets=[
                targets.SqsQueue(
                    with_policy_of_its_own(self, "Intake", failures.intake),
                    dead_letter_queue=with_policy_of_its_own(self, "DeadLetterQueue", failures.dead_letter_queue),
                )
            ],
        )


def with_policy_of_its_own(scope: Construct, construct_id: str, queue: sqs.IQueue) -> sqs.IQueue:
    """The queue as constructs see it that would add to its policy, which its own stack alone may do."""
    return sqs.Queue.from_queue_arn(scope, construct_id, queue.queue_arn)


def _only_for_this_account(service: str) -> iam.PrincipalBase:
    return iam.ServicePrincipal(service, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
