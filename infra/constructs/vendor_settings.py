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


def _arns(names: Sequence[str]) -> list[str]:
    return [f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{PREFIX}/*/{name}" for name in names]
