"""What goes over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from saas.port import Status  # noqa: TC001 -- pydantic reads it

ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
]
JsonText = Annotated[str, Field(description="JSON")]


class Shown(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Asked(BaseModel):
    """Base of what is asked: every change says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason


class Listed(Shown):
    """An execution in a list. `error` is given where the list was filtered by it."""

    workflow: str
    name: str
    status: ExecutionStatus
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    redrives: int
    error: str | None


class ExecutionPage(Shown):
    """Executions, the newest first. As long as there is a `next` there may be more, also after an empty page."""

    executions: list[Listed]
    next: str | None


class StateSummary(Shown):
    """What became of a state over all its visits."""

    name: str
    type: str
    status: Literal["RUNNING", "WAITING", "SUCCEEDED", "CAUGHT", "FAILED", "TIMED_OUT", "ABORTED"]
    entered_at: AwareDatetime
    left_at: AwareDatetime | None
    visits: int
    attempts: int
    failures: int
    error: str | None


class Arrival(Shown):
    """What came in for a campaign. `status` is None for a hint, `used` whether an execution went on with it.

    `by` and `reason` are given where a person ended the wait.
    """

    id: str
    status: str | None
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    used: bool
    by: str
    reason: str


class Mailbox(Shown):
    """The callbacks of a campaign. `attempt` is what has to be said to end the wait by hand."""

    vendor: str
    campaign_id: str
    execution: str
    state: Literal["open", "waiting", "resuming", "settled"]
    attempt: str
    outcome: str | None
    arrivals: list[Arrival]


class OpenWait(Shown):
    """A task that waits for its token, and for how long yet.

    A heartbeat that came after `since` is in no history; then the heartbeat is due that much later. Where there is an
    `attempt`, the wait can be ended by hand, and this is what has to be said for it.
    """

    state: str
    since: AwareDatetime
    age_seconds: int
    timeout_due: AwareDatetime | None
    heartbeat_due: AwareDatetime | None
    vendor: str | None
    campaign_id: str | None
    attempt: str | None


class Relative(Shown):
    """Another execution; `workflow` and `name` are null where it is none of these workflows', and can't be shown."""

    arn: str
    workflow: str | None
    name: str | None


class StartedBy(Relative):
    """An execution that a task has started, and the state whose task it was."""

    state: str


class Execution(Shown):
    """An execution: how it stands, what became of its states, what it waits for, what came in for it.

    A child of a Map Run has a `map_run`; `parent` is the execution of the Map Run, or the one whose task has started
    this one and said so in its input. `definition` and `input` are null where no more than its end is kept of a child.
    `summarized` is false where the history was not read, because nobody asked, none is kept or it has more than 64 MB;
    then `states`, `waits`, `mailboxes` and `children` are empty. `mailboxes` are those of what it waits for, and of the
    campaigns that it waited for last, 100 at most.
    """

    workflow: str
    name: str
    status: ExecutionStatus
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    input: JsonText | None
    output: JsonText | None
    error: str | None
    cause: str | None
    redrives: int
    redrive_status: Literal["REDRIVABLE", "NOT_REDRIVABLE", "REDRIVABLE_BY_MAP_RUN"] | None
    redrive_status_reason: str | None
    version: int | None
    alias: str | None
    parent: Relative | None
    map_run: str | None
    definition: JsonText | None
    summarized: bool
    states: list[StateSummary]
    waits: list[OpenWait]
    mailboxes: list[Mailbox]
    children: list[StartedBy]


class HistoryPage(Shown):
    """Events as GetExecutionHistory gives them. `next` is there always: with it what happens later is asked for."""

    events: list[dict[str, Any]]
    next: str
    more: bool


class WaitListed(Shown):
    """An execution that waits for a webhook."""

    vendor: str
    campaign_id: str
    workflow: str | None
    execution: str
    since: AwareDatetime
    age_seconds: int


class WaitList(Shown):
    """Executions that wait, the longest first, and how many wait in all."""

    waits: list[WaitListed]
    total: int
    next: str | None


class FailureListed(Shown):
    """A failure in the queue; `readable` is false where its message is none of ours."""

    id: str
    sent_at: AwareDatetime
    copies: int
    readable: bool
    source: str
    workflow: str
    execution: str
    state: str
    error: str


class Failure(FailureListed):
    """All that is known of a failure."""

    cause: str
    input_reference: dict[str, str]
    body: str


class FailureList(Shown):
    """Failures, the oldest first."""

    failures: list[FailureListed]


class Done(Shown):
    """What was done, in a sentence."""

    done: str


class Started(Shown):
    """The execution that was started."""

    workflow: str
    name: str


class Ticket(Shown):
    """What opens one live connection, within so many seconds."""

    ticket: str
    expires_in: int


class AuditRecord(Shown):
    """What somebody did: a record when it began, and one that says how it went."""

    at: str
    operation: str
    target: str
    by: str
    reason: str
    outcome: str
    request_id: str


class AuditTrail(Shown):
    """Records of a day, the newest first."""

    records: list[AuditRecord]
    next: str | None


class ProblemField(Shown):
    """A part of the request that does not fit."""

    where: str
    problem: str


class Problem(Shown):
    """Why something was not done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    what_to_do: str
    fields: list[ProblemField]


class StartAsked(Asked):
    """Start an execution. However often it is asked for with one `key`, one is started: `by-hand-` and the key."""

    input: dict[str, Any]
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None = None


class EndAsked(Asked):
    """End a wait by hand, as if the vendor had reported this status."""

    attempt: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    status: Literal[Status.SUCCESS, Status.FAILED, Status.ARCHIVED]
