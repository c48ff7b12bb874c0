"""The text with which an invalid definition is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definition.validation.diagnostics import Code, errors_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asl.definition.validation.diagnostics import Diagnostic


def refusal(definition: str, diagnostics: Iterable[Diagnostic]) -> str:
    """The message of the InvalidDefinition error of CreateStateMachine, UpdateStateMachine and TestState.

    `definition` is the text that was validated. At least one of `diagnostics` has to be an error.
    """
    errors = errors_of(diagnostics)
    if errors[0].code is Code.INVALID_LABEL_NAME:
        # What is recorded of labels has this form, which no other refusal has.
        return f"Error=ValueError Args={[errors[0].message]!r} in definition '{definition}'."
    return f"Invalid State Machine Definition: '{', '.join(map(str, errors))}'"
