"""What a child execution has come to, and where that is saved for a Map Run to go on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from asl.engine.payload import Payload

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outcome(Protocol):
    """What is written of a child that has ended: JSON texts, and the error of one that did not succeed."""

    @property
    def input(self) -> str:
        """What it started with."""

    @property
    def output(self) -> str | None:
        """What it ended with, None where it did not succeed."""

    @property
    def output_payload(self) -> Payload | None:
        """The output with its text."""

    @property
    def error(self) -> str | None:
        """The error that it ended with."""

    @property
    def cause(self) -> str | None:
        """The cause of the error."""


@dataclass(frozen=True, slots=True)
class SavedOutcome:
    """The outcome of a child that an earlier process ran."""

    input: str
    output: str | None
    error: str | None
    cause: str | None

    @property
    def output_payload(self) -> Payload | None:
        """See `Outcome.output_payload`."""
        return None if self.output is None else Payload.parse(self.output)


class MapRunRecord(Protocol):
    """Where a Map Run is saved as it goes, if its parent is journaled."""

    def changed(self) -> None:
        """The Map Run itself has changed."""

    def child_changed(self, index: int, outcome: Outcome | None) -> None:
        """A child has begun, or has ended with an outcome."""

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """The outcomes that are saved, by the index of the child, in ascending order; few are in memory at a time."""
