"""Functions on AWS's runtime client, in processes of their own: what each of them sees, says and leaves behind."""

from __future__ import annotations

import io
import json
import os
import queue
import re
import resource
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from local.lambda_runtime import bootstrap
from local.lambda_runtime.function import Function, Invocation, Outcome, sorted_items
from local.lambda_runtime.host import BusyError, Host
from local.lambda_runtime.packages import RUNTIME_PACKAGES, PackageError, Packages
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from local.lambda_runtime.output import LogEvent

VARIABLES = {"PATH": os.environ["PATH"], "TZ": ":UTC"}
ARN = "arn:aws:lambda:us-east-1:000000000000:function:example"


@dataclass
class Laboratory:
    """A host, and functions made of source code."""

    host: Host
    packages: Packages
    logged: queue.SimpleQueue[tuple[str, str, list[LogEvent]]]

    def function(self, source: str, *, layers: tuple[Mapping[str, str], ...] = (), **settings: Any) -> Function:
        """A function whose module `app` has the source; the handler is `app.handler` unless told otherwise."""
        opt = self.packages.unpacked([archive(layer) for layer in layers]) if layers else None
        defaults: dict[str, Any] = {
            "account": "000000000000",
            "region": "us-east-1",
            "name": "example",
            "version": "$LATEST",
            "runtime": "python3.11",
            "handler": "app.handler",
            "timeout": 30,
            "memory_size": 256,
            "task": self.packages.unpacked([archive({"app.py": source})]),
            "opt": opt,
            "log_group": "/aws/lambda/example",
        }
        return Function(**{**defaults, **settings})

    def invoke(self, function: Function, event: Any = None, request_id: str = "r-1") -> Outcome:
        """The outcome of one invocation."""
        payload = json.dumps(event).encode()
        return self.host.invoke(function, Invocation(request_id=request_id, arn=f"{ARN}:live", payload=payload))

    def answer(self, function: Function, event: Any = None) -> Any:
        """What a function returns."""
        outcome = self.invoke(function, event)
        assert not outcome.failed, outcome.log
        return json.loads(outcome.payload)

    def error(self, function: Function, event: Any = None, request_id: str = "r-1") -> dict[str, Any]:
        """The error that a function ends with."""
        outcome = self.invoke(function, event, request_id)
        assert outcome.failed, outcome.payload
        error: dict[str, Any] = json.loads(outcome.payload)
        return error


