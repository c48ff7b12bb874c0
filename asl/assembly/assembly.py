"""State machines and functions, found in the templates of an assembly."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.assembly.errors import AssemblyError
from asl.assembly.resolution import Resolver
from asl.assembly.templates import read_templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from asl.assembly.templates import Template

DEFAULT_ACCOUNT: Final = "123456789012"
DEFAULT_REGION: Final = "us-east-1"
_STATE_MACHINES: Final = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
_FUNCTIONS: Final = ("AWS::Lambda::Function",)
_ARN: Final = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:(?P<name>[^:]+)(:.+)?")


@dataclass(frozen=True, slots=True)
class StateMachineResource:
    """A state machine: its name once deployed, its type, and the text of its definition."""

    stack: str
    logical_id: str
    path: str
    name: str
    arn: str
    type: str
    definition: str


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: its name once deployed, and what is needed to run its handler.

    `code` is the folder or archive that the CDK uploads, None for code that stands in the template.
    """

    stack: str
    logical_id: str
    path: str
    name: str
    arn: str
    handler: str
    runtime: str
    code: Path | None
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Assembly:
    """What an assembly has of state machines and functions."""

    folder: Path
    state_machines: tuple[StateMachineResource, ...]
    functions: tuple[Function, ...]

    def state_machine(self, name: str) -> StateMachineResource:
        """The state machine of this name, logical id or construct path; the end of a path will do.

        Raises:
            AssemblyError: there is none, or more than one.
        """
        found = [machine for machine in self.state_machines if _is_called(machine, name)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(sorted(f"{machine.name} ({machine.path})" for machine in found or self.state_machines))
        what = "more than one state machine is" if found else "no state machine is"
        raise AssemblyError(f"In {self.folder} {what} called {name!r}. There is: {known or 'none at all'}")

    def function(self, reference: str) -> Function | None:
        """The function that a definition means by a name or an ARN, with or without a version or alias."""
        match = _ARN.fullmatch(reference)
        name = match["name"] if match else reference.split(":", 1)[0]
        return next((function for function in self.functions if function.name == name), None)


def _is_called(machine: StateMachineResource, name: str) -> bool:
    return name in (machine.name, machine.logical_id, machine.path) or machine.path.endswith(f"/{name}")


def read_assembly(folder: Path, *, account: str = DEFAULT_ACCOUNT, region: str = DEFAULT_REGION) -> Assembly:
    """Read the assembly in `folder`, with ARNs as they would be in this account and region.

    Raises:
        AssemblyError: the folder holds no assembly, or one of which a file cannot be read.
    """
    templates = read_templates(folder)
    resolver = Resolver(templates, account, region)
    try:
        machines = tuple(machine for template in templates for machine in _state_machines(resolver, template))
        functions = tuple(function for template in templates for function in _functions(resolver, template))
    except (KeyError, TypeError, AttributeError) as error:
        raise AssemblyError(f"{folder} has a template that cannot be understood: {error!r}") from error
    return Assembly(folder, machines, functions)


def _state_machines(resolver: Resolver, template: Template) -> Iterator[StateMachineResource]:
    for logical_id, resource in template.resources(*_STATE_MACHINES):
        properties = resource.get("Properties", {})
        yield StateMachineResource(
            stack=template.stack,
            logical_id=logical_id,
            path=_path(resource, logical_id),
            name=resolver.name(template, logical_id),
            arn=resolver.arn(template, logical_id),
            type=properties.get("StateMachineType", properties.get("Type", "STANDARD")),
            definition=_definition(resolver, template, logical_id, properties),
        )


def _definition(resolver: Resolver, template: Template, logical_id: str, properties: Mapping[str, Any]) -> str:
    if "DefinitionString" in properties:
        text = resolver.text(template, properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(resolver.resolve(template, properties["Definition"]), ensure_ascii=False)
    elif "DefinitionS3Location" in properties:
        text = _uploaded(template, logical_id, properties["DefinitionS3Location"])
    else:
        raise AssemblyError(f"The state machine {logical_id} of {template.stack} has no definition in the assembly")
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", resolver.text(template, value))
    return text


def _uploaded(template: Template, logical_id: str, location: Mapping[str, Any]) -> str:
    path = template.asset(location)
    if path is None:
        raise AssemblyError(f"The definition of {template.stack}.{logical_id} is no asset of the assembly")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssemblyError(f"Cannot read {path}, the definition of {template.stack}.{logical_id}: {error}") from None


def _functions(resolver: Resolver, template: Template) -> Iterator[Function]:
    for logical_id, resource in template.resources(*_FUNCTIONS):
        properties = resource.get("Properties", {})
        variables = properties.get("Environment", {}).get("Variables", {})
        yield Function(
            stack=template.stack,
            logical_id=logical_id,
            path=_path(resource, logical_id),
            name=resolver.name(template, logical_id),
            arn=resolver.arn(template, logical_id),
            handler=properties.get("Handler", ""),
            runtime=properties.get("Runtime", ""),
            code=template.asset(properties.get("Code")),
            environment={name: resolver.text(template, value) for name, value in variables.items()},
        )


def _path(resource: Mapping[str, Any], logical_id: str) -> str:
    """The path of the construct: that of the CloudFormation resource without what the CDK adds at its end."""
    path = str(resource.get("Metadata", {}).get("aws:cdk:path", logical_id))
    while path.endswith("/Resource"):
        path = path.removesuffix("/Resource")
    return path
