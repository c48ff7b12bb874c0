"""Who may do what: every statement of every role, in full."""

from typing import Any

import pytest

from infra.assembly import Assembly

LOGS = "logs:CreateLogStream, logs:PutLogEvents on ${%s.Logs.Arn}"
TRACES = "xray:PutTraceSegments, xray:PutTelemetryRecords on *"
STATES = "arn:aws:states:${AWS::Region}:${AWS::AccountId}"
PARAMETER = "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/baton/saas/*/"
VIA_SNS = "StringEquals kms:ViaService=sns.${AWS::Region}.${AWS::URLSuffix}"
VIA_SQS = "StringEquals kms:ViaService=sqs.${AWS::Region}.${AWS::URLSuffix}"
VIA_SSM = "StringEquals kms:ViaService=ssm.${AWS::Region}.${AWS::URLSuffix}"

TICKETS = "ForAllValues:StringEquals dynamodb:LeadingKeys=ticket"
CONNECTIONS = "ForAllValues:StringEquals dynamodb:LeadingKeys=connection"
POSTING = (
    "execute-api:ManageConnections on "
    "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Live}/live/POST/@connections/*"
)


def reading(secret: str, *plain: str) -> set[str]:
    """What a function may do that reads these settings of vendors, of which the first is a secret."""
    context = f"StringLike kms:EncryptionContext:PARAMETER_ARN={PARAMETER}{secret}"
    return {
        f"ssm:GetParameters on {', '.join(PARAMETER + name for name in (secret, *plain))}",
        f"kms:Decrypt on ${{StorageKey.Arn}} if {VIA_SSM}; {context}",
    }


STREAMING = {
    "dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator on ${Mailbox.StreamArn}",
    "dynamodb:ListStreams on *",
}
PUBLISHING = {
    "sns:Publish on ${Failures.Topic}",
    f"kms:Decrypt, kms:GenerateDataKey on ${{StorageKey.Arn}} if {VIA_SNS}",
}

REPORTING = {
    "sqs:SendMessage on ${Failures.Intake.Arn}",
    f"kms:Decrypt, kms:GenerateDataKey on ${{StorageKey.Arn}} if {VIA_SQS}",
}

