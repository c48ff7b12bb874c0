"""The policies. ASL1: waiting for a token; ASL2: retriers and catchers; ASL3: choices and loops; ASL4: payloads."""

from typing import Final

from asl.lint.rule import Rule
from asl.lint.rules import data, flow, handlers, waiting

POLICIES: Final[tuple[Rule, ...]] = (*waiting.RULES, *handlers.RULES, *flow.RULES, *data.RULES)
