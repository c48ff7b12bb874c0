"""Static validation of definitions, as Step Functions does it when a state machine is created."""

from asl.definition.validation.checks import validate, validate_state, variable_references
from asl.definition.validation.diagnostics import Code, Diagnostic, Severity, errors_of
from asl.definition.validation.refusal import refusal

__all__ = [
    "Code",
    "Diagnostic",
    "Severity",
    "errors_of",
    "refusal",
    "validate",
    "validate_state",
    "variable_references",
]