def archive(files: Mapping[str, str]) -> bytes:
    """A zip archive with these files; the same bytes whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return Packages(tmp_path_factory.mktemp("packages"))


@contextmanager
def laboratory_in(folder: Path, packages: Packages, *, native: bool = True) -> Iterator[Laboratory]:
    """A host with files in the folder, closed afterwards."""
    logged: queue.SimpleQueue[tuple[str, str, list[LogEvent]]] = queue.SimpleQueue()

    def write_log(function: Function, stream: str, events: list[LogEvent]) -> None:
        logged.put((function.log_group, stream, events))

    host = Host(packages.runtime(native=native), folder / "scratch", folder / "notes", VARIABLES, write_log)
    try:
        yield Laboratory(host, packages, logged)
    finally:
        host.close()


@pytest.fixture
def laboratory(packages: Packages, tmp_path: Path) -> Iterator[Laboratory]:
    with laboratory_in(tmp_path, packages) as opened:
        yield opened


def test_a_function_answers_with_what_it_returns(laboratory: Laboratory) -> None:
    function = laboratory.function("def handler(event, context): return {'got': event}")
    assert laboratory.answer(function, {"ü": [1, 2.5, None]}) == {"got": {"ü": [1, 2.5, None]}}


def test_an_error_has_the_type_message_and_stack_trace_of_what_was_raised(laboratory: Laboratory) -> None:
    function = laboratory.function(
        "class Broken(Exception): pass\ndef handler(event, context):\n    raise Broken('so')\n"
    )
    error = laboratory.error(function, request_id="r-7")
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("Broken", "so", "r-7")
    [frame] = error["stackTrace"]
    assert "app.py" in frame
    assert "line 3, in handler" in frame


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "told"),
    [
        ("import nothing_of_that_name", "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app'"),
        ("def handler(", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ("raise ValueError('at import')", "app.handler", "ValueError", "at import"),
        ("import os\nos._exit(3)", "app.handler", "Runtime.ExitError", "exit status 3"),
    ],
)
def test_a_function_that_cannot_be_loaded_says_why(
    laboratory: Laboratory, source: str, handler: str, error_type: str, told: str
) -> None:
    error = laboratory.error(laboratory.function(source, handler=handler))
    assert error["errorType"] == error_type
    assert told in error["errorMessage"]


def test_a_function_that_takes_too_long_is_ended_and_the_next_invocation_starts_anew(laboratory: Laboratory) -> None:
    source = """
        import time
        count = 0
        def handler(event, context):
            global count
            count += 1
            if event == "sleep":
                print("before", flush=True)
                time.sleep(60)
            return count
    """
    function = laboratory.function(dedented(source), timeout=1)
    assert laboratory.answer(function) == 1
    outcome = laboratory.invoke(function, "sleep", "r-2")
    assert json.loads(outcome.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-2 Error: Task timed out after 1.00 seconds",
    }
    assert "before\n" in outcome.log
    assert "r-2 Task timed out after 1.00 seconds" in outcome.log
    assert "Status: timeout" in outcome.log
    assert laboratory.answer(function) == 1


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("sys.exit(4)", "exit status 4"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "signal: killed"),
    ],
)
def test_a_function_that_ends_its_process_fails_its_invocation_only(
    laboratory: Laboratory, ending: str, told: str
) -> None:
    source = f"import os, sys\ndef handler(event, context):\n    if event:\n        {ending}\n    return 'well'\n"
    function = laboratory.function(source)
    assert laboratory.answer(function) == "well"
    error = laboratory.error(function, "end", "r-3")
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith("RequestId: r-3 Error: ")
    assert told in error["errorMessage"]
    assert laboratory.answer(function) == "well"


def test_invocations_one_after_the_other_share_an_environment(laboratory: Laboratory) -> None:
    function = laboratory.function("import os\ndef handler(event, context): return os.getpid()")
    assert len({laboratory.answer(function) for _ in range(3)}) == 1


def test_another_configuration_is_another_environment(laboratory: Laboratory) -> None:
    source = "import os\ndef handler(event, context): return os.environ.get('COLOUR')"
    function = laboratory.function(source, environment=sorted_items({"COLOUR": "red"}))
    assert laboratory.answer(function) == "red"
    assert laboratory.answer(replace(function, environment=sorted_items({"COLOUR": "blue"}))) == "blue"
    assert laboratory.answer(function) == "red"


def test_invocations_at_once_that_need_each_other_all_come_to_an_end(laboratory: Laboratory, tmp_path: Path) -> None:
    """Five invocations of which none ends before the fifth has begun: more than one environment for each processor."""
    source = """
        import pathlib, time, uuid
        def handler(event, context):
            folder = pathlib.Path(event)
            (folder / uuid.uuid4().hex).touch()
            while len(list(folder.iterdir())) < 5:
                time.sleep(0.01)
            return "all here"
    """
    function = laboratory.function(dedented(source))
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threads = [
        threading.Thread(target=lambda: answers.put(laboratory.answer(function, str(meeting)))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers.get_nowait() for _ in threads] == ["all here"] * 5


def test_a_function_sees_the_environment_that_lambda_gives(laboratory: Laboratory) -> None:
    source = """
        import os
        def handler(event, context):
            return {
                "variables": dict(os.environ),
                "arn": context.invoked_function_arn, "id": context.aws_request_id, "name": context.function_name,
                "version": context.function_version, "memory": context.memory_limit_in_mb,
                "group": context.log_group_name, "stream": context.log_stream_name,
                "left": 0 < context.get_remaining_time_in_millis() <= 30_000,
                "folder": os.getcwd(),
            }
    """
    variables = sorted_items({"COLOUR": "red", "AWS_REGION": "not this one", "AWS_ACCESS_KEY_ID": "key"})
    function = laboratory.function(dedented(source), environment=variables, version="7")
    outcome = laboratory.host.invoke(
        function, Invocation(request_id="r-9", arn=f"{ARN}:live", payload=b"{}", trace_id="Root=1-5-6;Sampled=1")
    )
    seen = json.loads(outcome.payload)
    expected = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "example",
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/example",
        "AWS_REGION": "us-east-1",
        "COLOUR": "red",
        "LAMBDA_TASK_ROOT": str(function.task),
        "TZ": ":UTC",
        "_HANDLER": "app.handler",
        "_X_AMZN_TRACE_ID": "Root=1-5-6;Sampled=1",
    }
    assert {name: seen["variables"].get(name) for name in expected} == expected
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[7\][0-9a-f]{32}", seen["stream"])
    assert seen["variables"]["AWS_LAMBDA_LOG_STREAM_NAME"] == seen["stream"]
    assert (seen["arn"], seen["id"], seen["name"], seen["version"]) == (f"{ARN}:live", "r-9", "example", "7")
    assert (seen["memory"], seen["group"], seen["left"]) == ("256", "/aws/lambda/example", True)
    assert seen["folder"] == str(function.task)
    assert "HOME" not in seen["variables"], "nothing of the user's environment gets in"


def test_a_function_finds_its_code_its_layers_and_what_lambda_brings_and_nothing_else(laboratory: Laboratory) -> None:
    source = """
        import importlib.util
        def handler(event, context):
            return {name: bool(importlib.util.find_spec(name)) for name in event}
    """
    layers = ({"python/shared.py": "value = 1", "python/lower.py": "value = 1"}, {"python/lower.py": "value = 2"})
    function = laboratory.function(dedented(source), layers=layers)
    wanted = {"app": True, "shared": True, "boto3": True, "pytest": False, "ministack": False, "local": False}
    assert laboratory.answer(function, list(wanted)) == wanted
    latest = laboratory.function("import lower\ndef handler(event, context): return lower.value", layers=layers)
    assert laboratory.answer(latest) == 2, "a later layer is above an earlier one"


def test_what_has_waited_too_long_for_an_environment_is_refused_and_not_run(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.lambda_runtime.host._patience", lambda _function: 0.0)
    source = """
        def handler(event, context):
            with open(event["gate"]) as gate, open(event["ran"], "a") as ran:
                return ran.write(gate.read())
    """
    function, gate, ran = laboratory.function(dedented(source)), tmp_path / "gate", tmp_path / "ran"
    os.mkfifo(gate)
    event = {"gate": str(gate), "ran": str(ran)}
    with ThreadPoolExecutor(1) as other:
        running = other.submit(laboratory.answer, function, event)
        with gate.open("w") as opened:  # it opens once the first invocation reads
            opened.write("x")
            with pytest.raises(BusyError):
                laboratory.invoke(function, event)
        assert running.result(60) == 1
    assert ran.read_text() == "x"


def test_the_runtime_has_all_that_its_packages_need(packages: Packages) -> None:
    import importlib.metadata

    from packaging.requirements import Requirement

    needed = {
        requirement.name
        for package in RUNTIME_PACKAGES
        for text in importlib.metadata.requires(package) or ()
        if (requirement := Requirement(text)).marker is None or requirement.marker.evaluate({"extra": ""})
    }
    assert needed <= set(RUNTIME_PACKAGES)
    assert (packages.runtime() / "awslambdaric").is_dir()


def test_the_log_has_what_lambda_writes_around_what_the_function_says(laboratory: Laboratory) -> None:
    source = """
        import logging, sys
        logging.getLogger().setLevel("INFO")
        print("loading")
        def handler(event, context):
            print("to standard output")
            print("to standard error", file=sys.stderr)
            logging.info("a record\\nof two lines")
            raise KeyError("why")
    """
    function = laboratory.function(dedented(source))
    first = laboratory.invoke(function, request_id="r-1").log.splitlines()
    assert first[0] == "START RequestId: r-1 Version: $LATEST"
    assert "to standard output" in first
    assert "to standard error" in first
    assert any(re.fullmatch(r"\[INFO\]\t[\d:TZ.-]+\tr-1\ta record", line) for line in first)
    assert any(line.startswith("[ERROR] KeyError: 'why'") for line in first)
    assert first[-2] == "END RequestId: r-1"
    assert re.fullmatch(
        r"REPORT RequestId: r-1\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"(Max Memory Used: \d+ MB\t)?Init Duration: [\d.]+ ms\tStatus: error\t",
        first[-1],
    )
    assert "Init Duration" not in laboratory.invoke(function, request_id="r-2").log
    written = [laboratory.logged.get_nowait() for _ in range(laboratory.logged.qsize())]
    assert {group for group, _, _ in written} == {"/aws/lambda/example"}
    assert len({stream for _, stream, _ in written}) == 1, "an environment writes to one stream"
    messages = [event.message for _, _, events in written for event in events]
    assert messages[0].startswith("INIT_START Runtime Version: python:3.11")
    assert messages[1] == "loading"
    assert messages[2] == "START RequestId: r-1 Version: $LATEST"
    assert any(message.endswith("\ta record\nof two lines") for message in messages), "a record is one event"


def test_a_function_runs_as_well_without_the_native_runtime_client(packages: Packages, tmp_path: Path) -> None:
    """As on macOS, where the runtime client has no native part."""
    with laboratory_in(tmp_path, packages, native=False) as laboratory:
        source = "def handler(event, context):\n    if event: raise KeyError(event)\n    return context.aws_request_id"
        function = laboratory.function(source)
        assert laboratory.answer(function) == "r-1"
        error = laboratory.error(function, "ü\n")
        assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'ü\\n'")
        assert laboratory.answer(function) == "r-1"


# Forked environments: what they share, and when they don't.

forks = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux only")


def learned(laboratory: Laboratory, layers: tuple[Mapping[str, str], ...]) -> None:
    """Run a function that imports the module `shared` of a layer, so that it is known to be imported."""
    laboratory.answer(laboratory.function("import shared\ndef handler(event, context): return 1", layers=layers))


@forks
def test_environments_are_forked_from_a_process_that_has_the_imports(laboratory: Laboratory) -> None:
    """Where a module was imported says so: the id of that process is the same for two functions."""
    layers = ({"python/shared.py": "import os\nplace = os.getpid()"},)
    learned(laboratory, layers)
    source = (
        "import os, shared\ndef handler(event, context): return [shared.place, os.getpid(), os.environ.get('NAME')]"
    )
    one = laboratory.answer(laboratory.function(source, layers=layers, environment=sorted_items({"NAME": "one"})))
    two = laboratory.answer(laboratory.function(source, layers=layers, environment=sorted_items({"NAME": "two"})))
    assert one[0] == two[0]
    assert len({one[0], one[1], two[1]}) == 3
    assert (one[2], two[2]) == ("one", "two")


@pytest.fixture
def a_thousand_open_files() -> Iterator[None]:
    """What is opened next in this process gets a number that `select` can't take any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    yield
    for descriptor in opened:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@forks
