"""The page `docs/testing.md`, done as it says: its files are written, its commands run, their output compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

PAGE: Final = Path(__file__).parents[3] / "docs" / "testing.md"
BLOCK: Final = re.compile(r"^```(?P<language>\w+) ?(?P<file>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS: Final = re.compile(r"in \d+\.\d+s")


class Block(NamedTuple):
    """A fenced block of the page; one with a file name is added to the end of that file."""

    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    return [Block(*match.group("language", "file", "text")) for match in BLOCK.finditer(PAGE.read_text("utf-8"))]


def compare(told: list[str], shown: list[str]) -> None:
    """See that a command has told what the page shows; a line `...` stands for any number of lines."""
    lines = [SECONDS.sub("", line) for line in told if line.strip()]
    skipping = False
    for expected in shown:
        if expected == "...":
            skipping = True
            continue
        wanted = SECONDS.sub("", expected)
        while skipping and lines and lines[0] != wanted:
            del lines[0]
        assert lines[:1] == [wanted], "\n".join(told)
        del lines[0]
        skipping = False
    assert lines == []


def test_the_page_does_what_it_says(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    commands = 0
    for block in blocks():
        if block.file:
            path = pytester.path / block.file
            path.write_text((path.read_text() + "\n\n" if path.exists() else "") + block.text)
        elif block.language == "console":
            command, *shown = block.text.splitlines()
            program, *arguments = shlex.split(command.removeprefix("$ "))
            assert program == "pytest"
            compare(pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments).outlines, shown)
            commands += 1
    assert commands == 5
    assert "Charge" in (pytester.path / "asl-coverage.html").read_text()
