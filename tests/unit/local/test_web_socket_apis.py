"""WebSocket APIs of the embedded AWS: their functions run like all others, and reach the connections."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from local.embedded_aws import REGION, reachable
from tests.eventually import eventually
from tests.unit.local.test_embedded_aws import Cloud

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

SOURCE = """
    import json, os
    import boto3

    def handler(event, context):
        about = event["requestContext"]
        if about["eventType"] == "CONNECT":
            return {"statusCode": 200 if (event["queryStringParameters"] or {}).get("key") == "right" else 401}
        if about["eventType"] == "MESSAGE":
            number = json.loads(event["body"])["divide_by"]
            said = json.dumps({"runtime": os.environ["AWS_EXECUTION_ENV"], "quotient": 1 / number})
            boto3.client("apigatewaymanagementapi").post_to_connection(ConnectionId=about["connectionId"], Data=said)
        return {"statusCode": 200}
"""


@pytest.fixture
def cloud(embedded_aws: str) -> Cloud:
    return Cloud(embedded_aws)


def socket_api(cloud: Cloud, source: str) -> str:
    """The address of a new WebSocket API whose every route invokes a function with this source."""
    client: ApiGatewayV2Client = boto3.client("apigatewayv2", endpoint_url=cloud.url)
    api = client.create_api(Name="sockets", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    api_id = api["ApiId"]
    connections = f"https://{api_id}.execute-api.{REGION}.amazonaws.com/live"
    variables = {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": connections}
    function = cloud.function(source, Environment={"Variables": variables})
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = client.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri)
    for route in ("$connect", "$default", "$disconnect"):
        client.create_route(ApiId=api_id, RouteKey=route, Target=f"integrations/{integration['IntegrationId']}")
    client.create_stage(ApiId=api_id, StageName="live", AutoDeploy=True)
    return f"{cloud.url.replace('http', 'ws', 1)}/_aws/execute-api/{api_id}/live"


@pytest.mark.usefixtures("function_environment")
def test_the_functions_of_its_routes_run_like_all_others_and_reach_its_connections(cloud: Cloud) -> None:
    url = socket_api(cloud, SOURCE)
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}?key=wrong", proxy=None)
    assert refused.value.response.status_code == 403
    with connect(f"{url}?key=right", proxy=None) as connection:
        connection.send(json.dumps({"divide_by": 4}))
        assert json.loads(connection.recv(timeout=60)) == {"runtime": "AWS_Lambda_python3.12", "quotient": 0.25}
        connection.send(json.dumps({"divide_by": 0}))
        failed = json.loads(connection.recv(timeout=60))
    assert failed.keys() == {"message", "connectionId", "requestId"}
    assert failed["message"] == "Internal server error"


@pytest.mark.usefixtures("function_environment")
def test_what_is_posted_to_a_connection_that_is_gone_is_refused(cloud: Cloud) -> None:
    url = socket_api(cloud, "def handler(event, context):\n    return {'statusCode': 200}").replace("ws", "http", 1)
    client = boto3.client("apigatewaymanagementapi", endpoint_url=url)
    with pytest.raises(client.exceptions.GoneException):
        client.post_to_connection(ConnectionId="nobody", Data=b"{}")


def test_events_of_a_log_group_reach_the_function_of_its_subscription_filter(cloud: Cloud) -> None:
    queue, _ = cloud.queue()
    function = cloud.function(
        f"""
        import base64, boto3, gzip, json

        def handler(event, context):
            data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
            said = json.dumps([each["message"] for each in data["logEvents"]])
            boto3.client("sqs").send_message(QueueUrl={queue!r}, MessageBody=said)
        """
    )
    group = f"group-{function.rpartition(':')[2]}"
    cloud.logs.create_log_group(logGroupName=group)
    cloud.logs.put_subscription_filter(logGroupName=group, filterName="all", filterPattern="", destinationArn=function)
    logging = {
        "level": "ALL",
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:{REGION}:000000000000:log-group:{group}:*"}}
        ],
    }
    machine = cloud.step_functions.create_state_machine(
        name=group,
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::000000000000:role/any",
        loggingConfiguration=logging,  # type: ignore[arg-type]  # a dict of plain types
    )["stateMachineArn"]
    execution = cloud.step_functions.start_execution(stateMachineArn=machine)["executionArn"]
    seen: list[str] = []

    def ended() -> bool:
        seen.extend(json.loads(text)["type"] for text in cloud.message(queue))
        return "ExecutionSucceeded" in seen

    eventually(ended, f"the log of {execution} at the function")
    assert seen == ["ExecutionStarted", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"]


def test_only_the_endpoints_of_an_sdk_that_are_apis_lead_here() -> None:
    api = "https://abcd1234.execute-api.eu-central-1.amazonaws.com/live"
    others = {"LIVE_URL": api, "AWS_ENDPOINT_URL_S3": "https://s3.example.org/"}
    variables = {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": api, **others}
    found = reachable(variables, "http://127.0.0.1:4566")
    assert found == {
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://127.0.0.1:4566/_aws/execute-api/abcd1234/live",
        **others,
    }
