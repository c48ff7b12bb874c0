"""Definitions as the API takes them: validated, then parsed.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from asl.definition import ParseError, parse
from asl.definition.validation import errors_of, refusal, validate
from asl.service.errors import invalid_definition

if TYPE_CHECKING:
    from asl.definition import StateMachine

StateMachineType = Literal["STANDARD", "EXPRESS"]


def read_definition(text: str, kind: StateMachineType) -> StateMachine:
    """The definition of a state machine of the type `kind`.

    Raises:
        ApiError: `InvalidDefinition`.

    """
    diagnostics = validate(text, kind)
    if errors_of(diagnostics):
        raise invalid_definition(refusal(text, diagnostics))
    try:
        return parse(text)
    except ParseError as error:
        raise invalid_definition(f"Invalid State Machine Definition: '{error}'") from None
