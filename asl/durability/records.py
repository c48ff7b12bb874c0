"""What is kept, as rows of the database and back. All JSON is compact; dates are seconds since the epoch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from asl.definition import parse
from asl.engine.history import HistoryEvent, Note
from asl.engine.notes import note_from_json, note_to_json
from asl.service.definitions import limited
from asl.service.store import Alias, Revision, StoredActivity, StoredStateMachine, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asl.engine import Execution
    from asl.engine.history import NoteKey
    from asl.service.store import StoredExecution

_to_ascii = json.JSONEncoder(separators=(",", ":")).encode
from_text = json.JSONDecoder().decode


def to_text(value: Any) -> str:
    """The JSON text of a value; tuples become arrays."""
    try:
        return orjson.dumps(value, default=list).decode()
    except orjson.JSONEncodeError:
        # Half a surrogate pair, or an integer of more than 64 bits: both may be in a payload.
        return _to_ascii(value)


REVISION_FIELDS: Final = (
    "definition", "role_arn", "logging", "tracing", "encryption", "variable_references", "id", "updated",
)  # fmt: skip
MACHINE_FIELDS: Final = ("arn", "name", "type", "created", "tags", "deleting", "last_version", "last_alias")


def revision_text(revision: Revision, kind: str) -> str:
    """A revision of a state machine of the type `kind`."""
    return to_text({"kind": kind, **{name: getattr(revision, name) for name in REVISION_FIELDS}})


def revision_from(text: str) -> Revision:
    """The revision of a text."""
    fields = from_text(text)
    kind = fields.pop("kind")
    return Revision(parsed=limited(parse(fields["definition"]), kind), **fields)


def machine_text(machine: StoredStateMachine, number_of: Callable[[Revision], int]) -> str:
    """A state machine, with the numbers that its revisions have."""
    versions = [
        [version.arn, version.number, number_of(version.revision), version.description, version.created]
        for version in machine.versions.values()
    ]
    aliases = [
        [alias.arn, alias.name, alias.number, alias.description, alias.routing, alias.created, alias.updated]
        for alias in machine.aliases.values()
    ]
    fields = {name: getattr(machine, name) for name in MACHINE_FIELDS}
    return to_text({**fields, "revision": number_of(machine.revision), "versions": versions, "aliases": aliases})


def machine_from(text: str, revision: Callable[[int], Revision]) -> StoredStateMachine:
    """The state machine of a text."""
    fields = from_text(text)
    versions, aliases = fields.pop("versions"), fields.pop("aliases")
    machine = StoredStateMachine(**{**fields, "revision": revision(fields["revision"])})
    for arn, number, revision_number, description, created in versions:
        machine.versions[arn] = Version(
            arn=arn, number=number, revision=revision(revision_number), description=description, created=created
        )
    for arn, name, number, description, routing, created, updated in aliases:
        machine.aliases[arn] = Alias(
            arn=arn,
            name=name,
            number=number,
            description=description,
            routing=routing,
            created=created,
            updated=updated,
        )
    return machine


def activity_text(activity: StoredActivity) -> str:
    """An activity."""
    fields = ("arn", "name", "number", "created", "encryption", "tags")
    return to_text({name: getattr(activity, name) for name in fields})


def activity_from(text: str) -> StoredActivity:
    """The activity of a text."""
    return StoredActivity(**from_text(text))


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """What is kept of an execution beside its history."""

    arn: str
    name: str
    number: int
    start_date: float
    stop_date: float | None
    redrive_count: int
    redrive_date: float | None
    version_arn: str | None
    alias_arn: str | None
    trace_header: str | None
    redrives: dict[str, float]

    @classmethod
    def of(cls, stored: StoredExecution, execution: Execution) -> ExecutionRecord:
        """The record of an execution as it is now."""
        return cls(
            execution.arn,
            execution.name,
            stored.number,
            execution.start_date,
            execution.stop_date,
            execution.redrive_count,
            execution.redrive_date,
            stored.version_arn,
            stored.alias_arn,
            stored.trace_header,
            dict(stored.redrives),
        )

    def text(self) -> str:
        """The record as text: the values in the order of the fields."""
        return to_text([getattr(self, name) for name in self.__slots__])

    @classmethod
    def from_text(cls, text: str) -> ExecutionRecord:
        """The record of a text."""
        return cls(*from_text(text))


def events_text(events: list[HistoryEvent]) -> str:
    """Some events of a history."""
    return to_text(events)


def events_from(texts: Iterable[str]) -> list[HistoryEvent]:
    """The events of several texts, in their order."""
    return [HistoryEvent(*fields) for text in texts for fields in from_text(text)]


def note_row(execution: int, key: NoteKey, note: Note) -> tuple[Any, ...]:
    """The row of a note."""
    frame, kind = key
    return execution, frame, kind, note.events, to_text(note_to_json(note.value))


def note_from_row(frame: int, kind: str, events: int, text: str) -> tuple[NoteKey, Note]:
    """The note of a row, and its key."""
    return (frame, kind), Note(events, note_from_json(from_text(text)))
