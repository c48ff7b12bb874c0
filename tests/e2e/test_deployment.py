"""Deploying small assemblies to the embedded cloud."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local import assembly
from local.deploy import Deployer
from local.deployment import Deployment
from local.embedded_aws import ACCOUNT, REGION
from local.errors import DeploymentError
from local.home import Home

NAME = "SmallStack"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Seconds"}}}
URL_OF_NO_FUNCTION = {
    "Type": "AWS::Lambda::Url",
    "Properties": {"TargetFunctionArn": "no-such-function", "AuthType": "AWS_IAM"},
}


def deploy(deployment: Deployment, folder: Path, resources: dict[str, Any], **parameters: str) -> dict[str, str]:
    """Deploy a stack with these resources; its outputs."""
    template = {
        "Parameters": {"Seconds": {"Type": "Number", "Default": "5"}},
        "Resources": resources,
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
    }
    text = json.dumps(template)
    key = hashlib.sha256(text.encode()).hexdigest() + ".json"
    destination = {"bucketName": "cdk-assets-${AWS::AccountId}", "objectKey": key}
    manifest = {"files": {"T": {"source": {"path": "T.json"}, "destinations": {"here": destination}}}}
    artifacts = {
        NAME: {
            "type": assembly.STACK,
            "properties": {"templateFile": "T.json"},
            "dependencies": ["Assets"],
        },
        "Assets": {"type": assembly.ASSETS, "properties": {"file": "T.assets.json"}},
    }
    (folder / "T.json").write_text(text)
    (folder / "T.assets.json").write_text(json.dumps(manifest))
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    stacks = assembly.read(folder, account=ACCOUNT, region=REGION)
    return Deployer(deployment.aws, lambda _: None).deploy(stacks, parameters)[NAME]


def visibility_seconds(deployment: Deployment, url: str) -> str:
    attributes = deployment.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    return attributes["Attributes"]["VisibilityTimeout"]


def test_a_second_deployment_updates_in_place(deployment: Deployment, tmp_path: Path) -> None:
    first = deploy(deployment, tmp_path, {"Queue": QUEUE}, Seconds="7")
    second = deploy(deployment, tmp_path, {"Queue": QUEUE}, Seconds="9", NotDeclared="1")
    assert first == second
    assert visibility_seconds(deployment, second["Url"]) == "9"


def test_a_deployment_without_changes_is_no_error(deployment: Deployment, tmp_path: Path) -> None:
    assert deploy(deployment, tmp_path, {"Queue": QUEUE}) == deploy(deployment, tmp_path, {"Queue": QUEUE})


def test_a_refused_template_says_why(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=f"{NAME} was refused: .*AWS::No::Such"):
        deploy(deployment, tmp_path, {"Queue": QUEUE, "Odd": {"Type": "AWS::No::Such"}})


def test_a_stack_that_fails_names_the_resource_and_the_reason(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"ended as UPDATE_ROLLBACK_COMPLETE.\n  Broken \(AWS::Lambda::Url\): "):
        deploy(deployment, tmp_path, {"Queue": QUEUE, "Broken": URL_OF_NO_FUNCTION})
    assert deploy(deployment, tmp_path, {"Queue": QUEUE})


def test_a_stack_whose_creation_failed_is_made_anew(deployment: Deployment, tmp_path: Path) -> None:
    deployment.aws.cloudformation.delete_stack(StackName=NAME)
    with pytest.raises(DeploymentError, match=r"ended as ROLLBACK_COMPLETE.\n  Broken \(AWS::Lambda::Url\): "):
        deploy(deployment, tmp_path, {"Queue": QUEUE, "Broken": URL_OF_NO_FUNCTION})
    assert deploy(deployment, tmp_path, {"Queue": QUEUE})


def test_everything_that_is_deployed_answers_on_the_loopback_interface(deployment: Deployment, home: Home) -> None:
    state = home.require_state()
    url = deployment.outputs.local_webhook_url(state.aws_url)
    assert url.startswith(f"http://127.0.0.1:{state.aws_port}/")
