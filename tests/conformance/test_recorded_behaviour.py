"""What AWS was recorded to do, replayed against the engine over HTTP.

The recordings are no part of this repository: they are looked for in the folder that `BATON_CONFORMANCE` names, or in
`shared/conformance` beside the checkout.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.asl.engine.lambda_api import running_lambda_api
from tests.unit.cloud import embedded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FLOORS = {
    "api-only": 129,
    "api-only+svc": 4,
    "exec-activity": 2,
    "exec-lambda-other": 2,
    "exec-lambda-simple": 54,
    "exec-logs": 1,
    "exec-nested-sfn": 5,
    "exec-other-service": 16,
    "exec-pure": 165,
    "exec-s3": 20,
    "test-state": 85,
}
"""How many cases of each category agree at least. Raise a number when it grows; what lowers it is a regression."""

WITH_EMBEDDED_AWS = frozenset({"exec-logs", "exec-other-service", "exec-s3"})
"""The categories that need services which the Lambda API of the tests has not."""

IN_EMBEDDED_AWS = frozenset({"api-only+svc"})
"""The categories whose state machines CloudFormation makes, which only the embedded AWS's own engine gets to know."""

PROJECT = Path(__file__).parents[2]


def recordings() -> Path:
    named = os.environ.get("BATON_CONFORMANCE")
    folder = Path(named) if named else PROJECT.parent / "shared" / "conformance"
    if not (folder / "check.py").is_file():
        pytest.skip(f"no recorded cases at {folder}: set BATON_CONFORMANCE to where check.py and cases/ are")
    return folder


@contextmanager
def engine(aws: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "asl", "serve", "--port", "0"],
        cwd=PROJECT,
        env={**os.environ, "AWS_ENDPOINT_URL": aws},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        listening = re.search(r"http://\S+", process.stdout.readline())
        assert listening is not None
        yield listening[0]
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The result of every case, by category."""
    recordings()
    folder = tmp_path_factory.mktemp("conformance")
    with running_lambda_api() as server:
        aws = f"http://127.0.0.1:{server.server_port}"
        with engine(aws) as endpoint:
            categories = FLOORS.keys() - WITH_EMBEDDED_AWS - IN_EMBEDDED_AWS
            cases = replay(endpoint, aws, categories, folder / "beside.json")
    with embedded(folder) as aws:
        with engine(aws) as endpoint:
            cases += replay(endpoint, aws, WITH_EMBEDDED_AWS, folder / "embedded.json")
        cases += replay(aws, aws, IN_EMBEDDED_AWS, folder / "in.json")
    by_category: dict[str, list[dict[str, Any]]] = {category: [] for category in FLOORS}
    for case in cases:
        by_category[case["category"]].append(case)
    return by_category


def replay(endpoint: str, aws: str, categories: Collection[str], results: Path) -> list[dict[str, Any]]:
    """The result of every case of some categories, against an engine whose tasks find AWS at a URL."""
    arguments = [endpoint, "--aws", aws, "--category", ",".join(categories), "--jobs", "8", "--json", str(results)]
    check = str(recordings() / "check.py")
    subprocess.run([sys.executable, check, *arguments], capture_output=True, timeout=110, check=False)
    cases: list[dict[str, Any]] = json.loads(results.read_text())
    return cases


@pytest.mark.parametrize("category", FLOORS)
def test_as_much_agrees_with_the_recordings_as_ever(category: str, replayed: dict[str, list[dict[str, Any]]]) -> None:
    cases = replayed[category]
    differing = [f"{case['name']}: {case['differences'][0]}" for case in cases if not case["agrees"]]
    agreeing = len(cases) - len(differing)
    assert agreeing >= FLOORS[category], f"{agreeing} of {len(cases)} agree\n" + "\n".join(differing)
