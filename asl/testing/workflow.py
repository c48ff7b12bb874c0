"""A state machine under test: its definition, and what does the work of its tasks."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from asl.assembly import AssemblyError, read_assembly
from asl.definition import StateMachine, parse
from asl.integrations.registry import ACTIVITY
from asl.testing import recorder
from asl.testing.errors import TestSetupError, UnusableDefinitionError
from asl.testing.loop import wait_for
from asl.testing.run import AsyncRun, Run
from asl.testing.sources import all_states, check_definition, fill_in, parse_json, read_definition_file
from asl.testing.stage import DEFAULT_START, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asl.assembly import Function
    from asl.testing.outcomes import Outcome

Json = Any

__tracebackhide__ = True  # a failed test shows the test


class Bindings(TypedDict, total=False):
    """What does the work of tasks.

    `handlers`: Lambda functions by name, ARN or, from a cloud assembly, logical or construct ID; each a Python handler
    that takes (event, context), or an outcome. `mocks`: outcomes of Task states by name, in place of what the state
    calls. `machines`: workflows that tasks start, by name or ARN. `endpoint_url`: where AWS services are, for the tasks
    that call them.
    """

    handlers: Mapping[str, Outcome]
    mocks: Mapping[str, Outcome]
    machines: Mapping[str, Workflow]
    endpoint_url: str | None


class RunOptions(Bindings, total=False):
    """How one run differs. `start_at`: the state of the machine to start at, its own first state otherwise.

    `name`: of the execution. `start_time`: what the clock shows first, an aware datetime, 2026-01-01 UTC otherwise.
    `seed`: draws of the run (tokens, identifiers, jitter, `$random`) are others for another seed.
    """

    start_at: str
    name: str
    start_time: datetime
    seed: int


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A definition with its bindings. Nothing of it changes: `bind` returns another one.

        workflow = Workflow.from_file("order.asl.json").bind(handlers={"Charge": charge.handler})
        run = workflow.run({"order": 1})
        assert run.path == ["Charge", "Ship"]

    `functions` are further names of functions and their ARNs; `activities` the ARNs of the activities it uses.
    """

    name: str
    text: str = field(repr=False)
    definition: StateMachine = field(repr=False, compare=False)
    source: Path | None = None
    functions: Mapping[str, str] = field(default_factory=dict, repr=False)
    activities: tuple[str, ...] = ()
    handlers: Mapping[str, Outcome] = field(default_factory=dict, repr=False)
    mocks: Mapping[str, Outcome] = field(default_factory=dict, repr=False)
    machines: Mapping[str, Workflow] = field(default_factory=dict, repr=False)
    endpoint_url: str | None = None

    @classmethod
    def from_file(
        cls, path: str | Path, *, name: str | None = None, substitutions: Mapping[str, str] | None = None
    ) -> Workflow:
        """The definition in a file, called as the file is unless `name` says otherwise.

        Placeholders such as `${Charge.Arn}` are filled in from `substitutions`; one that stands for a function and is
        not among them becomes the ARN of the function `Charge`.

        Raises:
            UnusableDefinitionError: the file cannot be read, or AWS would refuse the definition.
        """
        source = Path(path)
        definition = fill_in(read_definition_file(source), substitutions or {})
        return _workflow(definition, name or _name_of(source), str(source), source=source.resolve())

    @classmethod
    def from_definition(
        cls,
        definition: Mapping[str, Json] | str,
        *,
        name: str = "workflow",
        substitutions: Mapping[str, str] | None = None,
    ) -> Workflow:
        """A definition as a value or as JSON text.

        Raises:
            UnusableDefinitionError: it is not JSON, or AWS would refuse it.
        """
        value = parse_json(definition, "the definition") if isinstance(definition, str) else dict(definition)
        return _workflow(fill_in(value, substitutions or {}), name, "the definition")

    @classmethod
    def from_assembly(cls, folder: str | Path, name: str) -> Workflow:
        """The state machine called `name` in the cloud assembly that `cdk synth` wrote, usually `cdk.out`.

        The name is its StateMachineName, logical ID, or the end of its construct path. Functions may be called
        likewise in `handlers`.

        Raises:
            UnusableDefinitionError: there is no such assembly or state machine, or AWS would refuse the definition.
        """
        path = Path(folder)
        try:
            assembly = read_assembly(path)
            machine = assembly.state_machine(name)
        except AssemblyError as error:
            raise UnusableDefinitionError(str(error)) from None
        definition = parse_json(machine.definition, f"the definition of {machine.name}")
        source = path.resolve() / machine.path
        return _workflow(definition, machine.name, str(source), source=source, functions=_names(assembly.functions))

    def bind(self, **bindings: Unpack[Bindings]) -> Workflow:
        """The same workflow with more bindings; one for the same function, state or machine takes the place of the old.

        Raises:
            TestSetupError: a mock is for no Task state of the definition.
        """
        self._check_states(bindings.get("mocks", {}), "Task")
        return replace(
            self,
            handlers={**self.handlers, **bindings.get("handlers", {})},
            mocks={**self.mocks, **bindings.get("mocks", {})},
            machines={**self.machines, **bindings.get("machines", {})},
            endpoint_url=bindings.get("endpoint_url", self.endpoint_url),
        )

    def start(self, execution_input: Json = None, **options: Unpack[RunOptions]) -> Run:
        """Start an execution and let happen what needs no time. The test decides what happens then.

        Raises:
            TestSetupError: the run cannot be done as it is written.
        """
        return Run(wait_for(self._begin(execution_input, options)))

    def run(self, execution_input: Json = None, **options: Unpack[RunOptions]) -> Run:
        """Run an execution to its end, whatever time that takes.

        Raises:
            TestSetupError: the run cannot be done as it is written, or waits for the test for ever.
        """
        return self.start(execution_input, **options).finish()

    async def start_async(self, execution_input: Json = None, **options: Unpack[RunOptions]) -> AsyncRun:
        """`start`, in a test that is a coroutine."""
        return await self._begin(execution_input, options)

    async def run_async(self, execution_input: Json = None, **options: Unpack[RunOptions]) -> AsyncRun:
        """`run`, in a test that is a coroutine."""
        return await (await self.start_async(execution_input, **options)).finish()

    async def _begin(self, execution_input: Json, options: RunOptions) -> AsyncRun:
        workflow = self.bind(
            handlers=options.get("handlers", {}),
            mocks=options.get("mocks", {}),
            machines=options.get("machines", {}),
            endpoint_url=options.get("endpoint_url", self.endpoint_url),
        )
        definition = self.definition
        if "start_at" in options:
            self._check_states({options["start_at"]: None})
            definition = _starting_at(definition, options["start_at"])
        name = options.get("name") or f"run-{recorder.next_number()}"
        start_time = options.get("start_time", DEFAULT_START)
        if start_time.tzinfo is None:
            raise TestSetupError("start_time needs a time zone: datetime(2026, 1, 1, tzinfo=UTC)")
        stage = Stage(workflow, start_time=start_time, seed=f"{options.get('seed', 0)} {self.name} {name}")
        execution = stage.start(workflow, definition, name, _json_text(execution_input))
        run = AsyncRun(stage, execution)
        recorder.add(run)
        await run.settle()
        return run

    def _check_states(self, names: Mapping[str, Json], needed_type: str | None = None) -> None:
        types = {name: state_type for name, state_type, _ in all_states(json.loads(self.text))} if names else {}
        for name in names:
            if name not in types:
                close = difflib.get_close_matches(name, types, 1)
                hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(types)}"
                raise TestSetupError(f"{self.name} has no state {name!r}{hint}")
            if needed_type not in (None, types[name]):
                raise TestSetupError(f"{name!r} is a {types[name]} state: only Task states call something to be mocked")


