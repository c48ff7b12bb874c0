"""Reading cloud assemblies."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import assembly
from local.deploy import zipped
from local.errors import DeploymentError

BUCKET = "cdk-assets-${AWS::AccountId}-${AWS::Region}"


def write(folder: Path, artifacts: dict[str, Any], **manifests: Any) -> Path:
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    for name, content in manifests.items():
        (folder / f"{name}.assets.json").write_text(json.dumps(content))
    return folder


def stack(*dependencies: str) -> dict[str, Any]:
    return {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "T.json"},
        "dependencies": list(dependencies),
    }


def assets(name: str) -> dict[str, Any]:
    return {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}


def read(folder: Path) -> list[assembly.Stack]:
    return assembly.read(folder, account="123456789012", region="eu-west-1")


def test_stacks_come_after_those_they_depend_on(tmp_path: Path) -> None:
    folder = write(tmp_path, {"A": stack("B"), "B": stack("C"), "C": stack()})
    assert [found.name for found in read(folder)] == ["C", "B", "A"]


def test_an_assets_place_is_in_the_account_and_region_deployed_to(tmp_path: Path) -> None:
    destination = {"bucketName": BUCKET, "objectKey": "${AWS::Region}/1.zip"}
    files = {"1": {"source": {"path": "code", "packaging": "zip"}, "destinations": {"here": destination}}}
    folder = write(tmp_path, {"A": stack("A.assets"), "A.assets": assets("A")}, A={"files": files})
    [asset] = read(folder)[0].assets
    assert asset == assembly.Asset(
        source=tmp_path / "code", archive=True, bucket="cdk-assets-123456789012-eu-west-1", key="eu-west-1/1.zip"
    )


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"dockerImages": {"1": {}}}, "container images"),
        ({"files": {"1": {"source": {"executable": ["make"]}, "destinations": {}}}}, "made by a command"),
    ],
)
def test_what_can_not_be_deployed_from_here_is_refused(tmp_path: Path, manifest: Any, said: str) -> None:
    folder = write(tmp_path, {"A": stack("A.assets"), "A.assets": assets("A")}, A=manifest)
    with pytest.raises(DeploymentError, match=said):
        read(folder)


@pytest.mark.parametrize("content", [None, "", "[]", "{}"])
def test_a_folder_without_an_assembly_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(DeploymentError, match="holds no readable cloud assembly"):
        read(tmp_path)


def test_an_archive_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    archives = set()
    for name, order in (("one", ("a.py", "b/c.py")), ("two", ("b/c.py", "a.py"))):
        for path in order:
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(path)
        archives.add(zipped(tmp_path / name))
    assert len(archives) == 1
