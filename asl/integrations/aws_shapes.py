"""The JSON of a state machine turned into what botocore sends, and what botocore received turned into JSON."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.model import ListShape, MapShape, StructureShape
from botocore.response import StreamingBody
from botocore.utils import parse_timestamp

from asl.integrations.aws_api import AwsUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

    from asl.integrations.aws_names import Naming

Json = Any

WHOLE_NUMBERS: Final = frozenset({"integer", "long"})
NUMBERS: Final = frozenset({"float", "double"})


def to_parameters(value: Json, shape: Shape, naming: Naming, path: str = "") -> Any:
    """What botocore takes for `value`, which a state machine gave for `shape`. Members that are null are left out.

    A text may be given as any JSON; a blob is the JSON text of what is given, unless it is given as bytes.

    Raises:
        AwsUnsupportedError: a member is not one of the service's, or is of the wrong type.
    """
    if isinstance(shape, StructureShape):
        return _structure(value, shape, naming, path)
    if isinstance(shape, ListShape):
        _expect(isinstance(value, list), path, "a list")
        return [to_parameters(item, shape.member, naming, f"{path}[{n}]") for n, item in enumerate(value)]
    if isinstance(shape, MapShape):
        _expect(isinstance(value, dict), path, "an object")
        items = value.items()
        return {key: to_parameters(item, shape.value, naming, f"{path}.{key}") for key, item in items}
    return _scalar(value, shape, path)


def _structure(value: Json, shape: StructureShape, naming: Naming, path: str) -> Any:
    if shape.is_document_type:
        return value
    _expect(isinstance(value, dict), path, "an object")
    members = {naming(name): (name, member) for name, member in shape.members.items()}
    parameters = {}
    for given, item in value.items():
        if given not in members:
            where = f" of {path}" if path else ""
            raise AwsUnsupportedError(f'The field "{given}"{where} is not supported by Step Functions')
        name, member = members[given]
        if item is not None:
            parameters[name] = to_parameters(item, member, naming, f"{path}.{given}" if path else given)
    return parameters


def _scalar(value: Json, shape: Shape, path: str) -> Any:
    kind = shape.type_name
    if kind == "string":
        return value if isinstance(value, str) else _text(value)
    if kind == "blob":
        return value if isinstance(value, bytes) else _text(value).encode("utf-8", "replace")
    if kind == "boolean":
        _expect(isinstance(value, bool), path, "true or false")
        return value
    if kind == "timestamp":
        return _timestamp(value, path)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    _expect(number and math.isfinite(value) and (kind in NUMBERS or value == int(value)), path, f"a number ({kind})")
    return int(value) if kind in WHOLE_NUMBERS else value


def _timestamp(value: Json, path: str) -> datetime:
    try:
        return parse_timestamp(value)
    except (ValueError, TypeError):
        raise AwsUnsupportedError(f"The value of {path} has to be a date such as 2030-01-31T12:00:00Z") from None


def _expect(is_so: bool, path: str, expected: str) -> None:
    if not is_so:
        raise AwsUnsupportedError(f"The value of {path or 'the parameters'} has to be {expected}")


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def missing_members(parameters: Any, shape: Shape | None, path: str = "") -> list[str]:
    """The paths of required members that are not there, as services name them: with small first letters."""
    missing: list[str] = []
    if isinstance(shape, StructureShape) and isinstance(parameters, dict) and not shape.is_document_type:
        for name, member in shape.members.items():
            here = f"{path}{'.' if path else ''}{name[0].lower()}{name[1:]}"
            if name in parameters:
                missing += missing_members(parameters[name], member, here)
            elif name in shape.required_members and not member.metadata.get("idempotencyToken"):
                missing.append(here)
    elif isinstance(shape, ListShape) and isinstance(parameters, list):
        for number, item in enumerate(parameters, start=1):
            missing += missing_members(item, shape.member, f"{path}.{number}.member")
    elif isinstance(shape, MapShape) and isinstance(parameters, dict):
        for key, item in parameters.items():
            missing += missing_members(item, shape.value, f"{path}.{key}.member")
    return missing


def to_json(value: Any, shape: Shape | None, naming: Naming) -> Json:
    """What a state machine sees of `value`, which botocore parsed for `shape`, or which Step Functions itself answers.

    Dates, seconds since the epoch among them, are ISO 8601 texts in UTC; blobs are texts, in base64 where they are not
    UTF-8.
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict) and not shape.is_document_type:
        members: dict[str, Shape] = shape.members
        return {naming(name): to_json(item, members[name], naming) for name, item in value.items() if name in members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_json(item, shape.member, naming) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: to_json(item, shape.value, naming) for key, item in value.items()}
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, int | float):
        return _date(datetime.fromtimestamp(value, UTC))
    for kind, convert in CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    return value


def _date(value: datetime) -> str:
    moment = value.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _blob(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode("ascii")


def _stream(value: StreamingBody) -> str:
    with value:
        return _blob(value.read())


CONVERSIONS: Final[tuple[tuple[type, Callable[[Any], Json]], ...]] = (
    (datetime, _date),
    (bytes, _blob),
    (StreamingBody, _stream),
)
