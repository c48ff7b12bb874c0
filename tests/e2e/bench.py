"""What the end-to-end tests do with a deployed platform and with the command line."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from console.operations.failures import Failure
from console.operations.waits import Arrival
from local import demo, executions, failures, outputs, requests
from local.deployment import Deployment
from local.home import HOME_VARIABLE, PROJECT, Home
from local.vendors.settings import Behaviour
from tests.eventually import eventually
from workflows.email_campaign.contract import CampaignRequested
from workflows.failure_message import FailureMessage

WEBHOOK_SECRET = "/baton/saas/pigeon/webhook-secret"


@dataclass(frozen=True)
class Campaigns:
    """What tests do with the deployed platform: request campaigns and look at what becomes of them."""

    deployment: Deployment

    def request(self, behaviour: Behaviour, **changes: Any) -> tuple[CampaignRequested, str]:
        """Request a campaign from a vendor that behaves like this; the request and the ARN of its execution."""
        wanted = self.fresh_request(**changes)
        self.deployment.vendor(wanted.vendor).set_behaviour(behaviour)
        return wanted, self.send(wanted)

    def fresh_request(self, **changes: Any) -> CampaignRequested:
        """The example request with an id that was not used before."""
        return demo.fresh_request().model_copy(update=changes)

    def send(self, wanted: CampaignRequested) -> str:
        """Put an event on the bus; the ARN of the execution that it starts."""
        return self.started_by(requests.send(self.deployment.aws, self.deployment.outputs, wanted))

    def started_by(self, event_id: str) -> str:
        """The ARN of the execution that an event starts."""
        return executions.started_by(self.deployment.aws, self.deployment.outputs, event_id)

    def status(self, arn: str) -> str:
        """The status of an execution now."""
        return self.deployment.aws.stepfunctions.describe_execution(executionArn=arn)["status"]

    def end(self, arn: str) -> str:
        """The status with which an execution ends."""
        eventually(lambda: self.status(arn) != "RUNNING", f"the end of {arn}")
        return self.status(arn)

    def states(self, arn: str) -> list[str]:
        """The names of the states that an execution entered so far, in order."""
        events = executions.history(self.deployment.aws, arn)
        return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]

    def errors(self, arn: str) -> set[str]:
        """The names of the errors in an execution's history."""
        details = (value for event in executions.history(self.deployment.aws, arn) for value in event.values())
        return {value["error"] for value in details if isinstance(value, dict) and "error" in value}

    @contextmanager
    def broken_function(self, state: str, variable: str) -> Iterator[None]:
        """Take a setting away from the function behind a state, and give it back at the end of the block."""
        name = self._function_of(state)
        settings = self._settings(name)
        self._configure(name, {key: value for key, value in settings.items() if key != variable})
        try:
            yield
        finally:
            self._configure(name, settings)

    @contextmanager
    def webhook_secret(self, value: str | None) -> Iterator[None]:
        """Set or remove (None) the vendor's webhook secret, and put it back at the end of the block."""
        ssm, key = self.deployment.aws.ssm, self.deployment.outputs.secrets_key_arn
        before = ssm.get_parameter(Name=WEBHOOK_SECRET, WithDecryption=True)["Parameter"]["Value"]

        def put(secret: str | None) -> None:
            ssm.delete_parameters(Names=[WEBHOOK_SECRET])
            if secret is not None:
                ssm.put_parameter(Name=WEBHOOK_SECRET, Value=secret, Type="SecureString", KeyId=key)
            # What the function knows of secrets lasts until its next cold start.
            name = self.function(outputs.CALLBACKS, "Webhook")
            self._configure(name, {**self._settings(name), "SECRETS_CHANGED": uuid.uuid4().hex})

        put(value)
        try:
            yield
        finally:
            put(before)

    @contextmanager
    def settings_of(self, stack: str, function: str, **changes: str) -> Iterator[str]:
        """Change settings of a function of a stack for the block, which gets its name."""
        name = self.function(stack, function)
        settings = self._settings(name)
        self._configure(name, {**settings, **changes})
        try:
            yield name
        finally:
            self._configure(name, settings)

    @contextmanager
    def changed_definition(self, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """Change the definition of the state machine for executions that start within the block."""
        states, machine = self.deployment.aws.stepfunctions, self.deployment.outputs.state_machine_arn
        before = states.describe_state_machine(stateMachineArn=machine)["definition"]
        definition = json.loads(before)
        change(definition)
        states.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
        try:
            yield
        finally:
            states.update_state_machine(stateMachineArn=machine, definition=before)

    def function(self, stack: str, logical_id: str) -> str:
        """The name of a function of a stack, by how its logical id begins."""
        resources = self.deployment.aws.cloudformation.describe_stack_resources(StackName=stack)
        [name] = [
            resource["PhysicalResourceId"]
            for resource in resources["StackResources"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
            and resource["LogicalResourceId"].startswith(logical_id)
        ]
        return name

    def _settings(self, function: str) -> dict[str, str]:
        configuration = self.deployment.aws.lambda_.get_function_configuration(FunctionName=function)
        return configuration["Environment"]["Variables"]

    def _configure(self, function: str, settings: dict[str, str]) -> None:
        """Change a function's environment, after which its next invocation is a cold start."""
        self.deployment.aws.lambda_.update_function_configuration(
            FunctionName=function, Environment={"Variables": settings}
        )

    def _function_of(self, state: str) -> str:
        machine = self.deployment.aws.stepfunctions.describe_state_machine(
            stateMachineArn=self.deployment.outputs.state_machine_arn
        )
        name: str = json.loads(machine["definition"])["States"][state]["Parameters"]["FunctionName"]
        return name

    def failure(self, arn: str) -> FailureMessage:
        """The message that the failure queue gets about an execution."""
        return eventually(lambda: failures.about(self.deployment, arn), f"a message about {arn} in the failure queue")

    def failures(self) -> list[Failure]:
        """What is in the failure queue."""
        return failures.queue(self.deployment).failures()

    def at_vendor(self, subject: str, vendor: str = "pigeon") -> list[dict[str, Any]]:
        """The vendor's campaigns with this subject."""
        return [campaign for campaign in self.deployment.vendor(vendor).campaigns() if campaign["subject"] == subject]

    def deliveries(self, campaign_id: str, vendor: str = "pigeon") -> list[Arrival]:
        """The webhooks on record for a campaign."""
        return executions.deliveries(self.deployment.aws, self.deployment.outputs, vendor, campaign_id)


@dataclass(frozen=True)
class Baton:
    """The command line, working on a home of its own."""

    home: Home

    def __call__(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(arguments), **self._options(), input=stdin, capture_output=True, check=False, timeout=300
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command without waiting for it."""
        return subprocess.Popen(
            self.command(arguments), **self._options(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def use_assembly_of(self, other: Home) -> None:
        """Take over a cloud assembly, where one was synthesized already."""
        if other.assembly.exists():
            shutil.copytree(other.assembly, self.home.assembly)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The words that run the command."""
        return [sys.executable, "-m", "local", *arguments]

    def _options(self) -> dict[str, Any]:
        environment = {**os.environ, HOME_VARIABLE: str(self.home.path), "COLUMNS": "200"}
        return {"cwd": PROJECT, "env": environment, "text": True}
