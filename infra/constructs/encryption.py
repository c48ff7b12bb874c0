"""The keys that encrypt what Baton stores."""

from __future__ import annotations

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class StorageKey(Construct):
    """The customer-managed key for tables, queues, topics, log groups and parameters.

    Its policy lets services that encrypt by themselves use it, each only for Baton's resources or this account. Access
    through DynamoDB is left to the permissions on the tables, so a role that may use a table needs no permission on the
    key (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).
    """

    def __init__(self, scope: Construct, construct_id: str, *, alias: str) -> None:
        super().__init__(scope, construct_id)
        self.key = _key(self, alias, "Baton's data at rest")
        for statement in (_log_groups(), _delivery(), _tables()):
            self.key.add_to_resource_policy(statement)


class TokenKey(Construct):
    """The customer-managed key that encrypts task tokens. Who may decrypt one, may end somebody's wait."""

    def __init__(self, scope: Construct, construct_id: str, *, alias: str) -> None:
        super().__init__(scope, construct_id)
        self.key = _key(self, alias, "Baton's task tokens")


def via_service(service: str) -> dict[str, dict[str, str]]:
    """The condition that a key is used through `service` ("ssm", "sns", ...), never directly."""
    return {"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.{Aws.URL_SUFFIX}"}}


def _key(scope: Construct, alias: str, description: str) -> kms.Key:
    return kms.Key(
        scope,
        "Resource",
        alias=alias,
        description=description,
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN,
    )


def _log_groups() -> iam.PolicyStatement:
    log_groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:Baton*"
    return iam.PolicyStatement(
        sid="LogGroups",
        principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
        actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    )


def _delivery() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="Delivery",
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com") for service in ("sns", "events", "cloudwatch")],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )


def _tables() -> iam.PolicyStatement:
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    return iam.PolicyStatement(
        sid="Tables",
        principals=[iam.AnyPrincipal()],
        actions=[*actions, "kms:CreateGrant"],
        resources=["*"],
        conditions={
            "StringEquals": {
                "kms:CallerAccount": Aws.ACCOUNT_ID,
                "kms:ViaService": f"dynamodb.{Aws.REGION}.{Aws.URL_SUFFIX}",
            }
        },
    )
