"""Where the results of a Map Run go while its child executions end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from asl.engine.payload import MAX_BYTES, size_in_bytes, too_large

if TYPE_CHECKING:
    from asl.engine.map_run.children import Child
    from asl.engine.map_run.outcome import Outcome
    from asl.engine.map_run.runner import ChildInput

Json = Any


class Results(Protocol):
    """Takes what comes out of the child executions. `exports` says that it also takes what will not start any more."""

    exports: bool

    def add(self, child: Child, outcome: Outcome) -> None:
        """Take the result of a child that has ended.

        Raises:
            StateError: the results are more than can be taken; the Map Run fails.
        """

    def add_pending(self, child_input: ChildInput) -> None:
        """Take the input of the next child, which will not start because the Map Run fails or is aborted."""

    async def room(self) -> None:
        """Return as soon as results of more children can be taken.

        Raises:
            StateError: the results cannot be written.
        """

    async def finish(self) -> Json:
        """What the Map Run, which has succeeded, hands to its state.

        Raises:
            StateError: the results cannot be written.
        """

    async def give_up(self) -> None:
        """Bring to an end what a Map Run that has failed or was aborted leaves."""


class ArrayResults:
    """The outputs of the children that succeeded, in the order of the items, as one array.

    The array has to fit into a payload; the Map Run fails as soon as it does not.
    """

    exports = False

    def __init__(self, state_name: str) -> None:
        self._state_name = state_name
        self._outputs: dict[int, Json] = {}
        self._bytes = len("[]")

    def add(self, child: Child, outcome: Outcome) -> None:
        """See `Results.add`."""
        output = outcome.output_payload
        if output is not None:
            self.keep(child.index, output.value, output.text)

    def keep(self, index: int, value: Json, text: str) -> None:
        """Keep a value, whose text counts, for the child at an index."""
        self._bytes += size_in_bytes(text) + (len(",") if self._outputs else 0)
        if self._bytes > MAX_BYTES:
            raise too_large(self._state_name)
        self._outputs[index] = value

    def add_pending(self, child_input: ChildInput) -> None:
        """The array says nothing of what did not start."""

    async def room(self) -> None:
        """There is room until a result does not fit."""

    async def finish(self) -> Json:
        """The array."""
        return [self._outputs[index] for index in sorted(self._outputs)]

    async def give_up(self) -> None:
        """There is nothing to do."""
