"""IAM policy statements, short to write and to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# No AWS account has this id: an emulator on the loopback interface, which speaks plain HTTP, does.
EMULATED_ACCOUNT = "000000000000"


def allow(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    """A statement of an identity's policy that allows `actions` on `resources`."""
    return iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=dict(conditions or {}))


def deny_plain_http(actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    """A statement of a resource's policy that denies `actions` over a connection without TLS, whoever asks.

    An absent `aws:ResourceAccount` counts as different
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html), so that the
    exception can't apply to a resource in an AWS account.
    """
    return iam.PolicyStatement(
        sid="DenyPlainHttp",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=list(resources),
        conditions={
            "Bool": {"aws:SecureTransport": "false"},
            "StringNotEquals": {"aws:ResourceAccount": EMULATED_ACCOUNT},
        },
    )
