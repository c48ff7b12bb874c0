"""Where a check is: the place in the definition, and what holds there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from asl.definition.model import QueryLanguage
from asl.definition.validation.diagnostics import Code, Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


class WorkflowType(Enum):
    """https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html."""

    STANDARD = "STANDARD"
    EXPRESS = "EXPRESS"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a definition. Every site of one definition reports into the same diagnostics and references.

    `location` is the path of the place, `""` for the definition itself; `state` is the name of the state it belongs to.
    `machine_language` is the query language that the definition declares at the top, which every state inherits that
    declares none, however deep; `language` is that of the state. `reports_language` is false in a state whose
    declaration of a language was refused already. `in_catcher` holds inside a catcher, where `$states.errorOutput`
    exists. `references` are the variables that each state reads, in the order in which they stand.
    """

    workflow_type: WorkflowType
    machine_language: QueryLanguage = QueryLanguage.JSONPATH
    language: QueryLanguage = QueryLanguage.JSONPATH
    reports_language: bool = True
    in_catcher: bool = False
    location: str = ""
    state: str = ""
    references: dict[str, dict[str, None]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def at(self, name: str) -> Self:
        """The field `name` of the object at this place."""
        return replace(self, location=f"{self.location}/{name}")

    def item(self, index: int) -> Self:
        """Element `index` of the array at this place."""
        return replace(self, location=f"{self.location}[{index}]")

    def reads(self, variables: Iterable[str]) -> None:
        """Note that the state reads these variables here."""
        for name in variables:
            self.references.setdefault(self.state, {})[name] = None

    def error(self, message: str, code: Code = Code.SCHEMA_VALIDATION_FAILED) -> None:
        """Report an error here."""
        self.diagnostics.append(Diagnostic(Severity.ERROR, code, message, self.location or "/"))

    def warn(self, message: str, code: Code) -> None:
        """Report a warning here."""
        self.diagnostics.append(Diagnostic(Severity.WARNING, code, message, self.location or "/"))
