"""Regular expressions with a budget of steps."""

from asl.expressions.regular_expressions.pattern import BoundedPattern, Match
from asl.expressions.regular_expressions.program import Spend

__all__ = ["BoundedPattern", "Match", "Spend"]
