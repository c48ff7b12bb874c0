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

from tests.conformance.aws_beside import aws_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOORS = {
    "api-only": 129,
    "exec-activity": 2,
    "exec-lambda-other": 2,
    "exec-lambda-simple": 54,
    "exec-nested-sfn": 5,
    "exec-pure": 164,
    "test-state": 85,
}
"""How many cases of each category agree at least. Raise a number when it grows; what lowers it is a regression."""

PROJECT = Path(__file__).parents[2]


def recordings() -> Path:
    named = os.environ.get("BATON_CONFORMANCE")
    folder = Path(named) if named else PROJECT.parent / "shared" / "conformance"
    if not (folder / "check.py").is_file():
        pytest.skip(f"no recorded cases at {folder}: set BATON_CONFORMANCE to where check.py and cases/ are")
    return folder


@contextmanager
def engine(lambda_endpoint: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "asl", "serve", "--port", "0"],
        cwd=PROJECT,
        env={**os.environ, "LAMBDA_ENDPOINT": lambda_endpoint},
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
    folder, results = recordings(), tmp_path_factory.mktemp("conformance") / "results.json"
    with aws_beside() as aws, engine(aws) as endpoint:
        arguments = [endpoint, "--aws", aws, "--category", ",".join(FLOORS), "--jobs", "8", "--json", str(results)]
        subprocess.run(
            [sys.executable, str(folder / "check.py"), *arguments], capture_output=True, timeout=110, check=False
        )
    by_category: dict[str, list[dict[str, Any]]] = {category: [] for category in FLOORS}
    for case in json.loads(results.read_text()):
        by_category[case["category"]].append(case)
    return by_category


@pytest.mark.parametrize("category", FLOORS)
def test_as_much_agrees_with_the_recordings_as_ever(category: str, replayed: dict[str, list[dict[str, Any]]]) -> None:
    cases = replayed[category]
    differing = [f"{case['name']}: {case['differences'][0]}" for case in cases if not case["agrees"]]
    agreeing = len(cases) - len(differing)
    assert agreeing >= FLOORS[category], f"{agreeing} of {len(cases)} agree\n" + "\n".join(differing)
