"""The ARNs that stand for what is only known once something is deployed."""

from __future__ import annotations

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"

PSEUDO_PARAMETERS: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": "",
    "AWS::NotificationARNs": "",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/test/00000000",
    "AWS::StackName": "test",
    "AWS::URLSuffix": "amazonaws.com",
}


def function_arn(name: str) -> str:
    """The ARN of a Lambda function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def states_arn(kind: str, name: str) -> str:
    """The ARN of a `stateMachine`, `execution` or `activity`."""
    return f"arn:aws:states:{REGION}:{ACCOUNT}:{kind}:{name}"
