"""JSONata as Step Functions evaluates it: the library's language, AWS's functions, limits and error texts."""

from asl.expressions.jsonata.compilation import JsonataExpression, compile_jsonata, is_jsonata, unwrapped
from asl.expressions.jsonata.static_checks import JsonataProblem, check_jsonata
from asl.expressions.jsonata.template import JsonataTemplate, compile_jsonata_template

__all__ = [
    "JsonataExpression",
    "JsonataProblem",
    "JsonataTemplate",
    "check_jsonata",
    "compile_jsonata",
    "compile_jsonata_template",
    "is_jsonata",
    "unwrapped",
]
