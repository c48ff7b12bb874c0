"""Deploying a cloud assembly to the embedded AWS with CloudFormation, as `cdk deploy` would."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from local.assembly import Asset, Stack
from local.aws import AwsClients
from local.errors import DeploymentError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef

BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION: Final = "30"
STACK_TIMEOUT_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.2
CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

_FAILED_CREATION = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
_SUCCESS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


@dataclass(frozen=True)
class Deployer:
    """Deploys stacks one after the other. `say` is told what is being done, in a few words.

    `deployed` is called after each.
    """

    aws: AwsClients
    say: Callable[[str], None]
    deployed: Callable[[], None] = lambda: None
    _uploaded: set[tuple[str, str]] = field(default_factory=set)

    def deploy(self, stacks: list[Stack], parameters: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Create or update the stacks in the order given and return the outputs of each, by stack name.

        A stack gets those of `parameters` that its template declares.

        Raises:
            DeploymentError: an upload or a stack failed; the message has CloudFormation's own reasons.
        """
        self.aws.ssm.put_parameter(Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True)
        outputs = {}
        for stack in stacks:
            for asset in stack.assets:
                self._upload(asset)
            outputs[stack.name] = self._apply(stack, parameters)
            self.deployed()
        return outputs

    def _upload(self, asset: Asset) -> None:
        """Put an asset into its bucket unless it is there: the key has the digest of the content in it."""
        if (asset.bucket, asset.key) in self._uploaded or self._exists(asset):
            return
        self.say(f"uploading {asset.source.name}")
        self.aws.s3.create_bucket(Bucket=asset.bucket)
        body = zipped(asset.source) if asset.archive else asset.source.read_bytes()
        self.aws.s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)
        self._uploaded.add((asset.bucket, asset.key))

    def _exists(self, asset: Asset) -> bool:
        try:
            self.aws.s3.head_object(Bucket=asset.bucket, Key=asset.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket", "NoSuchKey"):
                return False
            raise
        return True

    def _apply(self, stack: Stack, parameters: Mapping[str, str]) -> dict[str, str]:
        self._remove_failed(stack.name)
        before = self._describe(stack.name)
        seen = self._event_ids(stack.name) if before is not None else set()
        self.say(f"{'creating' if before is None else 'updating'} {stack.name}")
        changed = self._submit(stack, parameters, create=before is None)
        after = self._settle(stack.name)
        if after is None or (changed and after["StackStatus"] not in _SUCCESS):
            raise self._failure(stack.name, after, seen)
        return {output["OutputKey"]: output["OutputValue"] for output in after.get("Outputs", [])}

    def _remove_failed(self, name: str) -> None:
        """A stack whose creation failed can't be updated, only made anew."""
        stack = self._describe(name)
        if stack is not None and stack["StackStatus"] in _FAILED_CREATION:
            self.say(f"removing {name}, whose creation failed")
            self.aws.cloudformation.delete_stack(StackName=name)
            self._settle(name)

    def _submit(self, stack: Stack, parameters: Mapping[str, str], *, create: bool) -> bool:
        """Hand a stack to CloudFormation; False if that is how it is already.

        A stack that is up to date keeps the status of its last change, which may have been one that was rolled back.
        """
        template = next((asset for asset in stack.assets if asset.source == stack.template), None)
        if template is None:
            raise DeploymentError(f"The assembly does not list the template of {stack.name} among its assets.")
        declared = json.loads(stack.template.read_bytes()).get("Parameters", {})
        values: list[ParameterTypeDef] = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items() if key in declared
        ]
        operation = self.aws.cloudformation.create_stack if create else self.aws.cloudformation.update_stack
        try:
            operation(
                StackName=stack.name,
                TemplateURL=f"{self.aws.url}/{template.bucket}/{template.key}",
                Parameters=values,
                Capabilities=list(CAPABILITIES),
            )
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise DeploymentError(f"{stack.name} was refused: {error.response['Error']['Message']}") from error
        return True

    def _settle(self, name: str) -> "StackTypeDef | None":
        give_up = time.monotonic() + STACK_TIMEOUT_SECONDS
        while True:
            stack = self._describe(name)
            if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack
            if time.monotonic() > give_up:
                raise DeploymentError(f"{name} is still {stack['StackStatus']} after {STACK_TIMEOUT_SECONDS:.0f} s.")
            time.sleep(POLL_SECONDS)

    def _describe(self, name: str) -> "StackTypeDef | None":
        try:
            stack = self.aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def _event_ids(self, name: str) -> set[str]:
        events = self.aws.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return {event["EventId"] for event in events}

    def _failure(self, name: str, stack: "StackTypeDef | None", seen: set[str]) -> DeploymentError:
        """The reasons of this operation's failed resources, the first one first."""
        events = self.aws.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [
            f"  {event['LogicalResourceId']} ({event.get('ResourceType', '?')}): {event['ResourceStatusReason']}"
            for event in reversed(events)
            if event["EventId"] not in seen
            and event["ResourceStatus"].endswith("_FAILED")
            and event.get("ResourceStatusReason", "Resource creation cancelled") != "Resource creation cancelled"
        ]
        status = stack["StackStatus"] if stack is not None else "gone"
        return DeploymentError("\n".join([f"{name} ended as {status}.", *dict.fromkeys(reasons)]))


def zipped(folder: Path) -> bytes:
    """A folder as a zip archive whose bytes depend on nothing but names, contents and permission to execute."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
