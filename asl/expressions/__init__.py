"""Expressions of the States Language: JSONPath, intrinsic functions, payload templates and JSONata.

Everything is compiled once into a function and evaluated many times. What goes wrong is an ExpressionError.
"""

from asl.expressions.errors import ExpressionError
from asl.expressions.intrinsics import compile_intrinsic
from asl.expressions.jsonata import (
    JsonataExpression,
    JsonataProblem,
    JsonataTemplate,
    check_jsonata,
    compile_jsonata,
    compile_jsonata_template,
    is_jsonata,
)
from asl.expressions.jsonpath import ReferencePath, compile_path, compile_reference_path
from asl.expressions.jsonpath.not_found import PathNotFoundError
from asl.expressions.payload_template import compile_expression, compile_payload_template
from asl.expressions.scope import Evaluator, Json, Scope

__all__ = [
    "Evaluator",
    "ExpressionError",
    "Json",
    "JsonataExpression",
    "JsonataProblem",
    "JsonataTemplate",
    "PathNotFoundError",
    "ReferencePath",
    "Scope",
    "check_jsonata",
    "compile_expression",
    "compile_intrinsic",
    "compile_jsonata",
    "compile_jsonata_template",
    "compile_path",
    "compile_payload_template",
    "compile_reference_path",
    "is_jsonata",
]
