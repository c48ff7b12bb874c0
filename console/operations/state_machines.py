"""The state machines that operators look after, by the names of their workflows, and what Step Functions refuses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from console.operations import cursor
from console.operations.errors import NotThere, OperationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAILING: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
"""How an execution ends that did not succeed."""

_NOT_THERE: Final = frozenset({"ExecutionDoesNotExist", "StateMachineDoesNotExist", "InvalidArn"})


class StateMachines:
    """The state machines with these ARNs. No operation reaches any other."""

    def __init__(self, arns: Sequence[str]) -> None:
        self._arns = {arn.rpartition(":")[2]: arn for arn in arns}

    @property
    def names(self) -> list[str]:
        """The names of the workflows, sorted."""
        return sorted(self._arns)

    def known(self, workflow: str) -> str:
        """The name again.

        Raises:
            NotThere: there is no such workflow.
        """
        if workflow not in self._arns:
            raise NotThere(f"There is no workflow {workflow}.", f"There are: {', '.join(self.names)}.")
        return workflow

    def arn(self, workflow: str) -> str:
        """The ARN of a workflow's state machine. Raises `NotThere`."""
        return self._arns[self.known(workflow)]

    def execution(self, workflow: str, name: str) -> str:
        """The ARN that an execution of a workflow has. Raises `NotThere`."""
        return f"{self.arn(workflow).replace(':stateMachine:', ':execution:')}:{name}"

    def named(self, execution: str) -> tuple[str, str] | None:
        """The workflow and the name of an execution, None for one that is none of these workflows'."""
        parts = execution.split(":")
        if len(parts) != 8 or parts[6] not in self._arns or self.execution(parts[6], parts[7]) != execution:
            return None
        return parts[6], parts[7]


@contextmanager
def there(workflow: str, name: str) -> Iterator[None]:
    """Say of an execution that Step Functions does not know that it is not there."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THERE:
            raise
        raise NotThere(
            f"There is no execution {name} of {workflow}.", "AWS keeps an execution for 90 days after its end."
        ) from error


@contextmanager
def no_such_cursor() -> Iterator[None]:
    """Say of a page that Step Functions does not know that the cursor is none of ours."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("InvalidToken", "ValidationException"):
            raise
        raise cursor.foreign() from error


def refused(error: ClientError, what: str, what_to_do: str) -> OperationRefused:
    """The refusal of an operation with what Step Functions says about it."""
    return OperationRefused(f"{what}: {error.response['Error'].get('Message', 'no reason given')}", what_to_do)