ROLES: dict[str, set[str]] = {
    "Webhook": {
        LOGS % "Webhook",
        TRACES,
        "dynamodb:ConditionCheckItem, dynamodb:PutItem on ${Mailbox.Arn}",
        *reading("webhook-secret"),
    },
    "Confirm": {
        LOGS % "Confirm",
        TRACES,
        "dynamodb:ConditionCheckItem, dynamodb:PutItem on ${Mailbox.Arn}",
        *reading("api-key", "base-url"),
        *STREAMING,
        *REPORTING,
    },
    "Sweep": {
        LOGS % "Sweep",
        TRACES,
        "dynamodb:Query on ${Mailbox.Arn}/index/waits",
        "dynamodb:ConditionCheckItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Mailbox.Arn}",
        *REPORTING,
    },
    "Resume": {
        LOGS % "Resume",
        TRACES,
        "dynamodb:Query, dynamodb:UpdateItem on ${Mailbox.Arn}",
        "kms:Decrypt on ${TokenKey.Arn}",
        "states:SendTaskSuccess on *",
        *STREAMING,
        *REPORTING,
    },
    "Collect": {
        LOGS % "Collect",
        TRACES,
        "sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on ${Failures.Intake.Arn}",
        f"kms:Decrypt on ${{StorageKey.Arn}} if {VIA_SQS}",
        "states:GetExecutionHistory on arn:aws:states:${AWS::Region}:${AWS::AccountId}:execution:*:*",
        *PUBLISHING,
    },
    "Operations": {
        LOGS % "Operations",
        TRACES,
        "states:DescribeStateMachine, states:DescribeStateMachineAlias, states:ListExecutions, "
        "states:ListStateMachineAliases, states:ListStateMachineVersions, states:StartExecution on ${EmailCampaign}",
        "states:DescribeExecution, states:DescribeStateMachineForExecution, states:GetExecutionHistory, "
        "states:ListMapRuns, states:StopExecution on "
        f"{STATES}:execution:email-campaign:*, {STATES}:execution:email-campaign/*:*",
        f"states:RedriveExecution on {STATES}:execution:email-campaign:*",
        f"states:DescribeExecution, states:DescribeStateMachineForExecution on {STATES}:express:email-campaign/*:*:*",
        f"states:DescribeMapRun, states:ListExecutions on {STATES}:mapRun:email-campaign/*:*",
        "dynamodb:Query on ${Mailbox.Arn}/index/waits",
        "dynamodb:ConditionCheckItem, dynamodb:PutItem, dynamodb:Query on ${Mailbox.Arn}",
        "dynamodb:PutItem, dynamodb:Query on ${Audit.Arn}",
        f"dynamodb:PutItem on ${{Live.Connections.Arn}} if {TICKETS}",
        "sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on "
        "${Failures.Queue.Arn}, ${Failures.DeadLetterQueue.Arn}",
        f"kms:Decrypt on ${{StorageKey.Arn}} if {VIA_SQS}",
        "events:PutEvents on ${Bus.Arn}",
    },
    "Live.Connect": {
        LOGS % "Live.Connect",
        TRACES,
        f"dynamodb:DeleteItem on ${{Live.Connections.Arn}} if {TICKETS}",
        f"dynamodb:PutItem on ${{Live.Connections.Arn}} if {CONNECTIONS}",
    },
    "Live.Messages": {
        LOGS % "Live.Messages",
        TRACES,
        f"dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:UpdateItem on ${{Live.Connections.Arn}} if {CONNECTIONS}",
        POSTING,
    },
    "Live.Push": {
        LOGS % "Live.Push",
        TRACES,
        f"dynamodb:DeleteItem, dynamodb:Query on ${{Live.Connections.Arn}} if {CONNECTIONS}",
        POSTING,
    },
    "Live.AccountLogs": {
        "logs:CreateLogGroup, logs:CreateLogStream, logs:DescribeLogGroups, logs:DescribeLogStreams, "
        "logs:FilterLogEvents, logs:GetLogEvents, logs:PutLogEvents on *"
    },
    "SendCampaign": {
        LOGS % "SendCampaign",
        TRACES,
        "dynamodb:UpdateItem on ${Campaigns.Arn}",
        "dynamodb:BatchGetItem on ${Users.Arn}",
        "dynamodb:UpdateItem on ${Mailbox.Arn}",
        *reading("api-key", "base-url", "options"),
    },
    "AwaitStatus": {
        LOGS % "AwaitStatus",
        TRACES,
        "dynamodb:GetItem, dynamodb:UpdateItem on ${Mailbox.Arn}",
        "kms:Encrypt on ${TokenKey.Arn}",
    },
    "AskStatus": {LOGS % "AskStatus", TRACES, *reading("api-key", "base-url")},
    "NotifyUsers": {
        LOGS % "NotifyUsers",
        TRACES,
        "dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Idempotency.Arn}",
        "dynamodb:UpdateItem on ${Users.Arn}",
        "events:PutEvents on ${Bus.Arn}",
    },
    "EmailCampaign": {
        "logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, "
        "logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies, logs:DescribeLogGroups on *",
        "xray:PutTraceSegments, xray:PutTelemetryRecords, xray:GetSamplingRules, xray:GetSamplingTargets on *",
        "lambda:InvokeFunction on ${SendCampaign.Arn}, ${AwaitStatus.Arn}, ${AskStatus.Arn}, ${NotifyUsers.Arn}",
        *PUBLISHING,
    },
    "CampaignRequested": {"states:StartExecution on ${EmailCampaign}"},
}

