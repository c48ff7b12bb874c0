"""The resources `AWS::StepFunctions::*` in the CloudFormation of the embedded AWS, on the engine's API.

MiniStack's CloudFormation has a table of handlers by resource type. The one for state machines is replaced, those for
activities, versions and aliases, which MiniStack doesn't know, are added.

See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_StepFunctions.html
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from asl.service.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from local.embedded_aws.step_functions import StepFunctions

    Properties: TypeAlias = Mapping[str, Any]
    Created: TypeAlias = tuple[str, dict[str, str]]

STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
ACTIVITY: Final = "AWS::StepFunctions::Activity"
VERSION: Final = "AWS::StepFunctions::StateMachineVersion"
ALIAS: Final = "AWS::StepFunctions::StateMachineAlias"

FIRST_REVISION: Final = "INITIAL"
LOGGING_OFF: Final = {"level": "OFF", "includeExecutionData": False}
TRACING_OFF: Final = {"enabled": False}
OWNER_TAGS: Final = ("aws:cloudformation:stack-name", "aws:cloudformation:logical-id")
HANDLER_ERRORS: Final = {
    "StateMachineDoesNotExist": "NotFound",
    "ActivityDoesNotExist": "NotFound",
    "ResourceNotFound": "NotFound",
    "StateMachineAlreadyExists": "AlreadyExists",
    "ActivityAlreadyExists": "AlreadyExists",
    "ConflictException": "ResourceConflict",
    "StateMachineLimitExceeded": "ServiceLimitExceeded",
}


class ResourceError(ValueError):
    """A resource that can't be made as its template says; the text is the status reason in the stack's events."""

    def __init__(self, message: str, code: str = "InvalidRequest") -> None:
        super().__init__(
            f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})'
        )


def install(step_functions: StepFunctions) -> None:
    """Put the handlers into MiniStack's table."""
    machines, activities = StateMachines(step_functions), Activities(step_functions)
    versions, aliases = Versions(step_functions), Aliases(step_functions)
    provisioners._RESOURCE_HANDLERS.update(  # noqa: SLF001 - the seam
        {
            STATE_MACHINE: _handlers(machines.create, machines.delete, machines.update),
            ACTIVITY: _handlers(activities.create, activities.delete, activities.update),
            VERSION: _handlers(versions.create, versions.delete),
            ALIAS: _handlers(aliases.create, aliases.delete, aliases.update),
        }
    )
    provisioners._REPLACING_PROPERTIES.update(  # noqa: SLF001 - the seam
        {
            ACTIVITY: ("Name", "EncryptionConfiguration"),
            VERSION: ("StateMachineArn", "StateMachineRevisionId", "Description"),
            ALIAS: ("Name",),
        }
    )
    provisioners._STACK_TAG_PROPERTY[ACTIVITY] = ("Tags", "list")  # noqa: SLF001 - the seam


def _handlers(
    create: Callable[[str, Properties, str], Created],
    delete: Callable[[str, Properties], None],
    update: Callable[[str, Properties, Properties, str], Created] | None = None,
) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {"create": create, "delete": delete}
    return found if update is None else {**found, "update": update}


@dataclass(frozen=True)
class _Handler:
    step_functions: StepFunctions

    def _call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.step_functions.call(operation, request)
        except ApiError as error:
            raise _refused(error) from error

    def _bring_tags(self, arn: str, wanted: Mapping[str, str]) -> None:
        """Give a resource exactly the tags that its template and stack say."""
        listed = self._call("ListTagsForResource", {"resourceArn": arn})["tags"]
        present = {tag["key"]: tag["value"] for tag in listed}
        dropped = sorted(present.keys() - wanted.keys())
        if dropped:
            self._call("UntagResource", {"resourceArn": arn, "tagKeys": dropped})
        if wanted and present != wanted:
            self._call("TagResource", {"resourceArn": arn, "tags": _tag_list(wanted)})


