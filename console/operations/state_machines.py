"""The state machines that operators look after, by the names of their workflows, and what Step Functions refuses."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from console.operations import cursor
from console.operations.errors import NotThere, OperationRefused
from saas.aws import error_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager

FAILING: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
"""How an execution ends that did not succeed."""

_NOT_THERE: Final = frozenset({"ExecutionDoesNotExist", "StateMachineDoesNotExist", "InvalidArn"})
"""What Step Functions says of an execution that it does not know, or of which nothing but its end is kept."""
_NO_SUCH_PAGE: Final = frozenset({"InvalidToken", "ValidationException"})


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
        """The ARN that an execution of a workflow has. Raises `NotThere`.

        A child of a Map Run is called `LABEL:ID`, one of the type EXPRESS `LABEL:ID:ID`, after the end of its ARN.
        """
        kind = "express" if name.count(":") == 2 else "execution"
        return self._resource(workflow, kind, name)

    def map_run(self, workflow: str, name: str) -> str:
        """The ARN that a Map Run of a workflow has, which is called `LABEL:ID`. Raises `NotThere`."""
        return self._resource(workflow, "mapRun", name)

    def named(self, arn: str) -> tuple[str, str] | None:
        """The workflow and the name of an execution or a Map Run, None for what is none of these workflows'."""
        parts = arn.split(":", 6)
        if len(parts) != 7:
            return None
        machine, separator, name = re.fullmatch(r"([^:/]*)([:/]?)(.*)", parts[6], re.DOTALL).groups()  # type: ignore[union-attr]
        if machine not in self._arns or not separator or not name:
            return None
        ours = self.map_run(machine, name) if parts[5] == "mapRun" else self.execution(machine, name)
        return (machine, name) if ours == arn else None

    def _resource(self, workflow: str, kind: str, name: str) -> str:
        return f"{self.arn(workflow).replace(':stateMachine:', f':{kind}:')}{'/' if ':' in name else ':'}{name}"


@contextmanager
def refusing(codes: Collection[str], refusal: OperationRefused) -> Iterator[None]:
    """Refuse so where Step Functions answers with one of these error codes."""
    try:
        yield
    except ClientError as error:
        if error_code(error) not in codes:
            raise
        raise refusal from error


def there(workflow: str, name: str) -> AbstractContextManager[None]:
    """Say of an execution that Step Functions does not know that it is not there."""
    hint = " Of a child of a Map Run no history may be kept: of none of the type EXPRESS." if ":" in name else ""
    return refusing(
        _NOT_THERE,
        NotThere(
            f"There is no execution {name} of {workflow}.",
            f"AWS keeps an execution for 90 days after its end.{hint}",
        ),
    )


def no_such_cursor() -> AbstractContextManager[None]:
    """Say of a page that Step Functions does not know that the cursor is none of ours."""
    return refusing(_NO_SUCH_PAGE, cursor.foreign())


def version_of(arn: str) -> int:
    """The number of a version, with which its ARN ends."""
    return int(arn.rpartition(":")[2])


def refused(error: ClientError, what: str, what_to_do: str) -> OperationRefused:
    """The refusal of an operation with what Step Functions says about it."""
    return OperationRefused(f"{what}: {error.response['Error'].get('Message', 'no reason given')}", what_to_do)
