"""A Step Functions Local API: `python -m asl serve`, started here, or whatever `--sfn-endpoint` names.

Both are given MockConfigFile.json of this folder, so the same tests run on the engine and on the Docker image
`amazon/aws-stepfunctions-local`.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tests.asl.engine.lambda_api import running_lambda_api
from workflows.email_campaign import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient

MOCKS: Final = Path(__file__).with_name("MockConfigFile.json")
NAME: Final = "email-campaign"
FUNCTIONS: Final = "arn:aws:lambda:us-east-1:123456789012:function:"
TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:failures"
ROLE: Final = "arn:aws:iam::123456789012:role/email-campaign"
REVIEWED: Final = Path(contract.__file__).with_name("definition.asl.json")
START_SECONDS: Final = 60.0
END_SECONDS: Final = 120.0


@pytest.fixture(scope="session")
def given_endpoint(pytestconfig: pytest.Config) -> str | None:
    """The endpoint that the command line or the environment names; None where the engine is to be started."""
    endpoint: str | None = pytestconfig.getoption("--sfn-endpoint") or os.environ.get("SFN_ENDPOINT") or None
    return endpoint


@pytest.fixture(scope="session")
def endpoint(given_endpoint: str | None) -> Iterator[str]:
    """The URL of the API."""
    if given_endpoint is not None:
        yield given_endpoint
        return
    with running_lambda_api() as functions:
        lambda_endpoint = f"http://127.0.0.1:{functions.server_port}"
        create_await_status(lambda_endpoint)
        process = subprocess.Popen(
            [sys.executable, "-m", "asl", "serve", "--port", "0"],
            env={
                **os.environ,
                "SFN_MOCK_CONFIG": str(MOCKS),
                "WAIT_TIME_SCALE": "0",
                "LAMBDA_ENDPOINT": lambda_endpoint,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        listening = re.search(r"http://\S+", process.stdout.readline())
        try:
            assert listening is not None, process.communicate()[1]
            yield listening[0]
        finally:
            process.terminate()
            process.communicate()


def create_await_status(endpoint: str) -> None:
    """Create the function of AwaitStatus: it takes the token, and nothing else."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("function.py", "def handler(event, context):\n    return {}\n")
    client(endpoint, "lambda").create_function(
        FunctionName="AwaitStatus",
        Runtime="python3.13",
        Role=ROLE,
        Handler="function.handler",
        Code={"ZipFile": archive.getvalue()},
    )


def client(endpoint: str, service: str) -> Any:
    """A client of a service at an endpoint."""
    session: Any = boto3.Session()
    return session.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )


@pytest.fixture(scope="session")
def sfn(endpoint: str) -> SFNClient:
    """A client of the API, which answers by now: the image takes some seconds to start."""
    states: SFNClient = client(endpoint, "stepfunctions")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            states.list_state_machines()
        except BotoCoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return states


@pytest.fixture(scope="session")
def is_image(given_endpoint: str | None, sfn: SFNClient) -> bool:
    """Whether the API is that of the Docker image, which does not know what AWS has added since 2023."""
    if given_endpoint is None:
        return False
    try:
        sfn.validate_state_machine_definition(definition=json.dumps(definition()))
    except (BotoCoreError, ClientError, ResponseParserError):
        return True
    return False


@pytest.fixture(autouse=True)
def _not_on_the_image(request: pytest.FixtureRequest, is_image: bool) -> None:
    marker = request.node.get_closest_marker("not_on_the_image")
    if marker is not None and is_image:
        pytest.skip(marker.args[0])


def definition() -> dict[str, Any]:
    """The reviewed definition, with names in place of what is deployed."""
    text = re.sub(r"\$\{(\w+)\.Arn\}", FUNCTIONS + r"\1", REVIEWED.read_text())
    content: dict[str, Any] = json.loads(text.replace("${Failures.Topic}", TOPIC))
    return content


@dataclass(frozen=True)
class Run:
    """An execution that has ended, as the API tells it."""

    status: str
    error: str | None
    events: list[Any]

    @property
    def path(self) -> list[str]:
        """The states in the order in which they were entered."""
        return [event["stateEnteredEventDetails"]["name"] for event in self.events if "Entered" in event["type"]]

    @property
    def attempts(self) -> int:
        """How many tasks were scheduled."""
        return sum(event["type"] == "TaskScheduled" for event in self.events)

    @property
    def reported(self) -> list[dict[str, Any]]:
        """The messages for the failure topic."""
        scheduled = [event["taskScheduledEventDetails"] for event in self.events if event["type"] == "TaskScheduled"]
        parameters = [json.loads(details["parameters"]) for details in scheduled]
        return [given["Message"] for given in parameters if given.get("TopicArn") == TOPIC]


class EmailCampaign:
    """The email campaign's state machine, behind the API."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self.client = client
        self.arn = arn

    def start(self, case: str) -> str:
        """Start an execution of a test case and return its ARN."""
        request = {"request": {"request_id": "spring-sale"}, "event_id": "event-1", "replays": ""}
        answer = self.client.start_execution(stateMachineArn=f"{self.arn}#{case}", input=json.dumps(request))
        return answer["executionArn"]

    def run(self, case: str) -> Run:
        """Run a test case to its end."""
        return self.ended(self.start(case))

    def ended(self, execution: str) -> Run:
        """Wait until an execution has ended and tell how."""
        deadline = time.monotonic() + END_SECONDS
        while (described := self.client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{execution} has not ended: {self.history(execution)[-3:]}"
            time.sleep(0.01)
        events = self.history(execution)
        failed = events[-1].get("executionFailedEventDetails", {})
        return Run(described["status"], failed.get("error"), events)

    def history(self, execution: str) -> list[Any]:
        """All events of an execution."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]


@pytest.fixture(scope="session")
def campaign(sfn: SFNClient, is_image: bool) -> EmailCampaign:
    """The state machine, created from the reviewed definition.

    The image may not know what retriers got in its last year: then it is created without. That changes delays, no path.
    """
    content = definition()
    try:
        return created(sfn, content)
    except sfn.exceptions.InvalidDefinition:
        if not is_image:
            raise
    for state in content["States"].values():
        for retrier in state.get("Retry", []):
            retrier.pop("MaxDelaySeconds", None)
            retrier.pop("JitterStrategy", None)
    return created(sfn, content)


def created(sfn: SFNClient, content: dict[str, Any]) -> EmailCampaign:
    """The state machine with a definition."""
    answer = sfn.create_state_machine(name=NAME, definition=json.dumps(content), roleArn=ROLE)
    return EmailCampaign(sfn, answer["stateMachineArn"])
