"""Intrinsic functions of a template, resolved to what they will give once deployed, as far as that can be told.

A resource gets the name that its template gives it, else `<stack>-<logical id>`, and the ARN that goes with it. What
cannot be told stays readable as `${LogicalId.Attribute}`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asl.assembly.physical_names import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.assembly.templates import Template

Json = Any
_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")
_FUNCTIONS_OF_ALIAS: Final = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


@dataclass(slots=True)
class Resolver:
    """Resolves values of the templates of one assembly, deployed to one account and region."""

    templates: Sequence[Template]
    account: str
    region: str
    partition: str = "aws"
    _underway: set[tuple[int, str]] = field(default_factory=set)

    def resolve(self, template: Template, value: Json) -> Json:
        """`value`, a part of `template`, without intrinsic functions."""
        if isinstance(value, list):
            return [self.resolve(template, item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(template, name, argument)
        return {key: self.resolve(template, item) for key, item in value.items()}

    def text(self, template: Template, value: Json) -> str:
        """`value` resolved, as CloudFormation puts it into a text."""
        resolved = self.resolve(template, value)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        return resolved if isinstance(resolved, str) else str(resolved)

    def name(self, template: Template, logical_id: str) -> str:
        """The name of a resource."""
        resource = template.section("Resources")[logical_id]
        given = resource.get("Properties", {}).get(kind_of(resource.get("Type", "")).name_property)
        key = (id(template), logical_id)
        if given is None or key in self._underway:
            return f"{template.stack}-{logical_id}"
        self._underway.add(key)
        try:
            return self.text(template, given)
        finally:
            self._underway.discard(key)

    def arn(self, template: Template, logical_id: str) -> str:
        """The ARN of a resource."""
        resource = template.section("Resources")[logical_id]
        if resource.get("Type") in _FUNCTIONS_OF_ALIAS:
            return self._qualified(template, logical_id, resource)
        return kind_of(resource.get("Type", "")).arn.format(
            partition=self.partition, region=self.region, account=self.account, name=self.name(template, logical_id)
        )

    def _qualified(self, template: Template, logical_id: str, resource: Mapping[str, Any]) -> str:
        properties = resource.get("Properties", {})
        function = self.text(template, properties.get("FunctionName", logical_id))
        if not function.startswith("arn:"):
            function = f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{function}"
        return f"{function}:{self.text(template, properties.get('Name', '1'))}"

    def _intrinsic(self, template: Template, name: str, argument: Json) -> Json:
        try:
            return self._apply(template, name, argument)
        except (KeyError, IndexError, TypeError, ValueError):
            return f"${{{name}}}"

    def _apply(self, template: Template, name: str, argument: Json) -> Json:  # noqa: C901 - one line per function
        match name:
            case "Ref":
                return self._reference(template, argument)
            case "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._attribute(template, parts[0], self.text(template, parts[1]))
            case "Fn::Join":
                return argument[0].join(self.text(template, part) for part in self.resolve(template, argument[1]))
            case "Fn::Sub":
                return self._substitute(template, *(argument if isinstance(argument, list) else [argument, {}]))
            case "Fn::ImportValue":
                return self._imported(self.text(template, argument))
            case "Fn::Select":
                return self.resolve(template, argument[1])[int(self.text(template, argument[0]))]
            case "Fn::Split":
                return self.text(template, argument[1]).split(argument[0])
            case "Fn::If":
                return self.resolve(template, argument[1])
            case "Fn::FindInMap":
                first, second, third = (self.text(template, part) for part in argument[:3])
                return template.section("Mappings")[first][second][third]
            case "Fn::Base64":
                return base64.b64encode(self.text(template, argument).encode()).decode()
            case _:
                return f"${{{name}}}"

    def _reference(self, template: Template, name: str) -> Json:
        pseudo = {
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": template.stack,
        }
        if name in pseudo:
            return pseudo[name]
        if name in template.section("Parameters"):
            return self._parameter(template, name)
        if name not in template.section("Resources"):
            return f"${{{name}}}"
        resource_type = template.section("Resources")[name].get("Type", "")
        ref = "arn" if resource_type in _FUNCTIONS_OF_ALIAS else kind_of(resource_type).ref
        return self._attribute(template, name, {"arn": "Arn", "url": "QueueUrl"}.get(ref, "Name"))

    def _parameter(self, template: Template, name: str) -> Json:
        if template.parent is not None:
            stack = template.parent.section("Resources")[template.nested_id]
            given = stack.get("Properties", {}).get("Parameters", {})
            if name in given:
                return self.resolve(template.parent, given[name])
        return template.section("Parameters")[name].get("Default", f"${{{name}}}")

    def _attribute(self, template: Template, logical_id: str, attribute: str) -> Json:
        resources = template.section("Resources")
        if logical_id not in resources:
            return f"${{{logical_id}.{attribute}}}"
        if attribute.startswith("Outputs."):
            return self._nested_output(template, logical_id, attribute.removeprefix("Outputs."))
        if attribute == "QueueUrl":
            name = self.name(template, logical_id)
            return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{name}"
        if attribute.endswith("Arn"):
            return self.arn(template, logical_id)
        if attribute.endswith("Name"):
            return self.name(template, logical_id)
        return f"${{{logical_id}.{attribute}}}"

    def _nested_output(self, template: Template, logical_id: str, output: str) -> Json:
        for nested in self.templates:
            if nested.parent is template and nested.nested_id == logical_id:
                return self.resolve(nested, nested.section("Outputs")[output]["Value"])
        return f"${{{logical_id}.Outputs.{output}}}"

    def _substitute(self, template: Template, text: str, variables: Mapping[str, Json]) -> str:
        def value(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if name in variables:
                return self.text(template, variables[name])
            key = "Fn::GetAtt" if "." in name else "Ref"
            return self.text(template, {key: name})

        return _VARIABLE.sub(value, text)

    def _imported(self, export: str) -> Json:
        for template in self.templates:
            for output in template.section("Outputs").values():
                name = output.get("Export", {}).get("Name")
                if name is not None and self.text(template, name) == export:
                    return self.resolve(template, output["Value"])
        return f"${{{export}}}"
