"""The templates of a cloud assembly: those of its stacks, of stages within it, and of nested stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asl.assembly.errors import AssemblyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_STACK = "aws:cloudformation:stack"
_NESTED_STACK = "AWS::CloudFormation::Stack"
_STAGE = "cdk:cloud-assembly"
_ASSETS = "cdk:asset-manifest"


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A template: the name of its stack, what it says, and the objects that are uploaded for it, by their keys.

    A nested stack has the template around it and its own logical id there, which is where its parameters come from.
    """

    stack: str
    folder: Path
    body: Mapping[str, Any]
    objects: Mapping[str, Path]
    parent: Template | None = None
    nested_id: str = ""

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the template, such as Resources; empty where it has none."""
        found = self.body.get(name)
        return found if isinstance(found, dict) else {}

    def resources(self, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The logical ids and bodies of the resources of these types."""
        for logical_id, resource in self.section("Resources").items():
            if isinstance(resource, dict) and resource.get("Type") in types:
                yield logical_id, resource

    def asset(self, location: Any) -> Path | None:
        """The file or folder that the CDK uploads to a place in a bucket, such as the Code of a function."""
        text = json.dumps(location)
        return next((path for key, path in self.objects.items() if key in text), None)


def read_templates(folder: Path) -> list[Template]:
    """Every template of an assembly, in the order of its manifest.

    Raises:
        AssemblyError: the folder holds no assembly, or a file of it cannot be read.
    """
    return list(_read_manifest(folder))


def _read_manifest(folder: Path) -> Iterator[Template]:
    artifacts = _json(folder / "manifest.json").get("artifacts", {})
    objects = {
        key: path
        for artifact in artifacts.values()
        if artifact.get("type") == _ASSETS
        for key, path in _objects(folder, artifact["properties"]["file"])
    }
    for name, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact.get("type") == _STACK:
            body = _json(folder / properties["templateFile"])
            yield from _with_nested(Template(properties.get("stackName", name), folder, body, objects))
        elif artifact.get("type") == _STAGE:
            yield from _read_manifest(folder / properties["directoryName"])


def _with_nested(template: Template) -> Iterator[Template]:
    yield template
    for logical_id, resource in template.resources(_NESTED_STACK):
        path = template.asset(resource.get("Properties", {}).get("TemplateURL"))
        if path is not None and path.is_file():
            stack = f"{template.stack}-{logical_id}"
            nested = Template(stack, template.folder, _json(path), template.objects, template, logical_id)
            yield from _with_nested(nested)


def _objects(folder: Path, manifest: str) -> Iterator[tuple[str, Path]]:
    for asset in _json(folder / manifest).get("files", {}).values():
        path = asset.get("source", {}).get("path")
        for destination in asset.get("destinations", {}).values():
            if path is not None:
                yield destination["objectKey"], folder / path


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AssemblyError(f"Cannot read {path}: {error.strerror}. `cdk synth` writes a cloud assembly") from None
    except ValueError as error:
        raise AssemblyError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise AssemblyError(f"{path} has to hold a JSON object")
    return content
