"""What a JSONPath-mode expression can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any


@dataclass(slots=True)
class Scope:
    """The three roots a path can start from.

    `document` is what `$` stands for (the state input, or the result under ResultSelector), `context` what `$$` stands
    for (the context object), and `variables` what `$name` stands for.
    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """

    document: Json
    context: Json = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)


Evaluator: TypeAlias = Callable[[Scope], Json]
