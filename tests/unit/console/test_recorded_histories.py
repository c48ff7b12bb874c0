"""The histories that the console in the browser is tested with are what the engine and the operations API say now."""

from __future__ import annotations

from tests.console_histories import FOLDER, recorded


def test_recorded_histories_are_current() -> None:
    kept = {file.stem: file.read_text() for file in FOLDER.glob("*.json")}
    assert kept == dict(recorded()), "python -m tests.console_histories records them anew"
