"""What a resource of a template is called once deployed, as far as that can be told beforehand.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type: the property that names it, the resource part of its ARN, and what `Ref` gives.

    An empty region and account in `arn` mean that ARNs of the type have none.
    """

    name_property: str
    arn: str
    ref: str = "name"


_REGIONAL: Final = "arn:{partition}:%s:{region}:{account}:%s"
KINDS: Final = {
    "AWS::Lambda::Function": Kind("FunctionName", _REGIONAL % ("lambda", "function:{name}")),
    "AWS::SNS::Topic": Kind("TopicName", _REGIONAL % ("sns", "{name}"), "arn"),
    "AWS::SQS::Queue": Kind("QueueName", _REGIONAL % ("sqs", "{name}"), "url"),
    "AWS::DynamoDB::Table": Kind("TableName", _REGIONAL % ("dynamodb", "table/{name}")),
    "AWS::DynamoDB::GlobalTable": Kind("TableName", _REGIONAL % ("dynamodb", "table/{name}")),
    "AWS::S3::Bucket": Kind("BucketName", "arn:{partition}:s3:::{name}"),
    "AWS::Events::EventBus": Kind("Name", _REGIONAL % ("events", "event-bus/{name}")),
    "AWS::Events::Connection": Kind("Name", _REGIONAL % ("events", "connection/{name}")),
    "AWS::StepFunctions::StateMachine": Kind("StateMachineName", _REGIONAL % ("states", "stateMachine:{name}"), "arn"),
    "AWS::StepFunctions::Activity": Kind("Name", _REGIONAL % ("states", "activity:{name}"), "arn"),
    "AWS::IAM::Role": Kind("RoleName", "arn:{partition}:iam::{account}:role/{name}"),
    "AWS::KMS::Key": Kind("", _REGIONAL % ("kms", "key/{name}")),
}


def kind_of(resource_type: str) -> Kind:
    """What is known of a type; an unlisted one is taken to have a name and an ARN of its service."""
    service = resource_type.split("::")[1].lower() if resource_type.count("::") >= 2 else "cloudformation"
    return KINDS.get(resource_type, Kind("Name", _REGIONAL % (service, "{name}")))
