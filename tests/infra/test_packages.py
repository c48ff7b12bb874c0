"""What goes into a Lambda package, for which target, and when it is built again."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.app import ROOT, build_app
from infra.assembly import Assembly
from infra.constructs import packages
from infra.constructs.packages import BundlingError, build_code, build_layer, layer_hash
from infra.constructs.target import LambdaTarget

MAX_ZIPPED_BYTES = 10_000_000
ELF_AARCH64 = 183


@pytest.fixture(scope="module")
def assets(assembly_folder: Path) -> set[Path]:
    """The folders that the assembly publishes as zip files."""
    listed = [json.loads(path.read_text())["files"].values() for path in assembly_folder.glob("*.assets.json")]
    sources = [entry["source"] for entries in listed for entry in entries]
    return {assembly_folder / source["path"] for source in sources if source["packaging"] == "zip"}


@pytest.fixture(scope="module")
def layer(assets: set[Path]) -> Path:
    (folder,) = (folder for folder in assets if (folder / "python").is_dir())
    return folder / "python"


@pytest.fixture(scope="module")
def code(assets: set[Path]) -> Path:
    (folder,) = (folder for folder in assets if (folder / "tasks").is_dir())
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_code_asset_is_what_runs_inside_lambda_and_nothing_else(code: Path) -> None:
    names = set(content(code))
    assert {"saas/errors.py", "workflows/email_campaign/contract.py", "tasks/email_campaign/__init__.py"} <= names
    assert {name.split("/")[0] for name in names} == {"callbacks", "console", "saas", "tasks", "workflows"}
    assert {name for name in names if name.startswith("workflows")} == {
        "workflows/__init__.py",
        "workflows/failure_message.py",
        "workflows/inputs.py",
        "workflows/email_campaign/__init__.py",
        "workflows/email_campaign/example_event.json",
        "workflows/email_campaign/contract.py",
    }
    assert all(name.endswith((".py", "/example_event.json")) for name in names)


def test_the_layer_has_wheels_for_python_3_13_on_arm64(layer: Path) -> None:
    compiled = {path.name: path for path in layer.rglob("*.so")}
    assert all(name.endswith((".cpython-313-aarch64-linux-gnu.so", ".abi3.so")) for name in compiled)
    assert {int.from_bytes(path.read_bytes()[18:20], "little") for path in compiled.values()} == {ELF_AARCH64}
    assert {name.split(".")[0] for name in compiled} >= {"_pydantic_core", "_rust"}


def test_the_layer_has_the_locked_packages_without_what_the_runtime_brings(layer: Path) -> None:
    top = {path.name for path in layer.iterdir()}
    assert {"aws_lambda_powertools", "aws_xray_sdk", "pydantic", "pydantic_core"} <= top
    assert not top & {"boto3", "botocore", "jmespath", "urllib3", "six.py", "dateutil"}


def test_the_layer_has_nothing_that_is_not_imported(layer: Path) -> None:
    names = content(layer)
    unused = ("__pycache__", "/tests/", ".dist-info/", ".pyi", ".c", ".pyc")
    assert not {name for name in names if name.endswith(unused[3:]) or any(part in name for part in unused[:3])}


def test_packages_are_small(layer: Path, code: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in (layer.parent, code):
            for name, data in content(folder).items():
                archive.writestr(name, data)
    assert len(packed.getvalue()) < MAX_ZIPPED_BYTES


def test_the_layer_is_the_same_whenever_it_is_built(tmp_path: Path, layer: Path) -> None:
    build_layer(tmp_path / "again", LambdaTarget())
    assert content(tmp_path / "again" / "python") == content(layer)


def test_the_code_asset_is_the_same_whenever_it_is_built(tmp_path: Path, code: Path) -> None:
    build_code(tmp_path)
    assert content(tmp_path) == content(code)


def test_files_of_an_asset_have_one_time_and_one_mode(layer: Path, code: Path) -> None:
    for folder in (layer, code):
        assert len({(path.stat().st_mtime, path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}) == 1


def test_a_warm_synthesis_builds_nothing(assembly_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_build(*_: Any) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(packages, "build_layer", no_build)
    monkeypatch.setattr(packages, "build_code", no_build)
    build_app(assembly_folder).synth()


def test_the_hash_of_the_layer_follows_the_lock_and_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = layer_hash(LambdaTarget())
    others = {
        layer_hash(LambdaTarget(python="3.12")),
        layer_hash(LambdaTarget(architecture="x86_64")),
        layer_hash(LambdaTarget(system="darwin")),
    }
    lock = tmp_path / "lambda.txt"
    lock.write_bytes(packages.LOCK.read_bytes() + b"\n")
    monkeypatch.setattr(packages, "LOCK", lock)
    assert len({before, *others, layer_hash(LambdaTarget())}) == 5


def test_a_wheel_with_another_hash_than_the_lock_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = ROOT / "requirements" / "lambda.txt"
    forged = tmp_path / "lambda.txt"
    lines = lock.read_text().splitlines()
    forged.write_text("\n".join(f"--hash=sha256:{'0' * 64}".join(_around_hash(line)) for line in lines) + "\n")
    monkeypatch.setattr(packages, "LOCK", forged)
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    with pytest.raises(BundlingError, match=r"layer for Python 3\.13 .* could not be built from lambda\.txt"):
        build_layer(tmp_path / "layer", LambdaTarget())


def _around_hash(line: str) -> list[str]:
    before, found, after = line.partition("--hash=sha256:")
    return [before, after[64:]] if found else [line]


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"lambda:python": "2.7"}, "lambda:python"),
        ({"lambda:architecture": "sparc"}, "lambda:architecture"),
        ({"lambda:system": "plan9"}, "lambda:system"),
    ],
)
def test_a_target_that_does_not_exist_is_refused_in_one_line(
    tmp_path: Path, context: dict[str, str], named: str
) -> None:
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"infra.app: context {named} is ")
    assert len(done.stderr.splitlines()) == 1


def test_templates_for_aws_and_for_this_machine_differ_in_the_target_and_in_asset_hashes_only(
    assembly: Assembly, host_assembly: Assembly
) -> None:
    def without_target(value: Any) -> Any:
        if isinstance(value, dict):
            chosen = {"Architectures", "Runtime", "CompatibleArchitectures", "CompatibleRuntimes", "S3Key"}
            return {key: without_target(item) for key, item in value.items() if key not in chosen | {"aws:asset:path"}}
        return [without_target(item) for item in value] if isinstance(value, list) else value

    assert assembly.templates != host_assembly.templates
    assert without_target(assembly.templates) == without_target(host_assembly.templates)


def test_functions_on_aws_run_on_arm64_and_python_3_13(assembly: Assembly) -> None:
    functions = [
        function.properties
        for function in assembly.resources("AWS::Lambda::Function")
        if "POWERTOOLS_SERVICE_NAME" in function.properties.get("Environment", {}).get("Variables", {})
    ]
    assert functions
    assert {(function["Runtime"], *function["Architectures"]) for function in functions} == {("python3.13", "arm64")}
