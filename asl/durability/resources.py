"""State machines with their revisions, and activities: which of them have changed since they were saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.durability.records import activity_text, machine_text, revision_text
from asl.durability.writer import Write

if TYPE_CHECKING:
    from asl.service.store import Account, Revision, StoredExecution, StoredStateMachine

PUT_MACHINE: Final = "REPLACE INTO machines (id, account, region, body) VALUES (?, ?, ?, ?)"
PUT_REVISION: Final = "INSERT INTO revisions (id, body) VALUES (?, ?)"
PUT_ACTIVITY: Final = "REPLACE INTO activities (arn, body) VALUES (?, ?)"
DROP_ACTIVITY: Final = "DELETE FROM activities WHERE arn = ?"


Owner = tuple[str, str]


def _owner(machine: StoredStateMachine) -> Owner:
    """The account and the region of a state machine."""
    _, _, _, region, account, *_ = machine.arn.split(":")
    return account, region


class Resources:
    """Numbers of what is saved, and the text of each as it was saved last: only what differs is saved again."""

    def __init__(self) -> None:
        self._changed: dict[int, Account] = {}
        self._machines: dict[StoredStateMachine, int] = {}
        self._by_owner: dict[Owner, list[StoredStateMachine]] = {}
        self._texts: dict[int | str, str] = {}
        # Revisions are compared by identity; to hold them keeps their ids from being used again.
        self._revisions: dict[int, tuple[int, Revision]] = {}
        self._last_machine = self._last_revision = 0

    def know_revision(self, number: int, revision: Revision) -> None:
        """A revision that is saved under a number."""
        self._revisions[id(revision)] = (number, revision)
        self._last_revision = max(self._last_revision, number)

    def know_machine(self, number: int, text: str, machine: StoredStateMachine) -> None:
        """A state machine that is saved under a number."""
        self._machines[machine] = number
        self._by_owner.setdefault(_owner(machine), []).append(machine)
        self._texts[number] = text
        self._last_machine = max(self._last_machine, number)

    def know_activity(self, arn: str, text: str) -> None:
        """An activity that is saved."""
        self._texts[arn] = text

    def changed(self, account: Account) -> None:
        """Something of an account has been made, changed or deleted."""
        self._changed[id(account)] = account

    @property
    def unsaved(self) -> bool:
        """Whether there may be something to save."""
        return bool(self._changed)

    def changes(self) -> list[Write]:
        """What is to be written."""
        accounts, self._changed = self._changed, {}
        writes: list[Write] = []
        for account in accounts.values():
            for machine in self._machines_of(account):
                self._save_machine(machine, writes)
            self._save_activities(account, writes)
        return writes

    def numbers(self, stored: StoredExecution, writes: list[Write]) -> tuple[int, int]:
        """The numbers of an execution's state machine and revision; those that are new are written."""
        if stored.machine not in self._machines:
            self._save_machine(stored.machine, writes)
        number = self._machines[stored.machine]
        return number, self._revision_number(stored.revision, stored.machine.type, writes)

    def _machines_of(self, account: Account) -> list[StoredStateMachine]:
        """Those of an account, and those that have been deleted, whose executions are still there."""
        known = self._by_owner.get((account.account, account.region), [])
        return [*known, *(machine for machine in account.machines() if machine not in self._machines)]

    def _save_machine(self, machine: StoredStateMachine, writes: list[Write]) -> None:
        number = self._machines.get(machine, self._last_machine + 1)
        text = machine_text(machine, lambda revision: self._revision_number(revision, machine.type, writes))
        if self._texts.get(number) == text:
            return
        if machine in self._machines:
            self._texts[number] = text
        else:
            self.know_machine(number, text, machine)
        writes.append(Write(PUT_MACHINE, [(number, *_owner(machine), text)]))

    def _revision_number(self, revision: Revision, kind: str, writes: list[Write]) -> int:
        known = self._revisions.get(id(revision))
        if known is not None:
            return known[0]
        number = self._last_revision + 1
        self.know_revision(number, revision)
        writes.append(Write(PUT_REVISION, [(number, revision_text(revision, kind))]))
        return number

    def _save_activities(self, account: Account, writes: list[Write]) -> None:
        for arn, activity in account.activities.items():
            text = activity_text(activity)
            if self._texts.get(arn) != text:
                self._texts[arn] = text
                writes.append(Write(PUT_ACTIVITY, [(arn, text)]))
        prefix = account.arn("activity", "")
        gone = [
            arn
            for arn in self._texts
            if isinstance(arn, str) and arn.startswith(prefix) and arn not in account.activities
        ]
        for arn in gone:
            del self._texts[arn]
            writes.append(Write(DROP_ACTIVITY, [(arn,)]))
