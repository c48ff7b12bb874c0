"""JSONPath in the dialect of AWS Step Functions, and reference paths."""

from asl.expressions.jsonpath.evaluation import compile_path
from asl.expressions.jsonpath.grammar import JsonPath, JsonPathSyntaxError, parse_path
from asl.expressions.jsonpath.reference import ReferencePath, compile_reference_path

__all__ = [
    "JsonPath",
    "JsonPathSyntaxError",
    "ReferencePath",
    "compile_path",
    "compile_reference_path",
    "parse_path",
]
