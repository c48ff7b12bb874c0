"""Every rule by its id: what Step Functions says, the policies, and what is said about acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.lint.finding import Severity
from asl.lint.rule import Rule
from asl.lint.rules import POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.lint.finding import Complaint
    from asl.lint.subject import Subject

_VALIDATION_PAGE: Final = (
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html"
)


def _nothing(_subject: Subject) -> Iterator[Complaint]:
    yield from ()


_DONE: Final[dict[str, Any]] = {"Done": {"Type": "Succeed"}}

INVALID: Final = Rule(
    id="ASL001",
    name="invalid-definition",
    severity=Severity.ERROR,
    summary="Step Functions refuses the definition.",
    why="CreateStateMachine answers InvalidDefinition, and the deployment fails. The message is the one that "
    "ValidateStateMachineDefinition gives, its code in brackets. The other rules look at the definition once this one "
    "has nothing to say.",
    mend="Do what the message says.",
    link=_VALIDATION_PAGE,
    bad={"Begin": {"Type": "Pass", "Next": "Nowhere"}, **_DONE},
    good={"Begin": {"Type": "Pass", "Next": "Done"}, **_DONE},
    check=_nothing,
)
WARNED: Final = Rule(
    id="ASL002",
    name="suspicious-field",
    severity=Severity.WARNING,
    summary="Step Functions accepts the definition, with a warning.",
    why="Mostly a path that stands where only a constant is read: the text itself is what the execution gets.",
    mend="End the name of the field in `.$` where its value is a path.",
    link=_VALIDATION_PAGE,
    bad={"Begin": {"Type": "Pass", "Parameters": {"order": "$.order"}, "End": True}},
    good={"Begin": {"Type": "Pass", "Parameters": {"order.$": "$.order"}, "End": True}},
    check=_nothing,
)
WITHOUT_REASON: Final = Rule(
    id="ASL901",
    name="acknowledged-without-reason",
    severity=Severity.ERROR,
    summary="An acknowledgement gives no reason, or names no rule that there is.",
    why="The next reader has to know why the finding was left as it is, to see whether that still holds.",
    mend="Write the reason: `asl-lint: allow ASL205 (the caller looks at the output)`.",
    link="",
    bad={"Done": {"Type": "Succeed", "Comment": "asl-lint: allow ASL101"}},
    good=_DONE,
    check=_nothing,
)
UNUSED: Final = Rule(
    id="ASL902",
    name="unused-acknowledgement",
    severity=Severity.WARNING,
    summary="An acknowledgement acknowledges nothing.",
    why="What it excused has been mended, or has moved; left there, it would excuse the next mistake unseen.",
    mend="Take it out.",
    link="",
    bad={"Done": {"Type": "Succeed", "Comment": "asl-lint: allow ASL101 (there is no one to ask)"}},
    good=_DONE,
    check=_nothing,
)

RULES: Final[tuple[Rule, ...]] = (INVALID, WARNED, *POLICIES, WITHOUT_REASON, UNUSED)
BY_ID: Final = {rule.id: rule for rule in RULES}
