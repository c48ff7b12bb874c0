"""Definitions as the API takes them: validated, then parsed.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from asl.definition import ParseError, parse
from asl.definition.validation import errors_of, refusal, validate
from asl.service.errors import invalid_definition

if TYPE_CHECKING:
    from asl.definition import StateMachine

StateMachineType = Literal["STANDARD", "EXPRESS"]

EXPRESS_SECONDS: Final = 300


def read_definition(text: str, kind: StateMachineType) -> StateMachine:
    """The definition of a state machine of the type `kind`.

    Raises:
        ApiError: `InvalidDefinition`.

    """
    diagnostics = validate(text, kind)
    if errors_of(diagnostics):
        raise invalid_definition(refusal(text, diagnostics))
    try:
        parsed = parse(text)
    except ParseError as error:
        raise invalid_definition(f"Invalid State Machine Definition: '{error}'") from None
    return _limited(parsed) if kind == "EXPRESS" else parsed


def _limited(parsed: StateMachine) -> StateMachine:
    """An express state machine ends after five minutes, whatever it says.

    See https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    own = parsed.timeout_seconds
    return replace(parsed, timeout_seconds=EXPRESS_SECONDS if own is None else min(own, EXPRESS_SECONDS))
