"""Who asks: a person that the JWT authorizer has let through, and what the person's groups allow.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

VIEWERS: Final = "viewers"
OPERATORS: Final = "operators"


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in. `id` never changes, `name` is what people call them."""

    id: str
    name: str
    groups: frozenset[str]

    @property
    def may_look(self) -> bool:
        """Whether the person may read."""
        return bool(self.groups & {VIEWERS, OPERATORS})

    @property
    def may_repair(self) -> bool:
        """Whether the person may write."""
        return OPERATORS in self.groups

    @classmethod
    def asking(cls, event: dict[str, Any]) -> Person | None:
        """Who sent a request (API Gateway's payload format 2.0), None where no authorizer says."""
        claims = ((event.get("requestContext") or {}).get("authorizer") or {}).get("jwt", {}).get("claims") or {}
        if not (subject := claims.get("sub")):
            return None
        name = claims.get("username") or claims.get("cognito:username") or subject
        return cls(str(subject), str(name), _groups(claims.get("cognito:groups", "")))


def _groups(claim: Any) -> frozenset[str]:
    """API Gateway passes a list on as a text, `[operators viewers]`."""
    names = claim if isinstance(claim, list) else str(claim).strip("[]").replace(",", " ").split()
    return frozenset(str(name) for name in names)