class StateMachines(_Handler):
    """`AWS::StepFunctions::StateMachine`. Ref is the ARN."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Created:
        """Create the state machine, or take over the one that a crash left behind."""
        name = properties.get("StateMachineName") or _physical_name(stack_name, logical_id)
        tags = _tags(properties)
        request = {
            "name": name,
            "type": properties.get("StateMachineType", "STANDARD"),
            "tags": _tag_list(tags),
            **_machine_settings(properties),
        }
        try:
            arn: str = self.step_functions.call("CreateStateMachine", request)["stateMachineArn"]
        except ApiError as error:
            existing = self._left_behind(name, tags) if error.code == "StateMachineAlreadyExists" else None
            if existing is None:
                raise _refused(error) from error
            return self.update(existing, {}, properties, stack_name)
        return arn, self._attributes(arn)

    def update(self, physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Created:
        """Change the state machine in place; what runs goes on with what it was started with."""
        settings = _machine_settings(new)
        if "LoggingConfiguration" in old:
            settings.setdefault("loggingConfiguration", LOGGING_OFF)
        if "TracingConfiguration" in old:
            settings.setdefault("tracingConfiguration", TRACING_OFF)
        self._call("UpdateStateMachine", {"stateMachineArn": physical_id, **settings})
        self._bring_tags(physical_id, _tags(new))
        return physical_id, self._attributes(physical_id)

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete the state machine as soon as nothing of it runs."""
        self._call("DeleteStateMachine", {"stateMachineArn": physical_id})

    def _attributes(self, arn: str) -> dict[str, str]:
        machine = self._call("DescribeStateMachine", {"stateMachineArn": arn})
        revision = machine.get("revisionId", FIRST_REVISION)
        return {"Arn": arn, "Name": machine["name"], "StateMachineRevisionId": revision}

    def _left_behind(self, name: str, tags: Mapping[str, str]) -> str | None:
        """The ARN of the state machine that has the name, if it is the one of this very resource.

        The engine keeps what it has at once, MiniStack from time to time: after a crash there may be a state machine
        whose stack has to be made anew.
        """
        listed = self._call("ListStateMachines", {"maxResults": 1000})["stateMachines"]
        arn = next((machine["stateMachineArn"] for machine in listed if machine["name"] == name), None)
        if arn is None:
            return None
        present = {tag["key"]: tag["value"] for tag in self._call("ListTagsForResource", {"resourceArn": arn})["tags"]}
        ours = all(tags.get(tag) is not None and present.get(tag) == tags[tag] for tag in OWNER_TAGS)
        return str(arn) if ours else None


class Activities(_Handler):
    """`AWS::StepFunctions::Activity`. Ref is the ARN."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Created:
        """Create the activity."""
        name = properties.get("Name") or _physical_name(stack_name, logical_id)
        request: dict[str, Any] = {"name": name, "tags": _tag_list(_tags(properties))}
        if "EncryptionConfiguration" in properties:
            request["encryptionConfiguration"] = _encryption(properties["EncryptionConfiguration"])
        arn = self._call("CreateActivity", request)["activityArn"]
        return arn, {"Arn": arn, "Name": name}

    def update(self, physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        """Bring its tags up to date: all else makes another activity."""
        self._bring_tags(physical_id, _tags(new))
        return physical_id, {"Arn": physical_id, "Name": physical_id.rpartition(":")[2]}

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete the activity."""
        self._call("DeleteActivity", {"activityArn": physical_id})