def _starting_at(definition: StateMachine, state: str) -> StateMachine:
    if state not in definition.states:
        raise TestSetupError(f"{state!r} is inside another state: a run starts at a state of the machine itself")
    return replace(definition, start_at=state)


def _workflow(
    definition: Json,
    name: str,
    described: str,
    *,
    source: Path | None = None,
    functions: Mapping[str, str] | None = None,
) -> Workflow:
    text = json.dumps(definition)
    check_definition(text, described)
    activities = {
        state["Resource"] for _, _, state in all_states(definition) if ACTIVITY.fullmatch(state.get("Resource", ""))
    }
    return Workflow(
        name=name,
        text=text,
        definition=parse(text),
        source=source,
        functions=functions or {},
        activities=tuple(sorted(activities)),
    )


def _names(functions: Sequence[Function]) -> dict[str, str]:
    """What functions of an assembly may be called, with their ARNs; a name that several have is left out."""
    arns: dict[str, set[str]] = {}
    for function in functions:
        for name in (function.name, function.logical_id, function.path, function.path.rpartition("/")[2]):
            arns.setdefault(name, set()).add(function.arn)
    return {name: next(iter(found)) for name, found in arns.items() if len(found) == 1}


def _name_of(path: Path) -> str:
    """What a file is about: `order.asl.json` is `order`, `order/definition.asl.json` is `order` as well."""
    stem = path.name.partition(".")[0]
    return path.resolve().parent.name if stem in ("definition", "state_machine", "statemachine") else stem


def _json_text(value: Json) -> str:
    try:
        return json.dumps({} if value is None else value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TestSetupError(f"the input is not JSON: {error}") from None
