"""The names of services, parameters and errors in AWS SDK integrations: those of the AWS SDK for Java 2.x.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final

BOTOCORE_NAMES: Final = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
"""Services that botocore calls something else than their id without its blanks."""


def service_class(service_id: str) -> str:
    """The name of a service in errors: `DynamoDB` is `DynamoDb`, `Secrets Manager` is `SecretsManager`."""
    name = _pascal_case(service_id)
    return name.removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


def exception_class(shape: str) -> str:
    """The name of an exception: `NoSuchKey` is `NoSuchKeyException`, `DBInstanceNotFoundFault` loses its `Fault`."""
    stem = shape.removesuffix("Exception").removesuffix("Fault")
    return f"{_pascal_case(stem)}Exception"


@cache
def member_name(name: str) -> str:
    """The name of a parameter or of a part of a result: `SSEKMSKeyId` is `SsekmsKeyId`, `ETag` stays."""
    leading = 1
    while leading < len(name) and name[leading].isupper() and not name[leading + 1 : leading + 2].islower():
        leading += 1
    return name[0].upper() + name[1:leading].lower() + name[leading:]


@cache
def capitalized(name: str) -> str:
    """The name of a parameter or of a part of a result in the optimized integrations: that of the API."""
    return name[:1].upper() + name[1:]


class Naming(Enum):
    """Whose names parameters and results have: those of the SDK integrations or those of the optimized ones."""

    SDK = "aws-sdk"
    OPTIMIZED = "optimized"

    def __call__(self, name: str) -> str:
        """What a state machine calls the member `name` of the service's model."""
        return member_name(name) if self is Naming.SDK else capitalized(name)


def _pascal_case(text: str) -> str:
    return "".join(word.capitalize() for word in _words(text))


def _words(text: str) -> list[str]:
    text = re.sub(r"[^A-Za-z0-9]+", " ", text)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    return re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text).split()