class Versions(_Handler):
    """`AWS::StepFunctions::StateMachineVersion`. Ref is the ARN."""

    def create(self, _logical_id: str, properties: Properties, _stack_name: str) -> Created:
        """Publish the revision that the template names."""
        request = {"stateMachineArn": _required(VERSION, properties, "StateMachineArn")}
        if "StateMachineRevisionId" in properties:
            request["revisionId"] = properties["StateMachineRevisionId"]
        if "Description" in properties:
            request["description"] = properties["Description"]
        arn = self._call("PublishStateMachineVersion", request)["stateMachineVersionArn"]
        return arn, {"Arn": arn}

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete the version."""
        self._call("DeleteStateMachineVersion", {"stateMachineVersionArn": physical_id})


class Aliases(_Handler):
    """`AWS::StepFunctions::StateMachineAlias`. Ref is the ARN. Where AWS shifts gradually, this shifts at once."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Created:
        """Create the alias."""
        name = properties.get("Name") or _physical_name(stack_name, logical_id)
        request = {"name": name, **self._settings(properties)}
        arn = self._call("CreateStateMachineAlias", request)["stateMachineAliasArn"]
        return arn, {"Arn": arn}

    def update(self, physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
        """Route to other versions."""
        self._call("UpdateStateMachineAlias", {"stateMachineAliasArn": physical_id, **self._settings(new)})
        return physical_id, {"Arn": physical_id}

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete the alias."""
        self._call("DeleteStateMachineAlias", {"stateMachineAliasArn": physical_id})

    def _settings(self, properties: Properties) -> dict[str, Any]:
        routing, deployment = properties.get("RoutingConfiguration"), properties.get("DeploymentPreference")
        if (routing is None) == (deployment is None):
            raise ResourceError("Exactly one of RoutingConfiguration and DeploymentPreference must be specified")
        if deployment is not None:
            arn = _required("DeploymentPreference", deployment, "StateMachineVersionArn")
            routes = [{"stateMachineVersionArn": arn, "weight": 100}]
        else:
            routes = [
                {
                    "stateMachineVersionArn": _required("RoutingConfiguration", route, "StateMachineVersionArn"),
                    "weight": _integer(_required("RoutingConfiguration", route, "Weight"), "Weight"),
                }
                for route in routing or []
            ]
        settings: dict[str, Any] = {"routingConfiguration": routes}
        if "Description" in properties:
            settings["description"] = properties["Description"]
        return settings


def _machine_settings(properties: Properties) -> dict[str, Any]:
    """What a template says of a state machine, as CreateStateMachine and UpdateStateMachine take it."""
    settings: dict[str, Any] = {
        "roleArn": _required(STATE_MACHINE, properties, "RoleArn"),
        "definition": _definition(properties),
    }
    if "LoggingConfiguration" in properties:
        settings["loggingConfiguration"] = _logging(properties["LoggingConfiguration"])
    if "TracingConfiguration" in properties:
        settings["tracingConfiguration"] = {"enabled": _boolean(properties["TracingConfiguration"].get("Enabled"))}
    if "EncryptionConfiguration" in properties:
        settings["encryptionConfiguration"] = _encryption(properties["EncryptionConfiguration"])
    return settings


def _definition(properties: Properties) -> str:
    """The text of the definition, from the one of three places that has it, with its substitutions made."""
    sources = ("DefinitionString", "Definition", "DefinitionS3Location")
    given = [source for source in sources if properties.get(source)]
    if len(given) != 1:
        raise ResourceError(f"Exactly one of {', '.join(sources)} must be specified")
    value = properties[given[0]]
    text = _object_text(value) if given[0] == "DefinitionS3Location" else value
    if not isinstance(text, str):
        text = json.dumps(text)
    for name, substitute in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", _scalar(substitute))
    return text


def _object_text(location: Properties) -> str:
    bucket, key = (_required("DefinitionS3Location", location, name) for name in ("Bucket", "Key"))
    try:
        content = s3._get_object_data(bucket, key, version_id=location.get("Version"))  # noqa: SLF001 - the seam
    except Exception as error:
        raise ResourceError(f"The definition s3://{bucket}/{key} can not be read: {error}") from error
    if content is None:
        raise ResourceError(f"The definition s3://{bucket}/{key} does not exist")
    try:
        return bytes(content).decode()
    except UnicodeDecodeError:
        raise ResourceError(f"The definition s3://{bucket}/{key} is not UTF-8") from None


def _logging(given: Properties) -> dict[str, Any]:
    destinations = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": group["LogGroupArn"]}}
        for destination in given.get("Destinations") or []
        if (group := destination.get("CloudWatchLogsLogGroup"))
    ]
    return {
        "level": given.get("Level", "OFF"),
        "includeExecutionData": _boolean(given.get("IncludeExecutionData")),
        **({"destinations": destinations} if destinations else {}),
    }


def _encryption(given: Properties) -> dict[str, Any]:
    encryption: dict[str, Any] = {"type": _required("EncryptionConfiguration", given, "Type")}
    if "KmsKeyId" in given:
        encryption["kmsKeyId"] = given["KmsKeyId"]
    period = given.get("KmsDataKeyReusePeriodSeconds")
    if period is not None:
        encryption["kmsDataKeyReusePeriodSeconds"] = _integer(period, "KmsDataKeyReusePeriodSeconds")
    return encryption


def _refused(error: ApiError) -> ResourceError:
    message = f"{error.message} (Service: Sfn, Status Code: {error.status}, Request ID: {uuid.uuid4()})"
    return ResourceError(message, HANDLER_ERRORS.get(error.code, "InvalidRequest"))


def _required(where: str, properties: Properties, name: str) -> Any:
    value = properties.get(name)
    if value in (None, ""):
        raise ResourceError(f"Model validation failed (#: required key [{name}] not found in {where})")
    return value


def _integer(value: Any, name: str) -> int:
    """A number, which a template may write as a string."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ResourceError(f"Model validation failed (#/{name}: expected type: Integer, found: {value!r})") from None


def _boolean(value: Any) -> bool:
    """A boolean, which a template may write as a string."""
    return str(value).lower() == "true"


def _scalar(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)


def _tags(properties: Properties) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in properties.get("Tags") or []}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _physical_name(stack_name: str, logical_id: str) -> str:
    name: str = provisioners._physical_name(stack_name, logical_id, max_len=80)  # noqa: SLF001 - the seam
    return name