# Actions on * and why no resource can be named.
UNSCOPED = {
    "xray:PutTraceSegments": "X-Ray has no resources for traces",
    "xray:PutTelemetryRecords": "X-Ray has no resources for traces",
    "xray:GetSamplingRules": "X-Ray has no resources for traces",
    "xray:GetSamplingTargets": "X-Ray has no resources for traces",
    "states:SendTaskSuccess": "a task token of a service task belongs to no resource",
    "dynamodb:ListStreams": "lists, and has no resource",
    "logs:CreateLogDelivery": "log deliveries are not resources that a policy can name",
    "logs:GetLogDelivery": "log deliveries are not resources that a policy can name",
    "logs:UpdateLogDelivery": "log deliveries are not resources that a policy can name",
    "logs:DeleteLogDelivery": "log deliveries are not resources that a policy can name",
    "logs:ListLogDeliveries": "log deliveries are not resources that a policy can name",
    "logs:PutResourcePolicy": "acts on the policies of the account",
    "logs:DescribeResourcePolicies": "acts on the policies of the account",
    "logs:DescribeLogGroups": "lists, and needs all log groups",
    **dict.fromkeys(
        (
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:PutLogEvents",
        ),
        "API Gateway writes the logs of all APIs of the account with one role",
    ),
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def sentence(statement: dict[str, Any]) -> str:
    conditions = [
        f"{operator} {key}={', '.join(as_list(value))}"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    ]
    allowed = f"{', '.join(as_list(statement['Action']))} on {', '.join(as_list(statement['Resource']))}"
    return allowed + (f" if {'; '.join(conditions)}" if conditions else "")


def statements(assembly: Assembly) -> dict[str, list[dict[str, Any]]]:
    """The statements of each role, by the path of what the role belongs to."""
    return {
        role.path.removesuffix(".Role"): [
            assembly.resolve(role.stack, statement)
            for policy in role.properties.get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for role in assembly.resources("AWS::IAM::Role")
    }


@pytest.mark.parametrize("name", ROLES)
def test_a_role_may_do_exactly_this(assembly: Assembly, name: str) -> None:
    found = statements(assembly)[name]
    assert {sentence(statement) for statement in found} == ROLES[name]
    assert {statement["Effect"] for statement in found} == {"Allow"}


def test_there_is_no_other_role_and_no_policy_beside_those_of_the_roles(assembly: Assembly) -> None:
    assert set(statements(assembly)) == set(ROLES)
    assert not list(assembly.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User"))
    assert not [role.path for role in assembly.resources("AWS::IAM::Role") if role.properties.get("ManagedPolicyArns")]


def test_only_actions_without_resources_are_allowed_on_all_resources(assembly: Assembly) -> None:
    everywhere = {
        action
        for found in statements(assembly).values()
        for statement in found
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert everywhere == set(UNSCOPED)


def test_no_action_is_a_wildcard(assembly: Assembly) -> None:
    actions = {
        action
        for found in statements(assembly).values()
        for statement in found
        for action in as_list(statement["Action"])
    }
    assert not {action for action in actions if "*" in action}


def test_one_function_alone_may_end_a_wait_and_decrypt_task_tokens(assembly: Assembly) -> None:
    powers = {
        role: {action for statement in found for action in as_list(statement["Action"]) if action.startswith("states:")}
        for role, found in statements(assembly).items()
    }
    assert {role for role, found in powers.items() if "states:SendTaskSuccess" in found} == {"Resume"}
    assert {role for role, found in powers.items() if found} == {"Resume", "Collect", "CampaignRequested", "Operations"}
    decrypting = {
        role
        for role, found in statements(assembly).items()
        for statement in found
        if "kms:Decrypt" in as_list(statement["Action"]) and "${TokenKey.Arn}" in as_list(statement["Resource"])
    }
    assert decrypting == {"Resume"}


@pytest.mark.parametrize("service", ["states", "events"])
def test_services_that_act_for_a_workflow_do_so_for_this_account_only(assembly: Assembly, service: str) -> None:
    trusts = [
        statement
        for role in assembly.resources("AWS::IAM::Role")
        for statement in assembly.resolve(role.stack, role.properties["AssumeRolePolicyDocument"]["Statement"])
        if statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    ]
    assert [trust["Condition"] for trust in trusts] == [{"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}]


def test_the_function_that_the_internet_reaches_may_read_no_api_key(assembly: Assembly) -> None:
    reading_keys = {
        role
        for role, found in statements(assembly).items()
        for statement in found
        if any("/api-key" in resource for resource in as_list(statement["Resource"]))
    }
    assert reading_keys == {"Confirm", "SendCampaign", "AskStatus"}


def test_only_what_they_are_made_for_may_invoke_functions(assembly: Assembly) -> None:
    allowed = [
        assembly.resolve(permission.stack, permission.properties)
        for permission in assembly.resources("AWS::Lambda::Permission")
    ]
    assert {
        (entry["FunctionName"], entry["Principal"], entry["SourceArn"].rpartition(":")[2]) for entry in allowed
    } == {
        ("${Webhook.Arn}", "apigateway.amazonaws.com", "${Api}/*/*/webhooks/{vendor}"),
        ("${Sweep.Arn}", "events.amazonaws.com", "${SweepRegularly.Arn}"),
        ("${Operations.Arn}", "apigateway.amazonaws.com", "${OperationsApi}/*/*/{proxy+}"),
        ("${Live.Connect.Arn}", "apigateway.amazonaws.com", "${Live}/*$connect"),
        *(
            ("${Live.Messages.Arn}", "apigateway.amazonaws.com", f"${{Live}}/*{route}")
            for route in ("$disconnect", "$default", "follow", "unfollow", "ping")
        ),
        ("${Live.Push.Arn}", "events.amazonaws.com", "${Live.StatusChanges.Arn}"),
        ("${Live.Push.Arn}", "logs.amazonaws.com", "${EmailCampaign.Logs.Arn}"),
        ("${Live.Push.Arn}", "sns.amazonaws.com", "${Failures.Topic}"),
    }
