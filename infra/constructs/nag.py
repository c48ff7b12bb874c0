"""AWS's rule packs over the stacks (cdk-nag), and how a construct says why a rule does not apply to it.

https://github.com/cdklabs/cdk-nag
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IConstruct

WILDCARD = "AwsSolutions::AwsSolutions-IAM5[Resource::{}]"


def check_with_rule_packs(app: IConstruct) -> None:
    """Have every synthesis fail on a finding that nobody has acknowledged."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Say for each rule why what it finds in the construct, and in what belongs to it, is right."""
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()))


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Say for each resource with a wildcard that the construct's role may use why none can be named more closely.

    A resource is written as the rule tells it: `<AWS::Region>` for the pseudo parameter.
    """
    acknowledge(construct, {WILDCARD.format(resource): reason for resource, reason in reasons.items()})
