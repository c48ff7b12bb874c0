"""Where an execution stands: a frame per flow (the machine, a branch, an iteration), a visit per state entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from asl.definition.model import ABSENT, Absent
from asl.engine.errors import DATA_LIMIT_EXCEEDED, EvaluationError, StateError
from asl.engine.history import NO_DETAILS, TRUNCATED_FALSE
from asl.engine.observer import Decision
from asl.engine.payload import MAX_BYTES, Payload, encode, size_in_bytes
from asl.engine.retry import RetryCounters
from asl.engine.timestamps import isoformat
from asl.expressions import ExpressionError, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definition.model import Retrier
    from asl.engine.environment import Environment
    from asl.engine.execution import Execution
    from asl.engine.observer import DecisionKind
    from asl.engine.position import FramePosition, VisitPosition
    from asl.engine.states.state import CompiledState

Json = Any

RETRYABLE_TYPES: Final = frozenset({"Task", "Map", "Parallel"})
MAX_VARIABLES_BYTES: Final = 10 * 1024 * 1024
ABORTABLE_TYPES: Final = frozenset({"Task", "Wait", "Map", "Parallel"})


class Abortable(Protocol):
    """What is under way inside a state."""

    def abort(self) -> None:
        """Record that it ends because of a failure elsewhere."""


class Frame:
    """One flow of an execution that runs, and its `number` among them.

    `previous_id` is the event that the flow's next event follows; `variables` are those that its states can read;
    `variable_bytes` are the sizes of those assigned; `map_item` is the context object's `Map.Item` inside an iteration,
    `iteration` the details of its events.
    """

    __slots__ = (
        "environment",
        "execution",
        "iteration",
        "map_item",
        "number",
        "previous_id",
        "variable_bytes",
        "variables",
        "visit",
    )

    def __init__(
        self,
        execution: Execution,
        environment: Environment,
        *,
        number: int = 0,
        previous_id: int = 0,
        variables: Mapping[str, Json] | None = None,
        map_item: Json | None = None,
        iteration: Mapping[str, Any] | None = None,
    ) -> None:
        self.execution = execution
        self.environment = environment
        self.number = number
        self.previous_id = previous_id
        self.variables = variables or {}
        self.variable_bytes: Mapping[str, int] = {}
        self.map_item = map_item
        self.iteration = iteration
        self.visit: Visit | None = None

    def inner(self, number: int) -> Frame:
        """A frame for a branch: it reads the variables of this one and sets its own."""
        frame = Frame(
            self.execution,
            self.environment,
            number=number,
            previous_id=self.previous_id,
            variables=self.variables,
            map_item=self.map_item,
        )
        frame.variable_bytes = self.variable_bytes
        return frame

    def inner_iteration(self, number: int, index: int, name: str, item: Json) -> Frame:
        """A frame for an iteration of the Map state `name`."""
        frame = self.inner(number)
        frame.map_item = {"Index": index, "Value": item}
        frame.iteration = {"name": name, "index": index}
        return frame

    def begin_iteration(self, previous_id: int) -> None:
        """Record that the iteration starts after the event `previous_id`."""
        self.previous_id = previous_id
        self.record("MapIterationStarted", self.iteration or NO_DETAILS)

    def take_up(self, position: FramePosition) -> None:
        """Go on from where a flow stood."""
        self.previous_id = position.previous_id
        self.variables = position.variables
        self.variable_bytes = position.variable_bytes

    def record(self, event_type: str, details: Mapping[str, Any] = NO_DETAILS, next_state: str | None = None) -> int:
        """Record the flow's next event and return its id."""
        self.previous_id = self.execution.history.append(event_type, self.previous_id, details, self.number, next_state)
        return self.previous_id

    def record_aside(self, event_type: str, details: Mapping[str, Any] = NO_DETAILS) -> int:
        """Record an event that follows the flow's last one without being what the next one follows."""
        return self.execution.history.append(event_type, self.previous_id, details, self.number)

    @property
    def journaled(self) -> bool:
        """Whether the execution is saved as it goes."""
        return self.execution.history.journaled

    def note(self, kind: str, value: Any) -> None:
        """Note what no event says of the state that the flow is in."""
        self.execution.history.note(self.number, kind, value)

    def abort(self) -> None:
        """Record that the flow ends because of a failure elsewhere."""
        self._abort_state()
        if self.iteration is not None:
            self.record_aside("MapIterationAborted", self.iteration)

    def record_succeeded(self) -> int:
        """Record that the iteration has succeeded; a later one in its place follows its last state, not this event."""
        return self.record_aside("MapIterationSucceeded", self.iteration or NO_DETAILS)

    def fail(self) -> None:
        """Record that the flow has failed."""
        self._abort_state()
        if self.iteration is not None:
            self.record_aside("MapIterationFailed", self.iteration)

    def _abort_state(self) -> None:
        visit, self.visit = self.visit, None
        if visit is None:
            return
        for inner in visit.inner_frames:
            inner.abort()
        if visit.state.type in ABORTABLE_TYPES:
            self.record_aside(f"{visit.state.type}StateAborted")


