"""What a check finds, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """An error or a warning makes the command fail; a note does not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a rule says about the value at a JSON pointer of the definition."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A complaint with its rule and its place. `acknowledged` is the reason why it is to be left as it is."""

    rule: str
    name: str
    severity: Severity
    message: str
    pointer: str
    position: Position
    acknowledged: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it makes the command fail."""
        return self.acknowledged is None and self.severity is not Severity.NOTE
