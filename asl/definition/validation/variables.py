"""Assign: the names of variables, and what is assigned to them.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.definition.model import QueryLanguage
from asl.definition.validation.diagnostics import Code
from asl.definition.validation.expressions import jsonata_template, template

if TYPE_CHECKING:
    from asl.definition.validation.site import Site

RESERVED_NAME = "states"
MAX_NAME_LENGTH = 80

_NAME = re.compile(r"[^\W\d]\w*")


def assign(value: Any, site: Site) -> None:
    """The Assign field of a state, a choice rule or a catcher."""
    if not isinstance(value, dict):
        site.error("Expected value of type [OBJECT]")
        return
    for field in value:
        name = field.removesuffix(".$") if site.language is QueryLanguage.JSONPATH else field
        _check_name(name, site.at(field))
    rule = template if site.language is QueryLanguage.JSONPATH else jsonata_template
    rule(value, site)


def _check_name(name: str, site: Site) -> None:
    if name == RESERVED_NAME:
        site.error("Cannot assign to reserved variable '$states'.", Code.RESERVED_VARIABLE_NAME)
    elif not _NAME.fullmatch(name):
        site.error(
            f"Invalid variable name '{name}': the variable name contains invalid characters.",
            Code.INVALID_VARIABLE_NAME,
        )
    elif len(name) > MAX_NAME_LENGTH:
        site.error(
            f"Invalid variable name '{name}': the variable name exceeds the {MAX_NAME_LENGTH}-character limit.",
            Code.INVALID_VARIABLE_NAME,
        )
