"""Reading a cloud assembly, the folder that `cdk synth` writes.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-cloud-assembly
"""

import graphlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.errors import DeploymentError

STACK: Final = "aws:cloudformation:stack"
ASSETS: Final = "cdk:asset-manifest"


@dataclass(frozen=True)
class Asset:
    """A file to be put into a bucket before a template can name it. `archive`: the source is a folder, to be zipped."""

    source: Path
    archive: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Stack:
    """A stack to deploy: its name, the key of its template among its assets' objects, and its assets."""

    name: str
    template: Path
    assets: tuple[Asset, ...]


def read(folder: Path, *, account: str, region: str) -> list[Stack]:
    """The stacks of an assembly, each after those it depends on.

    Raises:
        DeploymentError: the folder holds no assembly, or one with something in it that can't be deployed from here.
    """
    try:
        artifacts: dict[str, dict[str, Any]] = json.loads((folder / "manifest.json").read_bytes())["artifacts"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeploymentError(f"{folder} holds no readable cloud assembly: {error}") from error
    order = graphlib.TopologicalSorter({name: artifact.get("dependencies", []) for name, artifact in artifacts.items()})
    names = [name for name in order.static_order() if artifacts[name]["type"] == STACK]
    return [_stack(folder, name, artifacts, account=account, region=region) for name in names]


def _stack(folder: Path, name: str, artifacts: dict[str, dict[str, Any]], *, account: str, region: str) -> Stack:
    properties = artifacts[name]["properties"]
    assets: list[Asset] = []
    for dependency in artifacts[name].get("dependencies", []):
        if artifacts[dependency]["type"] == ASSETS:
            manifest = folder / artifacts[dependency]["properties"]["file"]
            assets += _assets(manifest, account=account, region=region)
    return Stack(properties.get("stackName", name), folder / properties["templateFile"], tuple(assets))


def _assets(manifest: Path, *, account: str, region: str) -> list[Asset]:
    content = json.loads(manifest.read_bytes())
    if content.get("dockerImages"):
        raise DeploymentError(f"{manifest.name} has container images, which the local cloud can't run.")
    assets = []
    for asset in content.get("files", {}).values():
        source = asset["source"]
        if "path" not in source:
            raise DeploymentError(f"{manifest.name} has an asset made by a command, which is not supported.")
        for destination in asset["destinations"].values():
            bucket, key = (
                destination[field].replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)
                for field in ("bucketName", "objectKey")
            )
            assets.append(Asset(manifest.parent / source["path"], source.get("packaging") == "zip", bucket, key))
    return assets
