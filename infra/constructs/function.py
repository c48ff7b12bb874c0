"""Lambda functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.constructs.log_group import encrypted_log_group
from infra.constructs.nag import acknowledge, acknowledge_wildcards
from infra.constructs.statements import allow
from infra.constructs.vendor_settings import acknowledge_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_kms as kms

    from infra.constructs.failure_sink import FailureSink
    from infra.constructs.packages import LambdaPackages

METRICS_NAMESPACE = "Baton"

_LOCKED_RUNTIME = "The layer is built and locked for this version of Python; cdk.json sets both"
_ACKNOWLEDGED = {
    "AwsSolutions::AwsSolutions-L1": _LOCKED_RUNTIME,
    "Serverless::Serverless-LambdaLatestVersion": _LOCKED_RUNTIME,
    "Serverless::Serverless-LambdaDLQ": (
        "Whoever invokes it hears of its failure, it has an on-failure destination, or it says why it needs none"
    ),
    "Serverless::Serverless-LambdaStarPermissions": "Traces, and what else names no resource: see the wildcards",
}


class PythonFunction(Construct):
    """A Lambda function with a log group and a role of its own, and X-Ray tracing.

    The role has `permissions`, may write to its log group and send traces, and nothing else: constructs that would add
    to it (event sources, grants) can't.

    Args:
        scope: the construct that this one is part of.
        construct_id: its name there.
        handler: dotted path of the handler, for example `tasks.email_campaign.send_campaign.handler`.
        service: the name that the function's logs, metrics and traces carry.
        packages: code and dependencies.
        key: encrypts the log group.
        environment: settings beside those of Powertools.
        permissions: what the function's code may do.
        timeout: how long one invocation may take.
        on_failure: where Lambda reports to what was invoked asynchronously and given up; None where nothing is.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        service: str,
        packages: LambdaPackages,
        key: kms.IKey,
        environment: Mapping[str, str],
        permissions: Sequence[iam.PolicyStatement],
        timeout: Duration,
        on_failure: FailureSink | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = encrypted_log_group(self, "Logs", key=key)
        own = [
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.log_group_arn]),
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ]
        reporting = on_failure.report_permissions() if on_failure else []
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Permissions": iam.PolicyDocument(statements=[*own, *reporting, *permissions])},
        )
        self.function = lambda_.Function(
            self,
            "Resource",
            handler=handler,
            code=packages.code,
            layers=[packages.layer],
            runtime=packages.target.runtime,
            architecture=packages.target.lambda_architecture,
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
            tracing=lambda_.Tracing.ACTIVE,
            timeout=timeout,
            memory_size=512,
            environment={
                "POWERTOOLS_SERVICE_NAME": service,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
                **environment,
            },
        )
        if on_failure:
            lambda_.EventInvokeConfig(
                self, "OnFailure", function=self.function, on_failure=destinations.SqsDestination(on_failure.intake)
            )
        acknowledge(self, _ACKNOWLEDGED)
        acknowledge_wildcards(self, {"*": "X-Ray has no resources for traces"})
        acknowledge_settings(self, permissions)
