"""What is said of a definition: `Diagnostic`, and the InvalidDefinition text that is made of them.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(Enum):
    """An ERROR refuses the definition; a WARNING is only told to those who ask for warnings."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class Code(Enum):
    """The diagnostic codes of Step Functions."""

    DUPLICATE_LABEL_NAME = "DUPLICATE_LABEL_NAME"
    DUPLICATE_STATE_NAME = "DUPLICATE_STATE_NAME"
    INVALID_JSONATA_EXPRESSION = "INVALID_JSONATA_EXPRESSION"
    INVALID_JSON_DESCRIPTION = "INVALID_JSON_DESCRIPTION"
    INVALID_LABEL_NAME = "INVALID_LABEL_NAME"
    INVALID_STATE_NAME = "INVALID_STATE_NAME"
    INVALID_VARIABLE_NAME = "INVALID_VARIABLE_NAME"
    MISSING_DESCRIPTION = "MISSING_DESCRIPTION"
    MISSING_END_STATE = "MISSING_END_STATE"
    MISSING_TRANSITION_TARGET = "MISSING_TRANSITION_TARGET"
    NO_DOLLAR = "NO_DOLLAR"
    NO_PATH = "NO_PATH"
    PASS_RESULT_IS_STATIC = "PASS_RESULT_IS_STATIC"  # noqa: S105 -- a diagnostic code of AWS, not a password
    RESERVED_VARIABLE_NAME = "RESERVED_VARIABLE_NAME"
    SCHEMA_VALIDATION_FAILED = "SCHEMA_VALIDATION_FAILED"
    TOO_DEEPLY_NESTED = "TOO_DEEPLY_NESTED"
    UNSUPPORTED_JSONATA_EXPRESSION = "UNSUPPORTED_JSONATA_EXPRESSION"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `location` is a path such as `/States/Ship/Retry[0]`, None if it is the definition as a whole."""

    severity: Severity
    code: Code
    message: str
    location: str | None = None

    def __str__(self) -> str:
        return f"{self.code.value}: {self.message} at {'null' if self.location is None else self.location}"


def errors_of(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those diagnostics that refuse a definition, in the same order."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
