"""What is stored is encrypted, kept, and reachable over TLS only."""

from typing import Any

import pytest

from infra.assembly import Assembly, Resource

KEY = "${StorageKey.Arn}"
STORES = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Logs::LogGroup", "AWS::KMS::Key")
NOT_OVER_TLS = {
    "Bool": {"aws:SecureTransport": "false"},
    "StringNotEquals": {"aws:ResourceAccount": "000000000000"},
}


def key_of(assembly: Assembly, resource: Resource) -> Any:
    properties = assembly.resolve(resource.stack, resource.properties)
    match resource.type:
        case "AWS::DynamoDB::Table":
            specification = properties["SSESpecification"]
            return specification["SSEEnabled"] and specification["SSEType"] == "KMS" and specification["KMSMasterKeyId"]
        case "AWS::Logs::LogGroup":
            return properties.get("KmsKeyId")
        case _:
            return properties.get("KmsMasterKeyId")


@pytest.mark.parametrize("kind", [kind for kind in STORES if kind != "AWS::KMS::Key"])
def test_every_store_is_encrypted_with_the_key_of_the_platform(assembly: Assembly, kind: str) -> None:
    keys = {resource.path: key_of(assembly, resource) for resource in assembly.resources(kind)}
    assert keys
    assert set(keys.values()) == {KEY}, keys


@pytest.mark.parametrize("kind", STORES)
def test_every_store_outlives_its_stack(assembly: Assembly, kind: str) -> None:
    policies = {
        resource.path: (resource.body.get("DeletionPolicy"), resource.body.get("UpdateReplacePolicy"))
        for resource in assembly.resources(kind)
    }
    assert set(policies.values()) == {("Retain", "Retain")}, policies


def test_keys_rotate(assembly: Assembly) -> None:
    assert [key.path for key in assembly.resources("AWS::KMS::Key")] == ["StorageKey", "TokenKey"]
    assert all(key.properties["EnableKeyRotation"] for key in assembly.resources("AWS::KMS::Key"))


def test_the_key_of_task_tokens_serves_no_service(assembly: Assembly) -> None:
    (policy,) = (
        assembly.resolve(key.stack, key.properties["KeyPolicy"])
        for key in assembly.resources("AWS::KMS::Key")
        if key.path == "TokenKey"
    )
    assert [statement["Principal"] for statement in policy["Statement"]] == [
        {"AWS": "arn:aws:iam::${AWS::AccountId}:root"}
    ]


def test_services_use_the_key_of_the_platform_under_a_condition(assembly: Assembly) -> None:
    (policy,) = (
        assembly.resolve(key.stack, key.properties["KeyPolicy"])
        for key in assembly.resources("AWS::KMS::Key")
        if key.path == "StorageKey"
    )
    account, *others = policy["Statement"]
    assert account["Principal"] == {"AWS": "arn:aws:iam::${AWS::AccountId}:root"}
    assert {statement["Sid"]: list(statement["Condition"].values()) for statement in others} == {
        "LogGroups": [
            {"kms:EncryptionContext:aws:logs:arn": ("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:Baton*")}
        ],
        "Delivery": [{"aws:SourceAccount": "${AWS::AccountId}"}],
        "Tables": [
            {
                "kms:CallerAccount": "${AWS::AccountId}",
                "kms:ViaService": "dynamodb.${AWS::Region}.${AWS::URLSuffix}",
            }
        ],
    }


def test_the_key_policy_covers_the_names_that_cloudformation_gives_log_groups(assembly: Assembly) -> None:
    groups = list(assembly.resources("AWS::Logs::LogGroup"))
    assert all(group.stack.startswith("Baton") and "LogGroupName" not in group.properties for group in groups)


def test_tables_can_be_restored_and_are_protected_from_deletion(assembly: Assembly) -> None:
    for table in assembly.resources("AWS::DynamoDB::Table"):
        assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, table.path
        assert table.properties["DeletionProtectionEnabled"] is True, table.path


def test_log_events_and_messages_are_kept_for_a_set_time(assembly: Assembly) -> None:
    assert {group.properties.get("RetentionInDays") for group in assembly.resources("AWS::Logs::LogGroup")} == {90}
    assert {queue.properties.get("MessageRetentionPeriod") for queue in assembly.resources("AWS::SQS::Queue")} == {
        14 * 86400
    }


def test_items_expire_where_they_are_of_no_use_later(assembly: Assembly) -> None:
    expiring = {
        table.path: table.properties["TimeToLiveSpecification"]
        for table in assembly.resources("AWS::DynamoDB::Table")
        if "TimeToLiveSpecification" in table.properties
    }
    assert expiring == {
        "Mailbox": {"AttributeName": "expires_at", "Enabled": True},
        "Idempotency": {"AttributeName": "expiration", "Enabled": True},
        "Live.Connections": {"AttributeName": "expires_at", "Enabled": True},
    }


@pytest.mark.parametrize(
    ("policy_type", "attached_to", "kind", "action"),
    [
        ("AWS::SQS::QueuePolicy", "Queues", "AWS::SQS::Queue", "sqs:*"),
        ("AWS::SNS::TopicPolicy", "Topics", "AWS::SNS::Topic", "sns:Publish"),
    ],
)
def test_queues_and_topics_deny_plain_http(
    assembly: Assembly, policy_type: str, attached_to: str, kind: str, action: str
) -> None:
    protected: set[str] = set()
    for policy in assembly.resources(policy_type):
        document = assembly.resolve(policy.stack, policy.properties)
        (denied,) = (entry for entry in document["PolicyDocument"]["Statement"] if entry["Effect"] == "Deny")
        assert denied["Principal"] == {"AWS": "*"}
        assert denied["Action"] == action
        assert denied["Condition"] == NOT_OVER_TLS
        protected.update(name.strip("${}") for name in document[attached_to])
    assert protected == {resource.path for resource in assembly.resources(kind)}
