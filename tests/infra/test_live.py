"""The live push: what reaches the pusher, and what must not."""

import json
import re

from infra.assembly import Assembly

PUSH = "${Live.Push.Arn}"


def subscribed(assembly: Assembly) -> set[str]:
    """The log groups whose events the pusher gets."""
    filters = [
        assembly.resolve(each.stack, each.properties) for each in assembly.resources("AWS::Logs::SubscriptionFilter")
    ]
    assert {each["DestinationArn"] for each in filters} == {PUSH}
    assert {each["FilterPattern"] for each in filters} == {""}
    return {each["LogGroupName"] for each in filters}


def test_the_pusher_gets_the_logs_of_all_workflows_and_of_nothing_else(assembly: Assembly) -> None:
    logged_to = {
        destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
        for machine in assembly.resources("AWS::StepFunctions::StateMachine")
        for destination in assembly.resolve(machine.stack, machine.properties)["LoggingConfiguration"]["Destinations"]
    }
    assert {f"{group[:-1]}.Arn}}" for group in subscribed(assembly)} == logged_to


def test_no_function_logs_to_what_the_pusher_gets(assembly: Assembly) -> None:
    logging = {
        assembly.resolve(function.stack, function.properties)["LoggingConfig"]["LogGroup"]
        for function in assembly.resources("AWS::Lambda::Function")
    }
    assert "${Live.Push.Logs}" in logging
    assert not logging & subscribed(assembly)


def test_what_the_pusher_fails_to_do_is_not_done_again_and_reported_nowhere(assembly: Assembly) -> None:
    [once] = [
        properties
        for each in assembly.resources("AWS::Lambda::EventInvokeConfig")
        if (properties := assembly.resolve(each.stack, each.properties))["FunctionName"] == "${Live.Push}"
    ]
    assert once["MaximumRetryAttempts"] == 0
    assert "DestinationConfig" not in once, "a report would publish a failure, and invoke it again"


def test_status_changes_of_all_workflows_reach_the_pusher(assembly: Assembly) -> None:
    [rule] = (each for each in assembly.resources("AWS::Events::Rule") if each.path == "Live.StatusChanges")
    properties = assembly.resolve(rule.stack, rule.properties)
    machines = {f"${{{each.path}}}" for each in assembly.resources("AWS::StepFunctions::StateMachine")}
    assert set(properties["EventPattern"]["detail"]["stateMachineArn"]) == machines
    assert [target["Arn"] for target in properties["Targets"]] == [PUSH]


def test_the_stage_is_throttled_and_logs_no_part_of_the_address(assembly: Assembly) -> None:
    [stage] = (each for each in assembly.resources("AWS::ApiGatewayV2::Stage") if each.path == "Live.Stage")
    assert stage.properties["StageName"] == "live"
    assert stage.properties["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}
    line = json.loads(stage.properties["AccessLogSettings"]["Format"])
    assert set(re.findall(r"\$context\.[\w.]+", " ".join(line.values()))) == set(line.values())
    assert not [name for name in line.values() if re.search("query|path|header|authorizer", name, re.IGNORECASE)]


def test_browsers_connect_to_the_stage_and_functions_post_to_it(assembly: Assembly) -> None:
    host = "${Live}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"
    [(stack, output)] = [
        (stack, template["Outputs"]["LiveUrl"]["Value"])
        for stack, template in assembly.templates.items()
        if "LiveUrl" in template.get("Outputs", {})
    ]
    assert assembly.resolve(stack, output) == f"wss://{host}"
    endpoints = {
        function.path: assembly.resolve(function.stack, function.properties)["Environment"]["Variables"].get(
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
        )
        for function in assembly.resources("AWS::Lambda::Function")
    }
    posting = {path: endpoint for path, endpoint in endpoints.items() if path in ("Live.Messages", "Live.Push")}
    assert posting == dict.fromkeys(posting, f"https://{host}")
    assert len(posting) == 2
