"""The states of a definition, typed and frozen.

One class per state type of the Amazon States Language (https://states-language.net/spec.html), with the fields of that
type and nothing computed: paths, templates and expressions are kept as they were written.

A field that may hold any JSON, `null` included, is `ABSENT` where the definition does not have it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT


class QueryLanguage(Enum):
    """Which language the expressions of a state are written in."""

    JSONPATH = "JSONPath"
    JSONATA = "JSONata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """One element of `Retry`. Intervals and delays are in seconds."""

    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    full_jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    """One element of `Catch`."""

    error_equals: tuple[str, ...]
    next: str
    result_path: str | None = "$"
    output: Json | Absent = ABSENT
    assign: Json | Absent = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    """One element of `Choices`: a JSONPath test (`condition` as the rule's own object) or a JSONata expression."""

    condition: Json
    next: str
    output: Json | Absent = ABSENT
    assign: Json | Absent = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has. `input_path` and `output_path` are None where the definition says `null`."""

    name: str
    query_language: QueryLanguage
    comment: str | None = None
    input_path: str | None = "$"
    output_path: str | None = "$"
    output: Json | Absent = ABSENT
    assign: Json | Absent = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionState(State):
    """A state with `Next` or `End`: `next` is None where it ends its flow."""

    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassState(TransitionState):
    """Passes its input on, or a fixed `result`."""

    result: Json | Absent = ABSENT
    parameters: Json | Absent = ABSENT
    result_path: str | None = "$"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryCatchState(TransitionState):
    """A state whose work can fail: Task, Parallel, Map.

    `arguments` is `Parameters` in JSONPath and `Arguments` in JSONata.
    """

    arguments: Json | Absent = ABSENT
    result_selector: Json | Absent = ABSENT
    result_path: str | None = "$"
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState(RetryCatchState):
    """Seconds are an integer or a JSONata expression; the `_path` fields are JSONPath's way to compute them."""

    resource: str
    credentials: Json | Absent = ABSENT
    timeout_seconds: int | str | None = None
    timeout_seconds_path: str | None = None
    heartbeat_seconds: int | str | None = None
    heartbeat_seconds_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceState(State):
    """Goes on to the first of its choices that holds, else to its default."""

    choices: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitState(TransitionState):
    """Exactly one of the four says how long."""

    seconds: int | str | None = None
    seconds_path: str | None = None
    timestamp: str | None = None
    timestamp_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SucceedState(State):
    """Ends its flow well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailState(State):
    """Ends the execution with an error."""

    error: str | None = None
    error_path: str | None = None
    cause: str | None = None
    cause_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """States and where they start: a state machine, a branch, or an item processor."""

    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelState(RetryCatchState):
    """Runs its branches at the same time."""

    branches: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapState(RetryCatchState):
    """`items` is the JSONata field `Items`; `item_selector` is also what the older `Parameters` said.

    `express` says of which type the executions of a distributed Map are.
    `configuration` holds the fields of the distributed mode as they were written (`ItemReader`, `ItemBatcher`,
    `ResultWriter`, `ToleratedFailure...`, `Label`).
    """

    processor: Flow
    distributed: bool = False
    express: bool = False
    items_path: str | None = None
    items: Json | Absent = ABSENT
    item_selector: Json | Absent = ABSENT
    max_concurrency: int | str | None = None
    max_concurrency_path: str | None = None
    configuration: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class StateMachine(Flow):
    """A whole definition. `timeout_seconds` bounds an execution; compared and hashed by identity."""

    query_language: QueryLanguage = QueryLanguage.JSONPATH
    comment: str | None = None
    version: str = "1.0"
    timeout_seconds: int | None = None
