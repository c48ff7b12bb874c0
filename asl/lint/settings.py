"""What a project says to the checks: which rules, what counts as a failure sink, which errors functions raise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# What brings a failure to someone's notice: a message, an event, a ticket, another execution.
SINK_RESOURCES: Final = (
    r":::(sns:publish|sqs:sendMessage|events:putEvents|states:startExecution|http:invoke|apigateway:invoke)",
    r":aws-sdk:(sns:publish|sqs:sendMessage|eventbridge:putEvents|sfn:(startExecution|sendTaskFailure)|ses|sesv2|cloudwatch)",
)
# A state with one of these words in its name does something about a failure, whatever service it uses.
SINK_STATES: Final = (
    r"(?i)fail|error|alert|alarm|notif|report|fall.?back|dead.?letter|dlq|compensat|roll.?back|revert|undo|refund|cancel|clean.?up",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A finding that is left as it is, and why.

    It holds for `rule` at the JSON pointer `at` and inside it, in the definitions whose name, or the last part of whose
    path, matches the shell pattern `definition` (None: in the one that it stands in). `where` says where the
    acknowledgement itself stands.
    """

    rule: str
    reason: str
    at: str = ""
    definition: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the checks; the defaults need no file.

    `select` and `ignore` are rules, or beginnings of rules such as `ASL2`. `errors` are the names of the errors that
    tasks can raise, by name of the state or function; `*` holds for all of them. Without an entry nothing is said about
    the names that a task's handlers have.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    sink_resources: tuple[str, ...] = SINK_RESOURCES
    sink_states: tuple[str, ...] = SINK_STATES
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acknowledgements: tuple[Acknowledgement, ...] = ()

    def selects(self, rule: str) -> bool:
        """Whether a rule is to be checked."""
        selected = not self.select or rule.startswith(self.select)
        return selected and not (self.ignore and rule.startswith(self.ignore))

    def is_sink(self, name: str, resource: str) -> bool:
        """Whether a Task state of this name and Resource brings a failure to someone's notice."""
        by_resource = any(re.search(pattern, resource) for pattern in self.sink_resources)
        return by_resource or any(re.search(pattern, name) for pattern in self.sink_states)
