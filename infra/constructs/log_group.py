"""Log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct


def encrypted_log_group(scope: Construct, construct_id: str, *, key: kms.IKey) -> logs.LogGroup:
    """A log group, encrypted with `key`, that keeps its events for three months and outlives its stack.

    CloudFormation names it: a name of our own would stand in the way of the next deployment after its stack was
    deleted. The name starts with the stack's, which the policy of the key relies on.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        encryption_key=key,
        retention=logs.RetentionDays.THREE_MONTHS,
        removal_policy=RemovalPolicy.RETAIN,
    )
