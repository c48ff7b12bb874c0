"""A console of the test session's own, with the least that has to be deployed for it."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.console import STACK, ConsoleFolders
from tests.console_client import Browser
from tests.unit.cloud import embedded
from tests.unit.local.test_embedded_aws import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX = "<!doctype html><title>Baton</title>"
SCRIPT = "export {};"
REPORT = '{"findings": []}'
FUNCTION = """
def handler(event, context):
    context = event["requestContext"]
    if context.get("eventType") == "CONNECT":
        return {"statusCode": 200 if event.get("queryStringParameters", {}).get("ticket") == "good" else 403}
    if context.get("eventType") == "MESSAGE":
        return {"statusCode": 200, "body": "heard " + event["body"]}
    said = {"path": event["rawPath"], "query": event["rawQueryString"], "body": event.get("body"),
            "claims": context["authorizer"]["jwt"]["claims"]}
    return {"statusCode": 200, "body": __import__("json").dumps(said), "headers": {"Access-Control-Allow-Origin": "*"}}
"""


@contextmanager
def empty_console(folder: Path) -> Iterator[tuple[Browser, Cloud]]:
    """A console with pages and a report, and a cloud with nothing deployed."""
    folders = ConsoleFolders(folder / "dist", folder / "reports")
    (folders.pages / "assets").mkdir(parents=True)
    folders.reports.mkdir()
    (folders.pages / "index.html").write_text(INDEX)
    (folders.pages / ".hidden").write_text("not for anybody")
    (folders.pages / "assets" / "main-abc123.js").write_text(SCRIPT)
    (folders.reports / "greeting.lint.json").write_text(REPORT)
    (folder / "outside.txt").write_text("not for anybody")
    with socket.create_server(("127.0.0.1", 0)) as listener, embedded(folder, (listener, folders)) as url:
        yield Browser(listener.getsockname()[1]), Cloud(url)


def deploy(cloud: Cloud) -> str:
    """The stack of the console: a user pool, whose id is returned, and two APIs that say what they were asked."""
    template = {"Resources": _resources(cloud.function(FUNCTION)), "Outputs": _OUTPUTS}
    return cloud.deploy(STACK, template)["UserPoolId"]


def _resources(function: str) -> dict[str, Any]:
    pool, api, live = {"Ref": "Pool"}, {"Ref": "Api"}, {"Ref": "Live"}
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"

    def integration(of: Any) -> dict[str, Any]:
        proxy = {"IntegrationType": "AWS_PROXY", "IntegrationUri": uri, "IntegrationMethod": "POST"}
        return resource("AWS::ApiGatewayV2::Integration", ApiId=of, PayloadFormatVersion="2.0", **proxy)

    def live_route(key: str) -> dict[str, Any]:
        target = {"Fn::Sub": "integrations/${LiveIntegration}"}
        return resource("AWS::ApiGatewayV2::Route", ApiId=live, RouteKey=key, Target=target)

    people = {}
    for user, group in (("operator", "operators"), ("viewer", "viewers")):
        people[f"{user.capitalize()}Group"] = resource("AWS::Cognito::UserPoolGroup", UserPoolId=pool, GroupName=group)
    return {
        "Pool": resource("AWS::Cognito::UserPool"),
        "Client": resource(
            "AWS::Cognito::UserPoolClient",
            UserPoolId=pool,
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        ),
        **people,
        "Api": resource("AWS::ApiGatewayV2::Api", Name="operations", ProtocolType="HTTP"),
        "Stage": resource("AWS::ApiGatewayV2::Stage", ApiId=api, StageName="api", AutoDeploy=True),
        "Integration": integration(api),
        "Authorizer": resource(
            "AWS::ApiGatewayV2::Authorizer",
            ApiId=api,
            Name="people",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={
                "Audience": [{"Ref": "Client"}],
                "Issuer": {"Fn::Sub": "https://cognito-idp.us-east-1.amazonaws.com/${Pool}"},
            },
        ),
        "Route": resource(
            "AWS::ApiGatewayV2::Route",
            ApiId=api,
            RouteKey="ANY /{proxy+}",
            AuthorizationType="JWT",
            AuthorizerId={"Ref": "Authorizer"},
            Target={"Fn::Sub": "integrations/${Integration}"},
        ),
        "Live": resource(
            "AWS::ApiGatewayV2::Api",
            Name="live",
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action",
        ),
        "LiveStage": resource("AWS::ApiGatewayV2::Stage", ApiId=live, StageName="live", AutoDeploy=True),
        "LiveIntegration": integration(live),
        "LiveConnect": live_route("$connect"),
        "LiveDefault": live_route("$default"),
    }


_OUTPUTS = {
    "UserPoolId": {"Value": {"Ref": "Pool"}},
    "UserPoolClientId": {"Value": {"Ref": "Client"}},
    "OperationsUrl": {"Value": {"Fn::Sub": "https://${Api}.execute-api.us-east-1.amazonaws.com/api"}},
    "LiveUrl": {"Value": {"Fn::Sub": "wss://${Live}.execute-api.us-east-1.amazonaws.com/live"}},
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}
