"""Settings from a file: `[tool.asl-lint]` of a pyproject.toml, or a TOML file that holds the same at its top.

[tool.asl-lint]
ignore = ["ASL203"]
sink-states = ["(?i)escalate"]          # beside those that are known
sink-resources = [":batch:submitJob"]

[tool.asl-lint.errors]                  # by state or function; "*" holds for all
SendCampaign = ["VendorUnavailable"]

[[tool.asl-lint.acknowledge]]
rule = "ASL205"
definition = "orders"                   # a state machine; or a file, by its path or its name up to the first dot
at = "/States/Notify"                   # left out: the whole definition
reason = "a notice that is not sent harms nobody"
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from asl.lint.settings import SINK_RESOURCES, SINK_STATES, Acknowledgement, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class SettingsError(ValueError):
    """A file of settings cannot be used; the text says which, where and why."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"))


class _Acknowledge(_Strict):
    rule: str
    reason: str = ""
    at: str = ""
    definition: str


class _File(_Strict):
    select: list[str] = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    sink_states: list[Pattern] = Field(default_factory=list)
    sink_resources: list[Pattern] = Field(default_factory=list)
    errors: dict[str, list[str]] = Field(default_factory=dict)
    acknowledge: list[_Acknowledge] = Field(default_factory=list)


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults if it is a pyproject.toml that says nothing. Raises SettingsError."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    section = content.get("tool", {}).get("asl-lint", {}) if path.name == "pyproject.toml" else content
    return settings_of(section, str(path))


def settings_of(section: Mapping[str, Any], where: str) -> Settings:
    """Settings from what a file says. Raises SettingsError, which names `where` it is."""
    try:
        said = _File.model_validate(section)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the settings"
        raise SettingsError(f"{where}: {place}: {first['msg']}") from None
    return Settings(
        select=tuple(said.select),
        ignore=tuple(said.ignore),
        sink_states=(*SINK_STATES, *said.sink_states),
        sink_resources=(*SINK_RESOURCES, *said.sink_resources),
        errors={name: tuple(errors) for name, errors in said.errors.items()},
        acknowledgements=tuple(
            Acknowledgement(
                rule=each.rule,
                reason=each.reason.strip(),
                at=each.at,
                definition=each.definition,
                where=f"{where}, acknowledge[{index}]",
            )
            for index, each in enumerate(said.acknowledge)
        ),
    )


def read_errors(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of errors by state or function, from a JSON file such as `{"SendCampaign": ["VendorUnavailable"]}`.

    Raises:
        SettingsError: the file cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{path} is not JSON: {error}") from None
    return dict(settings_of({"errors": content}, str(path)).errors)
