"""Where definitions come from: files, texts and values. Placeholders for ARNs are filled in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from asl.definition.validation import errors_of, validate
from asl.testing.arns import PSEUDO_PARAMETERS, function_arn, states_arn
from asl.testing.errors import UnusableDefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Json = Any

PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z0-9_.:-]+)\}")


def read_definition_file(path: Path) -> Json:
    """The definition in a file.

    Raises:
        UnusableDefinitionError: the file cannot be read, or is not JSON.
    """
    try:
        return parse_json(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise UnusableDefinitionError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableDefinitionError(f"cannot read {path}: it is not UTF-8 text") from None


def parse_json(text: str, source: str) -> Json:
    """The value of JSON text that comes from `source`.

    Raises:
        UnusableDefinitionError: it is not JSON.
    """
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnusableDefinitionError(f"{source} is not JSON: {error}") from None


def fill_in(value: Json, substitutions: Mapping[str, str], field: str = "") -> Json:
    """A definition with its placeholders `${Name}` replaced.

    `substitutions` and the pseudo parameters are replaced wherever they stand. What remains becomes an ARN where a
    definition can have nothing else: `${Send.Arn}` as a `Resource` or `FunctionName` is the function `Send`, as a
    `StateMachineArn` the state machine `Send`. Elsewhere it stays as it is.
    """
    if isinstance(value, dict):
        return {key: fill_in(item, substitutions, key) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, substitutions, field) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    known = {**PSEUDO_PARAMETERS, **substitutions}
    text = PLACEHOLDER.sub(lambda match: known.get(match[1], match[0]), value)
    match = PLACEHOLDER.fullmatch(text)
    if match is None:
        return text
    name = match[1].removesuffix(".Arn").replace(".", "-").replace(":", "-")
    if field in ("Resource", "FunctionName"):
        return function_arn(name)
    return states_arn("stateMachine", name) if field == "StateMachineArn" else text


def check_definition(text: str, source: str) -> None:
    """Refuse a definition that AWS would refuse.

    Raises:
        UnusableDefinitionError: it is not valid; every error is named with its place.
    """
    errors = errors_of(validate(text))
    if errors:
        listed = "\n".join(f"  {error}" for error in errors)
        raise UnusableDefinitionError(f"{source} is not a valid definition:\n{listed}")


def all_states(definition: Json) -> Iterator[tuple[str, str, Json]]:
    """The name, type and fields of every state, those inside Parallel and Map states as well."""
    for name, state in definition.get("States", {}).items():
        yield name, state["Type"], state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            if inner is not None:
                yield from all_states(inner)
