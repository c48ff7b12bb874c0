"""HTTP APIs of the embedded AWS: what functions behind them are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3

from local.embedded_aws import ACCOUNT_CREDENTIALS, REGION
from tests.unit.local.test_embedded_aws import Cloud, unique

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

PATH = "def handler(event, context): return [event['rawPath'], event['requestContext']['http']['path']]"


@pytest.mark.parametrize(
    ("stage", "asked", "told"),
    [
        pytest.param("$default", "/webhooks/pigeon", "/webhooks/pigeon", id="the default stage"),
        pytest.param("api", "/api/executions", "/api/executions", id="a stage with a name"),
    ],
)
def test_a_function_is_told_the_path_that_was_asked_for(embedded_aws: str, stage: str, asked: str, told: str) -> None:
    credentials: dict[str, Any] = {name.lower(): value for name, value in ACCOUNT_CREDENTIALS.items()}
    client: ApiGatewayV2Client = boto3.client(
        "apigatewayv2", endpoint_url=embedded_aws, region_name=REGION, **credentials
    )
    function = Cloud(embedded_aws).function(PATH)
    api = client.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    client.create_route(ApiId=api, RouteKey="GET /{proxy+}", Target=f"integrations/{integration}")
    client.create_stage(ApiId=api, StageName=stage, AutoDeploy=True)
    answer = urllib3.request("GET", f"{embedded_aws}/_aws/execute-api/{api}{asked}", retries=False, timeout=60.0)
    assert answer.json() == [told, told]
