"""Checks of definitions: what Step Functions refuses, and the policies that keep people out of trouble.

for finding in lint(text, name="orders"):
print(finding.position.line, finding.rule, finding.message)
"""

from asl.lint.builtin import BY_ID, RULES
from asl.lint.check import lint
from asl.lint.finding import Finding, Position, Severity
from asl.lint.rule import Rule
from asl.lint.settings import Acknowledgement, Settings

__all__ = ["BY_ID", "RULES", "Acknowledgement", "Finding", "Position", "Rule", "Settings", "Severity", "lint"]
