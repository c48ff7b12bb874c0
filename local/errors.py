"""What can go wrong on the local cloud, each with a hint and an exit status.

LocalError              1  something failed; the message says what
├── InputError          2  the command line or a file it names is wrong
├── NotRunningError     3  there is no local cloud to talk to
├── BusyError           4  a port or the cloud itself is taken by someone else
├── DeploymentError     5  synthesis or CloudFormation failed
└── UnexpectedEndError  6  the campaign did not end as it should have
"""

from typing import ClassVar


class LocalError(Exception):
    """An error a user can act on: `message` says what is wrong and where, `hint` what to do."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(LocalError):
    """The command line, or a file it names, is wrong."""

    exit_status = 2


class NotRunningError(LocalError):
    """There is no local cloud to talk to."""

    exit_status = 3

    def __init__(self, message: str = "The local cloud is not running.", hint: str = "Start it: baton up") -> None:
        super().__init__(message, hint)


class BusyError(LocalError):
    """A port, or the cloud itself, is taken by someone else."""

    exit_status = 4


class DeploymentError(LocalError):
    """Synthesis or CloudFormation failed."""

    exit_status = 5


class UnexpectedEndError(LocalError):
    """The campaign did not end as it should have."""

    exit_status = 6


def by_name(name: str) -> type[LocalError]:
    """The class of an error that another process reported by name; LocalError if there is none of that name."""
    return next((kind for kind in LocalError.__subclasses__() if kind.__name__ == name), LocalError)
