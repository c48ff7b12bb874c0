"""boto3 clients of the embedded AWS. They never reach the real one: endpoint and credentials are fixed."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from local.embedded_aws import ACCOUNT_CREDENTIALS, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 3},
    s3={"addressing_style": "path"},
    proxies={},
)


@dataclass(frozen=True)
class AwsClients:
    """Clients of one embedded AWS, each made when it is first used."""

    url: str

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """AWS CloudFormation."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Amazon Cognito user pools."""
        client: CognitoIdentityProviderClient = self._client("cognito-idp")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Amazon DynamoDB."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Amazon EventBridge."""
        client: EventBridgeClient = self._client("events")
        return client

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """AWS Lambda."""
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Amazon CloudWatch Logs."""
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """Amazon SQS."""
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def ssm(self) -> "SSMClient":
        """AWS Systems Manager."""
        client: SSMClient = self._client("ssm")
        return client

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        """AWS Step Functions."""
        client: SFNClient = self._client("stepfunctions")
        return client

    def _client(self, service: Any) -> Any:
        return self._session.client(service, endpoint_url=self.url, config=_CONFIG)

    @cached_property
    def _session(self) -> boto3.session.Session:
        """A session that reads none of the user's AWS files and no profile."""
        nowhere = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        return boto3.session.Session(
            aws_access_key_id=ACCOUNT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ACCOUNT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
            botocore_session=botocore.session.Session(session_vars=nowhere),
        )
