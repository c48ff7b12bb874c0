"""Building the console's pages with npm: when, and what is told where it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.console.build import Pages
from local.errors import DeploymentError

if TYPE_CHECKING:
    from pathlib import Path

COPY = "node -e \"fs.mkdirSync('dist', {recursive: true}); fs.copyFileSync('index.html', 'dist/index.html')\""
FAIL = "node -e \"console.error('main.tsx does not compile'); process.exit(3)\""


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """A small project without dependencies, so that nothing is fetched."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "tests").mkdir()
    (web / "index.html").write_text("first")
    (web / "src" / "main.tsx").write_text("export {};")
    lock = {"name": "pages", "lockfileVersion": 3, "requires": True, "packages": {"": {"name": "pages"}}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    made = Pages(web, tmp_path / "logs" / "console.log")
    use(made, COPY)
    return made


def use(pages: Pages, script: str) -> None:
    (pages.web / "package.json").write_text(json.dumps({"name": "pages", "scripts": {"build": script}}))


def build(pages: Pages) -> list[str]:
    """What is said while they are built."""
    said: list[str] = []
    pages.build(said.append)
    return said


def test_they_are_built_when_their_sources_have_changed(pages: Pages) -> None:
    assert build(pages)[-1] == "built the console"
    assert pages.index.read_text() == "first"
    assert build(pages) == ["the console is up to date"]
    (pages.web / "index.html").write_text("second")
    assert build(pages) == ["building the console", "built the console"]
    assert pages.index.read_text() == "second"


@pytest.mark.parametrize("name", ["src/added.tsx", "vite.config.ts", "public/favicon.svg"])
def test_a_source_that_is_added_is_a_change(pages: Pages, name: str) -> None:
    build(pages)
    (pages.web / name).parent.mkdir(exist_ok=True)
    (pages.web / name).write_text("added")
    assert "built the console" in build(pages)


def test_a_test_that_is_added_is_none(pages: Pages) -> None:
    build(pages)
    (pages.web / "tests" / "added.test.ts").write_text("added")
    assert build(pages) == ["the console is up to date"]


def test_what_was_built_and_removed_is_built_again(pages: Pages) -> None:
    build(pages)
    pages.index.unlink()
    assert "built the console" in build(pages)


def test_a_build_that_fails_says_why_and_is_tried_again(pages: Pages) -> None:
    build(pages)
    use(pages, FAIL)
    for _ in range(2):
        with pytest.raises(DeploymentError) as failed:
            build(pages)
        assert f"`npm run build` in {pages.web} ended with status 3: main.tsx does not compile" in failed.value.message
        assert str(pages.log) in failed.value.hint
    use(pages, COPY)
    assert "built the console" in build(pages)


def test_a_lock_that_does_not_fit_is_told(pages: Pages) -> None:
    (pages.web / "package-lock.json").write_text("{")
    with pytest.raises(DeploymentError) as failed:
        build(pages)
    assert f"`npm ci` in {pages.web} ended with status 1: " in failed.value.message


def test_a_build_that_makes_no_page_is_a_failure(pages: Pages) -> None:
    use(pages, "node --version")
    with pytest.raises(DeploymentError) as failed:
        build(pages)
    assert str(pages.index) in failed.value.message
