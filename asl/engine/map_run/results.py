"""Where the results of a Map Run go while its child executions end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from asl.engine.payload import MAX_BYTES, size_in_bytes, too_large

if TYPE_CHECKING:
    from asl.engine.map_run.children import Child

Json = Any


class Results(Protocol):
    """Takes what comes out of the child executions."""

    def add(self, child: Child) -> None:
        """Take the result of a child that has just ended.

        Raises:
            StateError: the results are more than can be taken; the Map Run fails.
        """

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


class ArrayResults:
    """The outputs of the children that succeeded, in the order of the items, as one array.

    The array has to fit into a payload; the Map Run fails as soon as it does not.
    """

    def __init__(self, state_name: str) -> None:
        self._state_name = state_name
        self._outputs: dict[int, Json] = {}
        self._bytes = len("[]")

    def add(self, child: Child) -> None:
        """See `Results.add`."""
        output = None if child.execution is None else child.execution.output_payload
        if output is None:
            return
        self._bytes += size_in_bytes(output.text) + (len(",") if self._outputs else 0)
        if self._bytes > MAX_BYTES:
            raise too_large(self._state_name)
        self._outputs[child.index] = output.value

    async def room(self) -> None:
        """There is room until a result does not fit."""

    async def finish(self) -> Json:
        """The array."""
        return [self._outputs[index] for index in sorted(self._outputs)]
