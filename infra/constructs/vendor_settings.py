"""The vendors' settings in SSM Parameter Store: base URLs, API keys, webhook secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws

from infra.constructs.nag import acknowledge_wildcards
from infra.constructs.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from constructs import IConstruct

PREFIX = "/baton/saas"


def read_settings(*, key: kms.IKey, secret: Sequence[str], plain: Sequence[str] = ()) -> list[iam.PolicyStatement]:
    """Permissions to read the parameters `/baton/saas/<vendor>/<name>` of every vendor, and to decrypt the secret ones.

    Parameter Store passes the parameter's ARN as encryption context
    (https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html), so that nothing else that is
    encrypted with the same key can be decrypted.
    """
    condition = {
        "StringEquals": {"kms:ViaService": f"ssm.{Aws.REGION}.{Aws.URL_SUFFIX}"},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": _arns(secret)},
    }
    return [
        allow(["ssm:GetParameters"], [*_arns(secret), *_arns(plain)]),
        allow(["kms:Decrypt"], [key.key_arn], condition),
    ]


def acknowledge_settings(construct: IConstruct, permissions: Sequence[iam.PolicyStatement]) -> None:
    """Say why a role with these permissions reads a setting of every vendor, where it does."""
    reason = "Which vendors there are is for the parameters to say: one more needs no deployment"
    place = f":parameter{PREFIX}/*/"
    found = [resource for statement in permissions for resource in statement.resources if place in resource]
    named = [
        f"arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>{place}{arn.partition(place)[2]}" for arn in found
    ]
    acknowledge_wildcards(construct, dict.fromkeys(named, reason))


def _arns(names: Sequence[str]) -> list[str]:
    return [f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{PREFIX}/*/{name}" for name in names]
