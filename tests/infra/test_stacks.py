"""How the stacks wire services together."""

import json
from typing import Any

import pytest

from callbacks.mailbox_table import WAITS_INDEX
from console.api import openapi
from console.api.people import OPERATORS, VIEWERS
from infra.assembly import Assembly
from infra.constructs.people import GROUPS

INTAKE = "${Failures.Intake.Arn}"


def one(assembly: Assembly, kind: str, path: str | None = None) -> dict[str, Any]:
    """The properties of the one resource of this type, and path where there are several."""
    (found,) = (resource for resource in assembly.resources(kind) if path in (None, resource.path))
    resolved: dict[str, Any] = assembly.resolve(found.stack, found.properties)
    return resolved


def test_the_outputs_are_what_operators_and_the_local_cloud_read(assembly: Assembly) -> None:
    named = {
        stack: {name for name in template["Outputs"] if not name.startswith("ExportsOutput")}
        for stack, template in assembly.templates.items()
    }
    assert named == {
        "BatonPlatform": {
            "EventBusName",
            "FailureQueueUrl",
            "FailureDeadLetterQueueUrl",
            "FailureIntakeQueueUrl",
            "FailureTopicArn",
            "MailboxTableName",
            "SecretsKeyArn",
        },
        "BatonCallbacks": {"WebhookApiId", "WebhookUrl"},
        "BatonOperations": {"AlarmTopicArn"},
        "BatonEmailCampaign": {"StateMachineArn", "UsersTableName", "CampaignsTableName"},
        "BatonConsole": {
            *("UserPoolId", "UserPoolClientId", "SignInUrl", "OperationsUrl", "LiveUrl"),
            *("ConsoleUrl", "FilesBucketName", "DistributionId"),
        },
    }


def test_an_event_becomes_the_input_of_an_execution(assembly: Assembly) -> None:
    rule = one(assembly, "AWS::Events::Rule", "CampaignRequested")
    (target,) = rule["Targets"]
    assert rule["EventBusName"] == "${Bus}"
    assert rule["EventPattern"] == {"source": ["baton.client"], "detail-type": ["CampaignRequested"]}
    assert target["Arn"] == "${EmailCampaign}"
    assert target["InputTransformer"] == {
        "InputPathsMap": {"detail": "$.detail", "id": "$.id"},
        "InputTemplate": '{"request":<detail>,"event_id":<id>,"replays":""}',
    }