@pytest.mark.usefixtures("a_thousand_open_files")
def test_environments_are_forked_however_many_files_the_host_has_open(laboratory: Laboratory) -> None:
    layers = ({"python/shared.py": "import os\nplace = os.getpid()"},)
    learned(laboratory, layers)
    source = "import os, shared\ndef handler(event, context): return [shared.place, os.getpid()]"
    for environment in ({"NAME": "one"}, {"NAME": "two"}):
        function = laboratory.function(source, layers=layers, environment=sorted_items(environment))
        assert shared(laboratory.answer(function))


@pytest.fixture
def reaps_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that starts after this looks all the time for environments that are not needed any more."""
    monkeypatch.setattr("local.lambda_runtime.host.REAP_SECONDS", 0.05)
    monkeypatch.setattr("local.lambda_runtime.host.SPARE_SECONDS", 0.0)


@forks
@pytest.mark.usefixtures("reaps_at_once")
def test_an_environment_is_replaced_once_more_is_known_to_be_imported(laboratory: Laboratory) -> None:
    """What is imported while an event is handled is known after that: the next environment shares it, too."""
    layers = ({"python/shared.py": "", "python/late.py": "import os\nplace = os.getpid()"},)
    learned(laboratory, layers)
    source = "import os\ndef handler(event, context):\n    import late\n    return [late.place, os.getpid()]"
    function = laboratory.function(source, layers=layers)
    place, process = laboratory.answer(function)
    assert place == process
    place, process = eventually(lambda: shared(laboratory.answer(function)), "an environment with what was learned")
    assert laboratory.answer(function)[0] == place


@forks
@pytest.mark.usefixtures("reaps_at_once")
def test_an_environment_is_replaced_once_it_has_done_much(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.lambda_runtime.environment.WORN_AFTER", 3)
    layers = ({"python/shared.py": ""},)
    learned(laboratory, layers)
    source = "import os, shared\ndef handler(event, context): return os.getpid()"
    function = laboratory.function(source, layers=layers)
    process = laboratory.answer(function)
    eventually(lambda: laboratory.answer(function) != process, "another environment after three invocations")


def test_what_others_note_at_the_same_time_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, noted = tmp_path / "notes", bootstrap._noted

    def noted_then_another_notes(path: str) -> set[str]:
        found = noted(path)
        with notes.open("a") as file:
            file.write("another\n")
        return found

    monkeypatch.setattr(bootstrap, "_noted", noted_then_another_notes)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    bootstrap._add_to_notes(str(notes))
    assert {"another", "json", "pytest"} <= noted(str(notes))


def shared(answer: list[int]) -> list[int] | None:
    """The answer, if the process that imported is not the one that answers."""
    place, process = answer
    return None if place == process else answer


@forks
def test_what_a_module_reads_of_the_environment_at_its_import_is_the_functions_own(
    laboratory: Laboratory,
) -> None:
    layers = ({"python/shared.py": "import os\ncolour = os.environ.get('COLOUR')"},)
    learned(laboratory, layers)
    source = "import shared\ndef handler(event, context): return shared.colour"
    seen = [
        laboratory.answer(laboratory.function(source, layers=layers, environment=environment))
        for environment in (sorted_items({"COLOUR": "red"}), sorted_items({"COLOUR": "blue"}), ())
    ]
    assert seen == ["red", "blue", None]


@forks
def test_a_module_that_starts_a_thread_is_imported_by_each_environment(laboratory: Laboratory) -> None:
    text = "import threading\nbeats = []\nthreading.Thread(target=lambda: beats.append(1), daemon=True).start()"
    waits = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    layers = ({"python/shared.py": f"{text}\n{waits}"},)
    learned(laboratory, layers)
    source = "import shared, threading\ndef handler(event, context): return threading.active_count() > 2"
    assert laboratory.answer(laboratory.function(source, layers=layers)) is True


@forks
def test_what_ends_a_forked_environment_is_told(laboratory: Laboratory) -> None:
    layers = ({"python/shared.py": ""},)
    learned(laboratory, layers)
    source = "import os, shared\ndef handler(event, context): os._exit(5)"
    error = laboratory.error(laboratory.function(source, layers=layers))
    assert error["errorMessage"].endswith("exit status 5")


def test_no_process_outlives_its_host(laboratory: Laboratory) -> None:
    source = "import os\ndef handler(event, context): return os.getpid()"
    process = laboratory.answer(laboratory.function(source))
    handle = os.pidfd_open(process) if hasattr(os, "pidfd_open") else None
    laboratory.host.close()
    waiting = threading.Thread(target=wait_for, args=(process, handle), daemon=True)
    waiting.start()
    waiting.join(30)
    assert not waiting.is_alive(), "the process of the function is still there"


def wait_for(process: int, handle: int | None) -> None:
    """Return once the process has ended."""
    import select

    if handle is not None:
        select.select([handle], [], [])
        os.close(handle)
        return
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return


def test_packages_are_unpacked_once_and_kept(tmp_path: Path) -> None:
    packages = Packages(tmp_path)
    folder = packages.unpacked([archive({"app.py": "1"})])
    (folder / "compiled").touch()
    assert Packages(tmp_path).unpacked([archive({"app.py": "1"})]) == folder
    assert (folder / "compiled").exists()
    assert packages.unpacked([archive({"app.py": "2"})]) != folder
    with pytest.raises(PackageError, match="not a zip archive"):
        packages.unpacked([b"no archive"])
    assert len(list(tmp_path.iterdir())) == 2, "nothing half done is left"


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    folder = Packages(tmp_path / "packages").unpacked([archive({"../../escaped.py": "1"})])
    assert not (tmp_path / "escaped.py").exists()
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["escaped.py"]


def dedented(source: str) -> str:
    """Source code without the indentation of the test that it stands in."""
    import textwrap

    return textwrap.dedent(source)
