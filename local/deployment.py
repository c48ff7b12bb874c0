"""Bringing the running cloud to the state of the checkout: synthesis, stacks, secrets, users."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import urllib3
from pydantic import BaseModel, ConfigDict, Field, model_validator

from local import assembly, people, seed, users
from local.aws import AwsClients
from local.deploy import Deployer
from local.embedded_aws import ACCOUNT, REGION, SAVE_PATH, WARM_PATH
from local.errors import DeploymentError
from local.home import CloudState, Home
from local.outputs import Outputs
from local.synth import synthesize
from local.vendors.client import Vendor
from local.vendors.settings import VendorName


class Waits(BaseModel):
    """How long the campaign waits for a webhook before it asks the vendor: days on AWS, seconds on a laptop."""

    model_config = ConfigDict(frozen=True)

    heartbeat_seconds: int = Field(default=6, ge=1)
    timeout_seconds: int = Field(default=10, ge=2)

    @model_validator(mode="after")
    def _heartbeat_is_shorter(self) -> "Waits":
        if self.heartbeat_seconds >= self.timeout_seconds:
            raise ValueError("the heartbeat has to be shorter than the timeout")
        return self

    @property
    def parameters(self) -> dict[str, str]:
        """The CloudFormation parameters that carry them, and the one that does without what no emulator has."""
        return {
            "EventArchiveDays": "0",
            "SignInPages": "none",
            "StatusHeartbeatSeconds": str(self.heartbeat_seconds),
            "StatusTimeoutSeconds": str(self.timeout_seconds),
        }


@dataclass(frozen=True)
class Deployment:
    """A deployed cloud and the ways to talk to it."""

    aws: AwsClients
    vendors_url: str
    outputs: Outputs

    def vendor(self, name: str) -> Vendor:
        """A simulated vendor."""
        return Vendor(name, self.vendors_url)

    @classmethod
    def current(cls) -> "Deployment":
        """What is deployed on the cloud that runs.

        Raises:
            NotRunningError: none runs, or nothing is deployed.
        """
        return cls.attach(Home.current().require_state())

    @classmethod
    def attach(cls, state: CloudState) -> "Deployment":
        """What is deployed on a running cloud.

        Raises:
            NotRunningError: nothing is.
        """
        aws = AwsClients(state.aws_url)
        return cls(aws, state.vendors_url, Outputs.deployed(aws))


def deploy(home: Home, state: CloudState, waits: Waits, say: Callable[[str], None]) -> Deployment:
    """Synthesize if something changed, create or update the stacks, seed secrets and users.

    Raises:
        DeploymentError: synthesis or a stack failed.
    """
    say("synthesizing the cloud assembly")
    say("synthesized" if synthesize(home.assembly) else "the cloud assembly is up to date")
    aws = AwsClients(state.aws_url)
    stacks = assembly.read(home.assembly, account=ACCOUNT, region=REGION)
    outputs = Outputs.of(Deployer(aws, say, lambda: _warm(aws)).deploy(stacks, waits.parameters))
    say("seeding secrets and users")
    deployment = Deployment(aws, state.vendors_url, outputs)
    for name in VendorName:
        seed.set_up(aws, outputs, deployment.vendor(name))
    users.seed(aws, outputs)
    people.seed(aws, outputs.user_pool)
    _save(aws)
    return deployment


def _warm(aws: AwsClients) -> None:
    """Have functions initialized that are there by now, while the rest is deployed."""
    urllib3.request("POST", f"{aws.url}{WARM_PATH}", timeout=10.0, retries=False)


def _save(aws: AwsClients) -> None:
    """Have what is deployed saved now, if it is to be kept: a crash later costs no deployment."""
    answer = urllib3.request("POST", f"{aws.url}{SAVE_PATH}", timeout=60.0, retries=False)
    if answer.status != HTTPStatus.NO_CONTENT:
        raise DeploymentError(f"What is deployed could not be saved: the embedded AWS answers {answer.status}.")
