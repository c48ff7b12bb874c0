"""ValidateStateMachineDefinition: what is wrong with a definition, without creating anything.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.definition.validation import Severity, errors_of
from asl.service.definitions import diagnostics_of

if TYPE_CHECKING:
    from asl.definition.validation import Diagnostic
    from asl.service.call import Answer, Call

DEFAULT_MAX_RESULTS: Final = 100


def validate_state_machine_definition(call: Call) -> Answer:
    """Diagnose a definition; warnings are told only where the caller asks for them."""
    request = call.request
    found = diagnostics_of(request["definition"], request.get("type", "STANDARD"))
    errors = errors_of(found)
    wanted = found if request.get("severity") == Severity.WARNING.value else errors
    told = wanted[: request.get("maxResults") or DEFAULT_MAX_RESULTS]
    return {
        "result": "FAIL" if errors else "OK",
        "diagnostics": [_item(diagnostic) for diagnostic in told],
        "truncated": len(told) < len(wanted),
    }


def _item(diagnostic: Diagnostic) -> dict[str, Any]:
    item = {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code.value,
        "message": diagnostic.message,
    }
    return item if diagnostic.location is None else {**item, "location": diagnostic.location}