class Visit:
    """A state that has been entered, and what its expressions can see.

    `document` is what `$` means to a JSONPath expression at the moment; `result` and `error_output` are what
    `$states.result` and `$states.errorOutput` mean to a JSONata expression once they exist.
    """

    __slots__ = (
        "before_id",
        "context",
        "document",
        "entered_id",
        "error_output",
        "frame",
        "inner_frames",
        "input",
        "result",
        "state",
    )

    def __init__(
        self, frame: Frame, state: CompiledState, payload: Payload, position: VisitPosition | None = None
    ) -> None:
        """Enter a state, or go on with one that was entered before where there is a `position` in it."""
        self.frame = frame
        self.state = state
        self.input = payload
        self.document = payload.value
        self.result: Json | Absent = ABSENT
        self.error_output: Json | Absent = ABSENT
        self.inner_frames: list[Abortable] = []
        history = frame.execution.history
        if position is None:
            details = {"name": state.name, "input": payload.text, "inputDetails": TRUNCATED_FALSE}
            self.before_id = frame.previous_id
            self.entered_id = frame.record(state.entered_event, details)
            entered_at = history.last_timestamp
        else:
            self.before_id, self.entered_id, entered_at = position.before_id, position.entered_id, position.entered_at
        state_context: dict[str, Json] = {"Name": state.name, "EnteredTime": isoformat(entered_at)}
        if state.type in RETRYABLE_TYPES:
            state_context["RetryCount"] = 0 if position is None else position.retry_count
        self.context = {**frame.execution.context, "State": state_context}
        if frame.map_item is not None:
            self.context["Map"] = {"Item": frame.map_item}
        frame.visit = self

    def retry_counters(self, retriers: tuple[Retrier, ...]) -> RetryCounters:
        """What counts the attempts that the state's retriers make."""
        return RetryCounters(retriers, self.frame.environment.jitter)

    def decided(self, kind: DecisionKind, index: int, error: StateError | None = None, delay: float = 0.0) -> None:
        """Tell who watches that a choice rule, retrier or catcher of the state has been used."""
        observer = self.frame.environment.observer
        if observer is None:
            return
        name, cause = (None, None) if error is None else (error.error, error.cause)
        decision = Decision(self.state.name, kind, index, self.frame.previous_id, name, cause, delay)
        observer.decided(self.frame.execution, decision)

    def begin_again(self) -> None:
        """Another attempt, or a catcher, starts from the raw input."""
        self.document = self.input.value
        self.result = ABSENT
        self.inner_frames = []

    def count_retry(self) -> None:
        """Let the context object say that this is one more attempt, without changing what earlier ones were told."""
        state = self.context["State"]
        self.context["State"] = {**state, "RetryCount": state["RetryCount"] + 1}

    def exit(self, output: Json, assigned: Mapping[str, Json] | None, next_state: str | None) -> Payload:
        """Record that the state is left for another with its output and the variables it assigned.

        Raises:
            StateError: the output, a variable or all that are assigned together are over 262,144 bytes, or all that the
                flow can read are over 10 MiB.
                https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        """
        payload = self.input if output is self.input.value else Payload.of(output, self.state.name)
        details: dict[str, Any] = {"name": self.state.name, "output": payload.text, "outputDetails": TRUNCATED_FALSE}
        if assigned:
            details["assignedVariables"] = self._texts(assigned)
            details["assignedVariablesDetails"] = TRUNCATED_FALSE
            self.frame.variables = {**self.frame.variables, **assigned}
        self.frame.record(self.state.exited_event, details, next_state)
        self.frame.visit = None
        self.frame.execution.history.forget(self.frame.number)
        return payload

    def _texts(self, assigned: Mapping[str, Json]) -> dict[str, str]:
        texts = {name: encode(value) for name, value in assigned.items()}
        sizes = {name: size_in_bytes(text) for name, text in texts.items()}
        kept = {**self.frame.variable_bytes, **sizes}
        for name, size in sizes.items():
            self._limit(f"The variable '{name}' exceeds", size, MAX_BYTES)
        self._limit("The variables assigned together exceed", sum(sizes.values()), MAX_BYTES)
        self._limit("The variables of the execution exceed", sum(kept.values()), MAX_VARIABLES_BYTES)
        self.frame.variable_bytes = kept
        return texts

    def _limit(self, what: str, size: int, limit: int) -> None:
        if size > limit:
            raise StateError(DATA_LIMIT_EXCEEDED, self.explain(f"{what} the maximum number of bytes service limit."))

    def scope(self) -> Scope:
        """What a JSONPath expression sees."""
        return Scope(self.document, self.context, self.frame.variables)

    def bindings(self) -> dict[str, Json]:
        """What a JSONata expression sees."""
        states = {"input": self.input.value, "context": self.context}
        if self.result is not ABSENT:
            states["result"] = self.result
        if self.error_output is not ABSENT:
            states["errorOutput"] = self.error_output
        return {**self.frame.variables, "states": states}

    def now_millis(self) -> int:
        """The time that a JSONata expression is told, in milliseconds since the epoch."""
        return int(self.frame.environment.clock.now() * 1000)

    def explain(self, cause: str) -> str:
        """A cause as AWS words it: with the state, and the event in which it was entered."""
        return (
            f"An error occurred while executing the state '{self.state.name}' "
            f"(entered at the event id #{self.entered_id}). {cause}"
        )

    def failure(self, error: StateError | ExpressionError) -> StateError:
        """An error of this state as its retriers and catchers see it; a failed evaluation gets its event."""
        if isinstance(error, EvaluationError):
            cause = self.explain(error.cause or "")
            details = {"error": error.error, "cause": cause, "state": self.state.name}
            if error.location is not None:
                details["location"] = error.location
            self.frame.record("EvaluationFailed", details)
            return StateError(error.error, cause)
        if isinstance(error, ExpressionError):
            return StateError(error.error, self.explain(error.cause))
        return error
