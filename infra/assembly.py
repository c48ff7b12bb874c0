"""Reading a cloud assembly: templates with their intrinsic functions resolved to something readable.

A resource becomes `${<path in its stack>}`, its attribute `${<path>.<attribute>}`, also across stacks; a parameter
becomes its default; `AWS::Partition` becomes aws and the other pseudo parameters stay as `${AWS::Region}` and so on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATH = "aws:cdk:path"


@dataclass(frozen=True)
class Resource:
    """A resource of a template: where it is, what it is, and its properties, not resolved."""

    stack: str
    logical_id: str
    path: str
    type: str
    properties: dict[str, Any]
    body: dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """The templates of an assembly, by name of the stack."""

    templates: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Assembly:
        """Read every template in `folder`."""
        suffix = ".template.json"
        return cls(
            {path.name.removesuffix(suffix): json.loads(path.read_text()) for path in sorted(folder.glob(f"*{suffix}"))}
        )

    def resources(self, *types: str) -> Iterator[Resource]:
        """The resources of these types, or all."""
        for stack, template in self.templates.items():
            for logical_id, body in template["Resources"].items():
                if not types or body["Type"] in types:
                    path = self._path(stack, logical_id)
                    yield Resource(stack, logical_id, path, body["Type"], body.get("Properties", {}), body)

    def resolve(self, stack: str, value: Any) -> Any:
        """`value`, a part of the template of `stack`, without intrinsic functions.

        Raises:
            ValueError: an intrinsic function that the project does not use.
        """
        if isinstance(value, list):
            return [self.resolve(stack, item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(stack, name, argument)
        return {key: self.resolve(stack, item) for key, item in value.items()}

    def _intrinsic(self, stack: str, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._reference(stack, argument)
            case "Fn::GetAtt":
                return f"${{{self._path(stack, argument[0])}.{argument[1]}}}"
            case "Fn::Join":
                return argument[0].join(str(self.resolve(stack, part)) for part in argument[1])
            case "Fn::ImportValue":
                return self._imported(argument)
            case "Fn::FindInMap":
                table, first, second = (self.resolve(stack, key) for key in argument)
                return self.templates[stack]["Mappings"][table][first][second]
            case "Fn::Split":
                return str(self.resolve(stack, argument[1])).split(argument[0])
            case "Fn::Select":
                parts = self.resolve(stack, argument[1])
                # A part of what is only known when it is deployed.
                return parts[argument[0]] if argument[0] < len(parts) else f"{parts[0]}[{argument[0]}]"
            case "Fn::Sub" if isinstance(argument, str):
                return argument.replace("${AWS::Partition}", "aws")
        raise ValueError(f"{stack}: no rule to resolve {name}")

    def _reference(self, stack: str, name: str) -> Any:
        if name == "AWS::Partition":
            return "aws"
        if name.startswith("AWS::"):
            return f"${{{name}}}"
        parameter = self.templates[stack].get("Parameters", {}).get(name)
        return parameter["Default"] if parameter else f"${{{self._path(stack, name)}}}"

    def _imported(self, export: str) -> Any:
        for stack, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == export:
                    return self.resolve(stack, output["Value"])
        raise ValueError(f"no stack exports {export}")

    def _path(self, stack: str, logical_id: str) -> str:
        path = self.templates[stack]["Resources"][logical_id].get("Metadata", {}).get(_PATH, logical_id)
        parts = [part for part in path.removeprefix(f"{stack}/").split("/") if part != "Resource"]
        return ".".join(parts)
