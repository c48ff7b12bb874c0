"""Definitions as the API takes them: validated, then parsed.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from asl.definition import ParseError, parse
from asl.definition.validation import errors_of, refusal, validate
from asl.service.errors import invalid_definition

if TYPE_CHECKING:
    from asl.definition import StateMachine
    from asl.definition.validation import Diagnostic

StateMachineType = Literal["STANDARD", "EXPRESS"]

EXPRESS_SECONDS: Final = 300
LARGE_DEFINITION: Final = 50_000
MANY_ACTIONS: Final = 10
"""To see whether a service has an action takes about 40 ms, the first time that it is asked about."""


@lru_cache(maxsize=8)
def diagnostics_of(text: str, kind: StateMachineType) -> tuple[Diagnostic, ...]:
    """What is wrong with a definition for a state machine of the type `kind`."""
    return tuple(validate(text, kind))


async def look_ahead(text: str, kind: StateMachineType) -> None:
    """Validate what may take seconds, a large definition or one of many services, beside the event loop.

    `diagnostics_of` knows it afterwards.
    """
    if len(text) > LARGE_DEFINITION or text.count(":aws-sdk:") > MANY_ACTIONS:
        await asyncio.to_thread(diagnostics_of, text, kind)


def read_definition(text: str, kind: StateMachineType) -> StateMachine:
    """The definition of a state machine of the type `kind`.

    Raises:
        ApiError: `InvalidDefinition`.

    """
    diagnostics = diagnostics_of(text, kind)
    if errors_of(diagnostics):
        raise invalid_definition(refusal(text, diagnostics))
    try:
        parsed = parse(text)
    except ParseError as error:
        raise invalid_definition(f"Invalid State Machine Definition: '{error}'") from None
    return limited(parsed, kind)


def limited(parsed: StateMachine, kind: StateMachineType) -> StateMachine:
    """The definition of a state machine of the type `kind`: an express one ends after five minutes, whatever it says.

    See https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    if kind != "EXPRESS":
        return parsed
    own = parsed.timeout_seconds
    return replace(parsed, timeout_seconds=EXPRESS_SECONDS if own is None else min(own, EXPRESS_SECONDS))
