"""Retry and Catch.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asl.definition.validation.expressions import jsonata_template, result_path
from asl.definition.validation.schema import (
    ObjectSchema,
    array,
    integer,
    number,
    one_of,
    only_jsonata,
    only_jsonpath,
    string,
)
from asl.definition.validation.variables import assign

if TYPE_CHECKING:
    from asl.definition.validation.schema import Rule
    from asl.definition.validation.site import Site

ALL_ERRORS = "States.ALL"
MAX_ATTEMPTS = 99_999_999
MAX_INTERVAL_SECONDS = 99_999_999
MAX_DELAY_SECONDS = 31_622_400

_ERROR_EQUALS = array(string, may_be_empty=False)

_RETRIER = ObjectSchema(
    {
        "ErrorEquals": _ERROR_EQUALS,
        "IntervalSeconds": integer(0, MAX_INTERVAL_SECONDS),
        "MaxAttempts": integer(0, MAX_ATTEMPTS),
        "BackoffRate": number(1.0),
        "MaxDelaySeconds": integer(1, MAX_DELAY_SECONDS),
        "JitterStrategy": one_of("NONE", "FULL"),
        "Comment": string,
    },
    required=("ErrorEquals",),
)
_CATCHER = ObjectSchema(
    {
        "ErrorEquals": _ERROR_EQUALS,
        "Next": string,
        "ResultPath": only_jsonpath(result_path),
        "Output": only_jsonata(jsonata_template),
        "Assign": assign,
        "Comment": string,
    },
    required=("ErrorEquals", "Next"),
)


def _handlers(schema: ObjectSchema) -> Rule:
    elements = array(schema)

    def check(value: Any, site: Site) -> None:
        elements(value, replace(site, in_catcher=schema is _CATCHER))
        if isinstance(value, list):
            _check_all_errors_last(value, site)

    return check


def _check_all_errors_last(handlers: list[Any], site: Site) -> None:
    """`States.ALL` hides everything after it, so it stands alone in the last element."""
    for position, handler in enumerate(handlers):
        names = handler.get("ErrorEquals") if isinstance(handler, dict) else None
        if not isinstance(names, list) or ALL_ERRORS not in names:
            continue
        if len(names) > 1 or position < len(handlers) - 1:
            site.item(position).at("ErrorEquals").item(names.index(ALL_ERRORS)).error(
                f"{ALL_ERRORS} must appear alone and at end of list"
            )


retry = _handlers(_RETRIER)
catch = _handlers(_CATCHER)
