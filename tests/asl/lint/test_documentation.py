"""The page about the checks says of every rule what the rule says itself."""

from __future__ import annotations

from pathlib import Path

from asl.lint import RULES
from asl.lint.explanation import explained

PAGE = Path(__file__).parents[3] / "docs" / "lint.md"
RULES_FROM = "## The rules\n"


def test_the_page_explains_every_rule_as_the_command_does() -> None:
    _, _, rules = PAGE.read_text("utf-8").partition(RULES_FROM)
    text = rules.partition("\n### ")[1].lstrip("\n") + rules.partition("\n### ")[2]
    expected = "\n".join(explained(rule) for rule in RULES)
    assert text == expected, "renew it with `python -m asl lint --explain all`, below the introduction of the rules"
