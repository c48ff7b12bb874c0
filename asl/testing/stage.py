"""What one run happens on: an engine on virtual time, with the functions, mocks and state machines of the test."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Final

from asl.engine import Engine, Execution, ExecutionStatus, StartRequest
from asl.integrations import Integrations
from asl.integrations.aws_api import AwsUnreachableError
from asl.randomness import drawing_from, random_uuid
from asl.testing.arns import ACCOUNT, states_arn
from asl.testing.clock import SteppedClock
from asl.testing.errors import UnansweredCallError
from asl.testing.functions import Functions
from asl.testing.tasks import ScriptedTasks, TaskLedger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.definition import StateMachine
    from asl.engine.observer import Decision
    from asl.integrations import AwsApi, Caller
    from asl.integrations.aws_api import AwsRequest, AwsResponse, HttpAnswer, HttpRequest
    from asl.testing.workflow import Workflow

Json = Any

DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Stage:
    """The engine of one run, and everything that is noted while it runs."""

    def __init__(self, workflow: Workflow, *, start_time: datetime, seed: str) -> None:
        self.workflow = workflow
        self.clock = SteppedClock(start_time.timestamp())
        self.ledger = TaskLedger()
        self.executions: list[Execution] = []
        self.decisions: list[tuple[Execution, Decision]] = []
        self.workflows: dict[StateMachine, Workflow] = {}
        self._random = Random(seed)  # noqa: S311 - what a test draws has to be the same each time
        machines = list(_all_machines(workflow))
        self._machines = {name: inner for machine in machines for name, inner in machine.machines.items()}
        functions = Functions(
            {name: handler for machine in reversed(machines) for name, handler in machine.handlers.items()},
            {name: arn for machine in machines for name, arn in machine.functions.items()},
            self.clock,
        )
        with drawing_from(self._random):
            url = workflow.endpoint_url
            integrations = Integrations(functions.invoke, self, NoAws(self.ledger) if url is None else _aws_at(url))
        self.engine = Engine(self.clock, integrations, observer=self)
        for machine in machines:
            for activity in machine.activities:
                self.engine.create_activity(activity)

    def start(self, workflow: Workflow, definition: StateMachine, name: str, execution_input: str) -> Execution:
        """Start an execution of a workflow; it runs when the event loop does."""
        self.workflows[definition] = workflow
        with drawing_from(self._random):
            return self.engine.start(
                StartRequest(
                    execution_arn=states_arn("execution", f"{workflow.name}:{name}"),
                    name=name,
                    state_machine_arn=states_arn("stateMachine", workflow.name),
                    state_machine_name=workflow.name,
                    role_arn=f"arn:aws:iam::{ACCOUNT}:role/{workflow.name}",
                    definition=definition,
                    input=execution_input,
                    mocks=ScriptedTasks(workflow.mocks, self.ledger, self.clock),
                )
            )

    def start_execution(
        self,
        state_machine_arn: str,
        execution_input: str,
        name: str | None,
        caller: Caller,  # noqa: ARG002 - there is one account
    ) -> Execution:
        """Start the execution that a task asks for."""
        machine = _machine_named(self._machines, state_machine_arn)
        return self.start(machine, machine.definition, name or random_uuid(), execution_input)

    def close(self) -> None:
        """End what still runs."""
        for execution in self.executions:
            if execution.status is ExecutionStatus.RUNNING:
                execution.stop(cause="The test has ended.")

    def started(self, execution: Execution) -> None:
        """See `asl.engine.observer.Observer`."""
        self.executions.append(execution)

    def decided(self, execution: Execution, decision: Decision) -> None:
        """See `asl.engine.observer.Observer`."""
        self.decisions.append((execution, decision))


def _all_machines(workflow: Workflow) -> Iterator[Workflow]:
    yield workflow
    for machine in workflow.machines.values():
        yield from _all_machines(machine)


def _machine_named(machines: Mapping[str, Workflow], arn: str) -> Workflow:
    names = (arn, arn.rpartition(":stateMachine:")[2], arn.rpartition(":stateMachine:")[2].partition(":")[0])
    for name in names:
        if name in machines:
            return machines[name]
    raise UnansweredCallError(
        f"an execution of the state machine {names[1]!r} is started and nothing is known of it: give its workflow with "
        f"machines={{{names[2]!r}: ...}}, or mock the state"
    )


@cache
def _aws_at(endpoint_url: str) -> AwsApi:
    """Who calls the services there, the same for all runs: a client takes far longer to make than to use."""
    from asl.integrations.aws_endpoint import AwsEndpoints  # noqa: PLC0415 - loads botocore, which few tests need

    return AwsEndpoints(lambda _: endpoint_url)


class NoAws:
    """Where a test says nothing about AWS services: a call of one is a mistake of the test."""

    def __init__(self, ledger: TaskLedger) -> None:
        self._ledger = ledger

    async def call(self, request: AwsRequest) -> AwsResponse:
        """Note what to do about it, and have no answer."""
        raise self._unanswered(f"{request.service}:{request.action}")

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Note what to do about it, and have no answer."""
        raise self._unanswered(f"{request.method} {request.url}")

    def _unanswered(self, what: str) -> AwsUnreachableError:
        text = (
            f"{what} is called and nothing answers: mock the state with mocks={{...}} (WAITS, if the test is to answer "
            "its token), or give the URL of an AWS endpoint with endpoint_url=..."
        )
        self._ledger.note(UnansweredCallError(text))
        return AwsUnreachableError(what, text)
