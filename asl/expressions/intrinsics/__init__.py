"""Intrinsic functions of JSONPath states: `States.Format('Hello {}', $.name)`."""

from asl.expressions.intrinsics.evaluation import compile_intrinsic
from asl.expressions.intrinsics.grammar import IntrinsicSyntaxError, parse_intrinsic

__all__ = ["IntrinsicSyntaxError", "compile_intrinsic", "parse_intrinsic"]
