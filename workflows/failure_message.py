"""The message that everything which fails for good puts on the failure topic: one format, whatever failed.

Only names, reasons and references are in it: no input, no output, no task token. The one exception is an event that
could not be delivered, which exists nowhere else and is needed to deliver it again.
"""

import hashlib
from enum import StrEnum
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

VERSION: Final = "1"
# SNS and SQS take 262,144 bytes; what is cut here still says what went wrong.
MAX_CAUSE = 8_192
MAX_EVENT_BYTES = 200_000


class FailureSource(StrEnum):
    """Which of the four ways a failure came."""

    WORKFLOW = "workflow"
    """A workflow's `Catch` reported it."""
    EXECUTION = "execution"
    """An execution ended FAILED, TIMED_OUT or ABORTED without having reported why."""
    FUNCTION = "function"
    """A Lambda function failed for good that was invoked asynchronously or from a stream."""
    EVENT = "event"
    """An event that a rule could not deliver, or that nobody knows."""


class UndeliveredEvent(BaseModel):
    """An event as PutEvents takes it: enough to put it on the bus again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    detail_type: str
    detail: dict[str, Any]


class FailureMessage(BaseModel):
    """What failed, where, why, and what it was working on.

    `workflow`, `execution` (an ARN) and `state` are "" where there is none. `input_reference` finds the input again:
    the id of the event that started the execution, a function's request id, the place in a stream.
    """

    # Another version, or a message with more fields, is for a newer reader; this one shows what it knows.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: Literal["1"] = VERSION
    source: FailureSource = FailureSource.WORKFLOW
    workflow: str = ""
    execution: str = ""
    state: str = ""
    error: str = ""
    cause: str = Field(default="", max_length=MAX_CAUSE)
    input_reference: dict[str, str] = {}
    event: UndeliveredEvent | None = None

    @property
    def id(self) -> str:
        """16 hexadecimal digits, the same for every copy of this failure: topics and queues deliver at least once."""
        reference = [f"{name}={value}" for name, value in sorted(self.input_reference.items())]
        parts = [self.source, self.workflow, self.execution, self.state, self.error, *reference]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a message's body.

        Raises:
            pydantic.ValidationError: it is none of ours, or of another version.
        """
        return cls.model_validate_json(text)
