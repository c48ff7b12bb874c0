"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

DEFINITION = """
{"StartAt": "Do", "States": {
  "Do": {"Type": "Task", "Resource": "${Do.Arn}", "Next": "Done",
         "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}],
         "Catch": [{"ErrorEquals": ["Broken"], "Next": "Done"}]},
  "Done": {"Type": "Succeed"}}}
"""
TESTS = """
from asl.testing import Failure, Workflow, in_turn

DO = Workflow.from_file("flows/do.asl.json")

def test_good():
    assert DO.run({}, handlers={"Do": {}}).succeeded

def test_retried():
    run = DO.run({}, handlers={"Do": in_turn(Failure("Busy"), Failure("Broken"))})
    assert run.path == ["Do", "Done"]
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one definition and tests that take all of it; a second one, that no test runs, on demand."""
    flows = pytester.mkdir("flows")
    (flows / "do.asl.json").write_text(DEFINITION)
    pytester.makepyfile(test_do=TESTS)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nasyncio_mode = auto")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_the_coverage_is_told_and_enough(project: pytest.Pytester) -> None:
    result = run(project, "--asl-cov", "--asl-cov-fail-under=100")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*state machine coverage*", "*covered", "do *2/2*1/1*-*1/1*1/1*100%"])


def test_too_little_coverage_fails_the_run(project: pytest.Pytester) -> None:
    result = run(project, "--asl-cov=flows", "--asl-cov-fail-under=100", "-k", "good")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*missed catcher Do \u2192 Done: catches Broken", "FAIL 60% of *, 100% is wanted"])


def test_a_definition_that_no_test_runs_counts_where_its_path_is_measured(project: pytest.Pytester) -> None:
    (project.path / "flows" / "other.asl.json").write_text(DEFINITION)
    result = run(project, "--asl-cov=flows", "--asl-cov-fail-under=100")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["do * 100%", "other *0/2*0%"])


def test_only_what_is_under_the_path_is_measured(project: pytest.Pytester) -> None:
    project.mkdir("elsewhere").joinpath("other.asl.json").write_text(DEFINITION)
    result = run(project, "--asl-cov=elsewhere")
    assert "do " not in result.stdout.str().partition("state machine coverage")[2]


def test_workers_of_xdist_count_together(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("-n2", "--asl-cov=flows", "--asl-cov-fail-under=100")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["do *100%"])
    assert result.stdout.str().count("state machine coverage") == 1


def test_reports_are_written_to_files(project: pytest.Pytester) -> None:
    result = run(project, "--asl-cov", "--asl-cov-report=html:out/cov.html", "--asl-cov-report=json")
    result.stdout.fnmatch_lines(["html report: out/cov.html", "json report: asl-coverage.json"])
    assert "state machine  " not in result.stdout.str()
    assert "Do \u2192 Done" in (project.path / "out" / "cov.html").read_text()
    report = json.loads((project.path / "asl-coverage.json").read_text())
    assert (report["percent"], report["stateMachines"][0]["source"]) == (100, "flows/do.asl.json")


MISTAKES = [
    (["--asl-cov-fail-under=100"], "--asl-cov-report and --asl-cov-fail-under need --asl-cov"),
    (["--asl-cov", "--asl-cov-report=xml"], "--asl-cov-report=xml: it has to be term, html*"),
    (["--asl-cov=nowhere"], "--asl-cov=nowhere: there is no such file or folder"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_an_option_that_makes_no_sense_says_so(project: pytest.Pytester, arguments: list[str], message: str) -> None:
    result = run(project, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}"])


def test_a_broken_definition_under_the_path_is_a_mistake_that_says_where(project: pytest.Pytester) -> None:
    (project.path / "flows" / "broken.asl.json").write_text("{}")
    result = run(project, "--asl-cov=flows")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "broken.asl.json is not a valid definition" in result.stdout.str() + result.stderr.str()


def test_a_failed_test_shows_the_history(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_do="""
        from asl.testing import Failure, Workflow

        def test_wrong():
            run = Workflow.from_file("flows/do.asl.json").run({}, handlers={"Do": Failure("Broken", "it is")})
            run.assert_path("Do", "Other")
        """
    )
    result = run(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*ExpectationError: expected Other at step 2, not Done: do SUCCEEDED after 0s, path Do > Done",
            "*State machine do:run-1*",
            "*id*after*event*state*",
            "*LambdaFunctionFailed*Broken: it is",
        ]
    )
    assert "asl/testing" not in result.stdout.str()


def test_a_run_that_a_test_leaves_does_not_go_on_into_the_next(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_do="""
        from asl.testing import WAITS, Workflow

        LEFT = []
        WAIT = {"Type": "Wait", "Seconds": 60, "End": True}

        def test_leaves_a_run():
            LEFT.append(Workflow.from_definition({"StartAt": "A", "States": {"A": WAIT}}).start())
            assert LEFT[0].name == "workflow:run-1"

        async def test_leaves_an_async_run():
            run = await Workflow.from_definition({"StartAt": "A", "States": {"A": WAIT}}).start_async()
            LEFT.append(run)
            assert run.name == "workflow:run-1"

        def test_finds_them_ended():
            assert [run.status for run in LEFT] == ["ABORTED", "ABORTED"]
        """
    )
    result = run(project, "-W", "error")
    result.assert_outcomes(passed=3)


def test_where_no_test_uses_it_nothing_is_imported() -> None:
    told = "import sys, asl.pytest_plugin; print([name for name in sys.modules if name.startswith('asl.')])"
    output = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True).stdout
    assert output.strip() == "['asl.pytest_plugin']"


def test_the_plugin_can_be_switched_off(project: pytest.Pytester) -> None:
    run(project, "-p", "no:asl").assert_outcomes(passed=2)
    assert run(project, "-p", "no:asl", "--asl-cov").ret == pytest.ExitCode.USAGE_ERROR
