"""The names of the AWS SDK for Java 2.x, which SDK integrations use."""

from __future__ import annotations

import botocore.session
import pytest

from asl.integrations.aws_names import BOTOCORE_NAMES, Naming, exception_class, member_name, service_class


@pytest.mark.parametrize(
    ("service_id", "name"),
    [
        ("DynamoDB", "DynamoDb"),
        ("S3", "S3"),
        ("SFN", "Sfn"),
        ("Secrets Manager", "SecretsManager"),
        ("EventBridge", "EventBridge"),
        ("Cognito Identity Provider", "CognitoIdentityProvider"),
        ("Directory Service", "Directory"),
        ("Lex Models V2", "LexModelsV2"),
    ],
)
def test_a_service_is_named_by_its_id(service_id: str, name: str) -> None:
    assert service_class(service_id) == name


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("NoSuchKey", "NoSuchKeyException"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("BucketAlreadyOwnedByYou", "BucketAlreadyOwnedByYouException"),
    ],
)
def test_an_exception_ends_in_exception(shape: str, name: str) -> None:
    assert exception_class(shape) == name


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("TableName", "TableName"),
        ("tableName", "TableName"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("S", "S"),
        ("ARN", "Arn"),
    ],
)
def test_acronyms_at_the_start_of_a_member_are_written_as_words(member: str, name: str) -> None:
    assert member_name(member) == name


def test_optimized_integrations_keep_the_names_of_the_api() -> None:
    assert Naming.OPTIMIZED("MD5OfMessageBody") == "MD5OfMessageBody"


@pytest.mark.parametrize(("name", "botocore_name"), BOTOCORE_NAMES.items())
def test_each_service_with_another_name_in_botocore_is_the_one_of_that_id(name: str, botocore_name: str) -> None:
    model = botocore.session.get_session().get_service_model(botocore_name)
    assert service_class(str(model.service_id)).lower() == name
