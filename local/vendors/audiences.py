"""Lists of contacts, which a vendor fills at its leisure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Id = TypeVar("Id", int, str)


@dataclass
class Audience(Generic[Id]):
    """A list of contacts. What was imported last is on it once it was looked at `late` times."""

    id: Id
    name: str
    members: set[str] = field(default_factory=set)
    _importing: set[str] = field(default_factory=set)
    _late: int = 0

    def take_in(self, addresses: Iterable[str], late: int) -> None:
        """Begin an import."""
        self._importing.update(address.lower() for address in addresses)
        self._late = late

    def look(self) -> int:
        """How many contacts are on the list now."""
        if self._late:
            self._late -= 1
        else:
            self.members |= self._importing
        return len(self.members)
