"""The pytest plugin of `asl.testing`: histories of failed tests, and the coverage of definitions.

It is loaded in every pytest run of an environment that has the package, and imports nothing until a test uses
`asl.testing` or the coverage is asked for. `-p no:asl` switches it off.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from asl.testing.coverage import Coverage, MachineCoverage
    from asl.testing.recorder import Recorder

RECORDER: Final = "asl.testing.recorder"
WORKER_DATA: Final = "asl_coverage"
PLUGIN: Final = "asl-coverage"
HISTORIES: Final = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--asl-cov` and what belongs to it."""
    group = parser.getgroup("asl", "coverage of state machines (Amazon States Language)")
    group.addoption(
        "--asl-cov",
        action="append",
        nargs="?",
        const="",
        default=None,
        metavar="PATH",
        help="measure which states, transitions, choices, catchers and retriers the tests take; with a file, folder or "
        "cloud assembly only of the definitions there, those that no test runs as well",
    )
    group.addoption(
        "--asl-cov-report",
        action="append",
        default=None,
        metavar="TYPE",
        help="term (the default), html[:FILE] or json[:FILE]; may be given more than once, an empty one for none",
    )
    group.addoption(
        "--asl-cov-fail-under",
        type=float,
        default=None,
        metavar="PERCENT",
        help="fail where less than this is covered",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Count where the coverage is asked for."""
    paths: list[str] | None = config.getoption("--asl-cov")
    if paths is None:
        if config.getoption("--asl-cov-fail-under") is not None or config.getoption("--asl-cov-report"):
            raise pytest.UsageError("--asl-cov-report and --asl-cov-fail-under need --asl-cov")
        return
    config.pluginmanager.register(CoveragePlugin(config, [Path(path) for path in paths if path]), PLUGIN)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A test begins: its runs are numbered from one, so that it draws the same however many tests came before."""
    recorder = _recorder()
    if recorder is not None:
        recorder.begin()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """The test has ended: nothing of its runs goes on."""
    recorder = _recorder()
    if recorder is not None:
        recorder.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the histories of a failed test's runs, the last ones."""
    report = yield
    recorder = _recorder()
    if recorder is not None and report.failed:
        for run in list(recorder.runs)[-HISTORIES:]:
            report.sections.append((f"State machine {run.name}", f"{run.summary}\n\n{run.table()}"))
    return report


def _recorder() -> Recorder | None:
    module = sys.modules.get(RECORDER)
    return None if module is None else module.recorder


class CoveragePlugin:
    """What `--asl-cov` does, in the process that reports and in the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config, paths: Sequence[Path]) -> None:
        from asl.testing.coverage import Coverage  # noqa: PLC0415 - only where it is asked for
        from asl.testing.recorder import recorder  # noqa: PLC0415

        self._config = config
        self._paths = paths
        for path in paths:
            if not path.exists():
                raise pytest.UsageError(f"--asl-cov={path}: there is no such file or folder")
        self.coverage: Coverage = Coverage()
        self._reports = _wanted_reports(config.getoption("--asl-cov-report"))
        self._lines: list[str] = []
        self._counted_before = recorder.coverage
        recorder.coverage = self.coverage

    def pytest_unconfigure(self) -> None:
        """Count no longer; a run inside of a run leaves the outer one as it was."""
        from asl.testing.recorder import recorder  # noqa: PLC0415 - as above

        recorder.coverage = self._counted_before

    def pytest_sessionfinish(self) -> None:
        """A worker of pytest-xdist hands over what it has counted."""
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[WORKER_DATA] = self.coverage.to_data()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker has counted."""
        self.coverage.add_data(getattr(node, "workeroutput", {}).get(WORKER_DATA, []))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """After the last test: write the reports, and fail where too little is covered."""
        result = yield
        if not hasattr(self._config, "workeroutput") and not self._config.option.collectonly:
            self._report(session)
        return result

    def _report(self, session: pytest.Session) -> None:
        from asl.testing.coverage_report import terminal_lines, total_percent  # noqa: PLC0415
        from asl.testing.coverage_sources import include_all_under, machines_under  # noqa: PLC0415
        from asl.testing.errors import UnusableDefinitionError  # noqa: PLC0415

        try:
            include_all_under(self.coverage, self._paths)
        except UnusableDefinitionError as error:
            raise pytest.UsageError(f"--asl-cov: {error}") from None
        machines = machines_under(self.coverage, self._paths)
        if "term" in self._reports:
            self._lines += list(terminal_lines(machines)) if machines else ["no state machine was run"]
        self._write_files(machines)
        wanted: float | None = self._config.getoption("--asl-cov-fail-under")
        covered = total_percent(machines) if machines else 0.0
        if wanted is not None and covered < wanted:
            self._lines.append(f"FAIL {covered:g}% of the state machines is covered, {wanted:g}% is wanted")
            session.testsfailed += 1

    def _write_files(self, machines: Sequence[MachineCoverage]) -> None:
        from asl.testing.coverage_html import html_text  # noqa: PLC0415
        from asl.testing.coverage_report import json_text  # noqa: PLC0415

        for kind, write in (("html", html_text), ("json", json_text)):
            if kind in self._reports:
                path = self._reports[kind]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(write(machines), "utf-8")
                self._lines.append(f"{kind} report: {path}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show the report."""
        if self._lines:
            terminalreporter.section("state machine coverage")
            for line in self._lines:
                terminalreporter.line(line)


def _wanted_reports(given: list[str] | None) -> dict[str, Path]:
    defaults = {"term": Path(), "html": Path("asl-coverage.html"), "json": Path("asl-coverage.json")}
    reports: dict[str, Path] = {}
    for text in ["term"] if given is None else [one for one in given if one]:
        kind, _, path = text.partition(":")
        if kind not in defaults or (kind == "term" and path):
            raise pytest.UsageError(f"--asl-cov-report={text}: it has to be term, html[:FILE] or json[:FILE]")
        reports[kind] = Path(path) if path else defaults[kind]
    return reports
