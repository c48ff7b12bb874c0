"""The vendors' settings in SSM Parameter Store: base URLs, API keys, webhook secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws

from infra.constructs.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

PREFIX = "/baton/saas"


def read_settings(names: Sequence[str], *, key: kms.IKey) -> list[iam.PolicyStatement]:
    """Permissions to read the parameters `/baton/saas/<vendor>/<name>` of every vendor, and to decrypt only these.

    Parameter Store passes the parameter's ARN as encryption context
    (https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
    """
    arns = [f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{PREFIX}/*/{name}" for name in names]
    condition = {
        "StringEquals": {"kms:ViaService": f"ssm.{Aws.REGION}.{Aws.URL_SUFFIX}"},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": arns},
    }
    return [allow(["ssm:GetParameters"], arns), allow(["kms:Decrypt"], [key.key_arn], condition)]