def test_an_event_that_can_not_be_delivered_is_reported(assembly: Assembly) -> None:
    (target,) = one(assembly, "AWS::Events::Rule", "CampaignRequested")["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert target["DeadLetterConfig"] == {"Arn": INTAKE}


def test_an_event_that_nobody_knows_is_reported(assembly: Assembly) -> None:
    rule = one(assembly, "AWS::Events::Rule", "UnknownEvents")
    assert rule["EventBusName"] == "${Bus}"
    assert [target["Arn"] for target in rule["Targets"]] == [INTAKE]
    assert rule["EventPattern"] == {
        "$or": [
            {"source": [{"anything-but": ["baton.client", "baton.email-campaign"]}]},
            {"source": ["baton.client"], "detail-type": [{"anything-but": ["CampaignRequested"]}]},
            {"source": ["baton.email-campaign"], "detail-type": [{"anything-but": ["CampaignSent"]}]},
        ]
    }


def test_every_workflow_reports_executions_that_end_without_having_said_why(assembly: Assembly) -> None:
    watched = []
    for found in assembly.resources("AWS::Events::Rule"):
        rule = assembly.resolve(found.stack, found.properties)
        if rule.get("EventPattern", {}).get("source") != ["aws.states"] or found.path == "Live.StatusChanges":
            continue
        assert [target["Arn"] for target in rule["Targets"]] == [INTAKE]
        ended_otherwise, failed = rule["EventPattern"]["detail"]["$or"]
        assert ended_otherwise == {"status": ["TIMED_OUT", "ABORTED"]}
        assert failed == {"status": ["FAILED"], "error": [{"anything-but": ["CampaignFailed"]}, {"exists": False}]}
        watched += rule["EventPattern"]["detail"]["stateMachineArn"]
    assert watched == [f"${{{machine.path}}}" for machine in assembly.resources("AWS::StepFunctions::StateMachine")]


def test_the_bus_is_archived_unless_a_deployment_does_without(assembly: Assembly) -> None:
    (archive,) = assembly.resources("AWS::Events::Archive")
    assert assembly.resolve(archive.stack, archive.properties)["SourceArn"] == "${Bus.Arn}"
    assert archive.properties["RetentionDays"] == {"Ref": "EventArchiveDays"}
    template = assembly.templates[archive.stack]
    assert template["Parameters"]["EventArchiveDays"]["Default"] == 90
    condition = template["Conditions"][archive.body["Condition"]]
    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": "EventArchiveDays"}, "0"]}]}


def test_failures_go_from_the_topic_to_the_queue_and_then_to_its_dead_letter_queue(assembly: Assembly) -> None:
    subscription = one(assembly, "AWS::SNS::Subscription", "Failures.Subscription")
    assert subscription["TopicArn"] == "${Failures.Topic}"
    assert subscription["Endpoint"] == "${Failures.Queue.Arn}"
    assert subscription["RawMessageDelivery"] is True
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": "${Failures.DeadLetterQueue.Arn}"}
    for queue, receives in (("Failures.Queue", 1000), ("Failures.Intake", 10)):
        assert one(assembly, "AWS::SQS::Queue", queue)["RedrivePolicy"] == {
            "deadLetterTargetArn": "${Failures.DeadLetterQueue.Arn}",
            "maxReceiveCount": receives,
        }


def test_rules_of_this_account_may_write_to_the_intake_queue_and_nobody_else_may(assembly: Assembly) -> None:
    policy = one(assembly, "AWS::SQS::QueuePolicy", "Failures.Intake.Policy")
    (allowed,) = (entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Allow")
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert allowed["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/*"},
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
    }


def test_reports_are_collected_one_by_one(assembly: Assembly) -> None:
    mapping = one(assembly, "AWS::Lambda::EventSourceMapping", "Intake")
    assert (mapping["EventSourceArn"], mapping["FunctionName"]) == (INTAKE, "${Collect}")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_people_are_told_of_failures_that_lie_and_of_reports_that_are_not_published(assembly: Assembly) -> None:
    watched = {}
    for found in assembly.resources("AWS::CloudWatch::Alarm"):
        alarm = assembly.resolve(found.stack, found.properties)
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["${Alarms.Topic}"]
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        (dimension,) = alarm["Dimensions"]
        watched[dimension["Value"], alarm["MetricName"]] = alarm["Threshold"]
    depth, age = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
    assert watched == {
        ("${Failures.Queue.QueueName}", depth): 0,
        ("${Failures.Queue.QueueName}", age): 86400,
        ("${Failures.DeadLetterQueue.QueueName}", depth): 0,
        ("${Failures.Intake.QueueName}", age): 900,
    }


def test_the_failure_topic_may_write_to_its_queues_and_nothing_else_of_sns_may(assembly: Assembly) -> None:
    for path in ("Failures.Queue", "Failures.DeadLetterQueue"):
        policy = one(assembly, "AWS::SQS::QueuePolicy", f"{path}.Policy")
        (allowed,) = (
            entry
            for entry in policy["PolicyDocument"]["Statement"]
            if entry["Effect"] == "Allow" and entry["Principal"] == {"Service": "sns.amazonaws.com"}
        )
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": "${Failures.Topic}"}}


@pytest.mark.parametrize(("path", "function"), [("MailboxStream", "Resume"), ("HintStream", "Confirm")])
def test_the_mailbox_stream_is_retried_record_by_record_and_what_fails_for_good_is_reported(
    assembly: Assembly, path: str, function: str
) -> None:
    stream = one(assembly, "AWS::Lambda::EventSourceMapping", path)
    assert stream["EventSourceArn"] == "${Mailbox.StreamArn}"
    assert stream["FunctionName"] == f"${{{function}}}"
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (100, 6 * 3600)
    assert stream["DestinationConfig"] == {"OnFailure": {"Destination": INTAKE}}
    assert one(assembly, "AWS::DynamoDB::Table", "Mailbox")["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_only_a_new_delivery_or_a_token_that_waits_or_was_swept_wakes_the_resume_function(assembly: Assembly) -> None:
    filters = one(assembly, "AWS::Lambda::EventSourceMapping", "MailboxStream")["FilterCriteria"]["Filters"]
    assert [json.loads(entry["Pattern"]) for entry in filters] == [
        {"eventName": ["INSERT"], "dynamodb": {"Keys": {"item": {"S": [{"prefix": "delivery#"}]}}}},
        {
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {"Keys": {"item": {"S": ["mailbox"]}}, "NewImage": {"state": {"S": ["waiting"]}}},
        },
        {
            "eventName": ["MODIFY"],
            "dynamodb": {"Keys": {"item": {"S": ["mailbox"]}}, "NewImage": {"swept_at": {"S": [{"prefix": "2"}]}}},
        },
    ]


def test_what_waits_is_swept_regularly_and_a_sweep_that_fails_is_reported(assembly: Assembly) -> None:
    rule = one(assembly, "AWS::Events::Rule", "SweepRegularly")
    assert rule["ScheduleExpression"] == "rate(15 minutes)"
    assert [(target["Arn"], target["DeadLetterConfig"]) for target in rule["Targets"]] == [
        ("${Sweep.Arn}", {"Arn": INTAKE})
    ]
    config = one(assembly, "AWS::Lambda::EventInvokeConfig", "Sweep.OnFailure")
    assert config["FunctionName"] == "${Sweep}"
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": INTAKE}}


def test_the_index_of_waits_holds_no_token(assembly: Assembly) -> None:
    (index,) = one(assembly, "AWS::DynamoDB::Table", "Mailbox")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == WAITS_INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["waits", "waiting_since"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["execution_id", "state"]}


def test_only_a_new_hint_wakes_the_confirm_function(assembly: Assembly) -> None:
    filters = one(assembly, "AWS::Lambda::EventSourceMapping", "HintStream")["FilterCriteria"]["Filters"]
    assert [json.loads(entry["Pattern"]) for entry in filters] == [
        {"eventName": ["INSERT"], "dynamodb": {"Keys": {"item": {"S": [{"prefix": "unconfirmed#"}]}}}}
    ]


def routes_of(assembly: Assembly, stack: str) -> list[dict[str, Any]]:
    found = [route for route in assembly.resources("AWS::ApiGatewayV2::Route") if route.stack == stack]
    return [assembly.resolve(route.stack, route.properties) for route in found]


def test_the_webhook_endpoint_has_one_path(assembly: Assembly) -> None:
    routes = {route["RouteKey"] for route in routes_of(assembly, "BatonCallbacks")}
    assert routes == {f"{method} /webhooks/{{vendor}}" for method in ("GET", "HEAD", "POST")}


def test_no_path_of_the_operations_api_answers_who_has_not_signed_in(assembly: Assembly) -> None:
    routes = [route for route in routes_of(assembly, "BatonConsole") if route["ApiId"] == "${OperationsApi}"]
    assert {route["RouteKey"] for route in routes} == {"GET /{proxy+}", "POST /{proxy+}"}
    assert {(route["AuthorizationType"], route["AuthorizerId"]) for route in routes} == {
        ("JWT", "${OperationsApi.People}")
    }
    authorizer = one(assembly, "AWS::ApiGatewayV2::Authorizer")
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"] == {
        "Audience": ["${People.Client}"],
        "Issuer": "https://cognito-idp.${AWS::Region}.amazonaws.com/${People}",
    }


def test_pages_of_other_origins_can_not_call_the_operations_api(assembly: Assembly) -> None:
    assert "CorsConfiguration" not in one(assembly, "AWS::ApiGatewayV2::Api", "OperationsApi")


def test_the_operations_api_answers_under_the_path_that_its_document_names(assembly: Assembly) -> None:
    [server] = json.loads(openapi.document())["servers"]
    assert server["url"] == f"/{one(assembly, 'AWS::ApiGatewayV2::Stage', 'OperationsApi.Stage')['StageName']}"
    url = assembly.templates["BatonConsole"]["Outputs"]["OperationsUrl"]["Value"]
    assert assembly.resolve("BatonConsole", url).endswith(server["url"])


def test_people_are_invited_into_groups_that_the_api_knows(assembly: Assembly) -> None:
    pool = one(assembly, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["DeletionProtection"] == "ACTIVE"
    groups = {group.properties["GroupName"] for group in assembly.resources("AWS::Cognito::UserPoolGroup")}
    assert groups == {VIEWERS, OPERATORS} == set(GROUPS)
    client = one(assembly, "AWS::Cognito::UserPoolClient")
    assert not client.get("GenerateSecret")
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["ExplicitAuthFlows"]


@pytest.mark.parametrize("api", ["Api", "OperationsApi"])
def test_each_endpoint_is_throttled(assembly: Assembly, api: str) -> None:
    stage = one(assembly, "AWS::ApiGatewayV2::Stage", f"{api}.Stage")
    assert stage["AutoDeploy"] is True
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}


@pytest.mark.parametrize("api", ["Api", "OperationsApi"])
def test_access_logs_hold_nothing_that_a_stranger_writes(assembly: Assembly, api: str) -> None:
    settings = one(assembly, "AWS::ApiGatewayV2::Stage", f"{api}.Stage")["AccessLogSettings"]
    assert settings["DestinationArn"] == f"${{{api}.AccessLogs.Arn}}"
    variables = set(json.loads(settings["Format"]).values())
    assert variables == {
        "$context.requestId",
        "$context.requestTime",
        "$context.identity.sourceIp",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integration.integrationStatus",
        "$context.integrationErrorMessage",
    }


def test_the_state_machine_logs_every_event_without_execution_data_and_is_traced(assembly: Assembly) -> None:
    machine = one(assembly, "AWS::StepFunctions::StateMachine")
    assert machine["StateMachineName"] == "email-campaign"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert logging["Destinations"] == [{"CloudWatchLogsLogGroup": {"LogGroupArn": "${EmailCampaign.Logs.Arn}"}}]


def test_every_function_is_traced_and_writes_to_its_own_log_group(assembly: Assembly) -> None:
    functions = list(assembly.resources("AWS::Lambda::Function"))
    groups = set()
    for function in functions:
        properties = assembly.resolve(function.stack, function.properties)
        assert properties["TracingConfig"] == {"Mode": "Active"}, function.path
        groups.add(properties["LoggingConfig"]["LogGroup"])
    assert groups == {f"${{{function.path}.Logs}}" for function in functions}


def test_functions_get_the_settings_that_their_handlers_read(assembly: Assembly) -> None:
    powertools = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"}
    settings = {
        function.path: set(function.properties["Environment"]["Variables"]) - powertools
        for function in assembly.resources("AWS::Lambda::Function")
        if powertools <= set(function.properties["Environment"]["Variables"])
    }
    assert settings == {
        "Webhook": {"MAILBOX_TABLE", "SAAS_PARAMETERS"},
        "Confirm": {"MAILBOX_TABLE", "SAAS_PARAMETERS"},
        "Resume": {"MAILBOX_TABLE", "TOKEN_KEY_ARN"},
        "SendCampaign": {"CAMPAIGNS_TABLE", "USERS_TABLE", "MAILBOX_TABLE", "SAAS_PARAMETERS"},
        "AwaitStatus": {"MAILBOX_TABLE", "TOKEN_KEY_ARN"},
        "AskStatus": {"SAAS_PARAMETERS"},
        "Sweep": {"MAILBOX_TABLE", "SWEEP_AFTER_SECONDS"},
        "Collect": {"FAILURE_TOPIC_ARN"},
        "NotifyUsers": {"IDEMPOTENCY_TABLE", "USERS_TABLE", "EVENT_BUS_NAME"},
        "Operations": {
            "STATE_MACHINES",
            "MAILBOX_TABLE",
            "AUDIT_TABLE",
            "CONNECTIONS_TABLE",
            "FAILURE_QUEUE_URL",
            "FAILURE_DEAD_LETTER_QUEUE_URL",
            "EVENT_BUS_NAME",
        },
        "Live.Connect": {"CONNECTIONS_TABLE"},
        "Live.Messages": {"CONNECTIONS_TABLE", "STATE_MACHINES", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"},
        "Live.Push": {"CONNECTIONS_TABLE", "STATE_MACHINES", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"},
    }


def test_no_secret_is_in_a_template(assembly: Assembly) -> None:
    text = json.dumps(assembly.templates)
    assert "whsec_" not in text
    assert "resolve:ssm" not in text
    assert "resolve:secretsmanager" not in text


def test_how_long_a_wait_may_last_is_a_parameter_of_the_stack(assembly: Assembly) -> None:
    parameters = assembly.templates["BatonEmailCampaign"]["Parameters"]
    assert (parameters["StatusHeartbeatSeconds"]["Type"], parameters["StatusHeartbeatSeconds"]["Default"]) == (
        "Number",
        21600,
    )
    assert (parameters["StatusTimeoutSeconds"]["Type"], parameters["StatusTimeoutSeconds"]["Default"]) == (
        "Number",
        86400,
    )
