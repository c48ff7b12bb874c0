"""What Lambda functions run: an asset with the project's code and a layer with its dependencies, without Docker.

Both have a hash that is known before they are built, so that a synthesis into a directory that already holds them
builds nothing, and their content depends on nothing else than what the hash covers.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.constructs.target import LambdaTarget

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "lambda.txt"
_ROOMS = (
    "callbacks/**/*.py",
    "console/__init__.py",  # and not console/web, whose packages bring Python files of their own
    "console/api/**/*.py",
    "console/live/**/*.py",
    "console/operations/**/*.py",
    "saas/**/*.py",
    "tasks/**/*.py",
)
_CONTRACTS = (
    "workflows/__init__.py",
    "workflows/failure_message.py",
    "workflows/inputs.py",
    "workflows/*/__init__.py",
    "workflows/*/contract.py",
    "workflows/*/example_event.json",
)
# Metadata of the installation (it holds paths), type stubs, C sources and tests: nothing that is imported.
_UNUSED = ("bin", ".lock", "*.dist-info", "*-stubs", "**/__pycache__", "**/tests", "**/*.pyi", "**/*.c", "**/*.h")
_EPOCH = 315532800  # 1980-01-01, the earliest time that a zip file can hold


class BundlingError(Exception):
    """A Lambda package could not be built. The message says which and what the installer said."""


@jsii.implements(ILocalBundling)
class _Local:
    """Builds an asset in this process. It never answers "try Docker": a build that fails is an error."""

    def __init__(self, build: Callable[[Path], None]) -> None:
        self._build = build
        self.error: BundlingError | None = None

    def try_bundle(self, output_dir: str, *_options: Any, **_named: Any) -> bool:
        try:
            self._build(Path(output_dir))
        except BundlingError as error:
            self.error = error  # on its way through Node the exception becomes a RuntimeError
            raise
        _settle(Path(output_dir))
        return True


def code_files() -> tuple[Path, ...]:
    """The source files that run inside Lambda, sorted, relative to the project."""
    found = {path.relative_to(ROOT) for pattern in (*_ROOMS, *_CONTRACTS) for path in ROOT.glob(pattern)}
    return tuple(sorted(found))


def build_code(output: Path) -> None:
    """Copy what runs inside Lambda to `output`."""
    for path in code_files():
        (output / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, output / path)


def build_layer(output: Path, target: LambdaTarget) -> None:
    """Install the locked dependencies for `target` to `output`/python.

    That is where Lambda looks in a layer: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html

    Raises:
        BundlingError: a wheel is missing, has another hash than the lock says, or can't be downloaded.
    """
    site = output / "python"
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-platform", target.wheel_platform, "--python-version", target.python]
    command += ["--link-mode", "copy", "--target", str(site), "--requirements", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- no word is a user's
    if done.returncode:
        raise BundlingError(
            f"the dependency layer for Python {target.python} on {target.wheel_platform} could not be built from "
            f"{LOCK.relative_to(ROOT)}: {done.stderr.strip()}"
        )
    for pattern in _UNUSED:
        for path in tuple(site.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def code_hash() -> str:
    """Hash of the code asset: names and bytes of the files, and how they are packed."""
    return _digest(part for path in code_files() for part in (path.as_posix().encode(), (ROOT / path).read_bytes()))


def layer_hash(target: LambdaTarget) -> str:
    """Hash of the layer: the lock, the target, and how it is built."""
    return _digest((LOCK.read_bytes(), target.python.encode(), target.wheel_platform.encode()))


class LambdaPackages(Construct):
    """The code asset and the dependency layer for the functions of one stack.

    Each stack has a layer version of its own: CloudFormation refuses to change a value that another stack imports, and
    the ARN of a layer version changes with every build.

    Raises:
        BundlingError: the layer could not be built.
    """

    def __init__(self, scope: Construct, construct_id: str, *, target: LambdaTarget) -> None:
        super().__init__(scope, construct_id)
        self.target = target
        self.code = _asset(ROOT / "tasks", code_hash(), _Local(build_code))
        installer = _Local(lambda output: build_layer(output, target))
        try:
            self.layer = lambda_.LayerVersion(
                self,
                "Dependencies",
                code=_asset(LOCK.parent, layer_hash(target), installer),
                compatible_runtimes=[target.runtime],
                compatible_architectures=[target.lambda_architecture],
                description="Locked dependencies of Baton's functions",
            )
        except RuntimeError:
            if installer.error:
                raise installer.error from None
            raise


def _asset(source: Path, asset_hash: str, local: _Local) -> lambda_.AssetCode:
    return lambda_.Code.from_asset(
        str(source),
        asset_hash=asset_hash,
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage.from_registry("scratch"), local=local),
    )


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _settle(output: Path) -> None:
    """Give all files one time and one mode, so that the same content makes the same zip file."""
    for path in (output, *output.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_EPOCH, _EPOCH))
