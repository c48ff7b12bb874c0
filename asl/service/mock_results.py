"""Whether a mocked result looks like an answer of the API that the task calls, by botocore's models.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.model import ListShape, MapShape, StringShape, StructureShape
from botocore.utils import EVENT_ALIASES

from asl.service.errors import validation_error

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from botocore.model import Shape

Json = Any

RESOURCE: Final = re.compile(
    r"arn:[\w-]+:states:[\w-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(?P<pattern>\.[\w:]+)?"
)
POLLED: Final = {("states", "startExecution", ".sync"): "DescribeExecution"}
JSON_FIELDS: Final = {("lambda", "Invoke"): frozenset({"Payload"})}
STRINGS: Final = frozenset({"string", "char", "timestamp", "blob"})
NUMBERS: Final = frozenset({"integer", "long", "float", "double"})


def check_mock_result(resource: str, result: Json, *, strict: bool) -> None:
    """Check the fields of a mocked result, and where `strict` that none is missing that the API always answers with.

    What has no model is taken as it is: functions and activities, `apigateway:invoke` and `http:invoke`, what comes
    back with a task token, and the results of jobs (`.sync`) other than executions.

    Raises:
        ApiError: `ValidationException`, for the first field that is not as the model says.
    """
    match = RESOURCE.fullmatch(resource)
    if match is None:
        return
    service, action, pattern = match["service"], match["action"], match["pattern"]
    operation = action[0].upper() + action[1:]
    if pattern is not None:
        operation = POLLED.get((service, action, pattern), "")
    shape = _output_shape(service, operation)
    if shape is not None:
        if not isinstance(result, dict):
            raise _error("the result must be a JSON object")
        anything = frozenset() if match["sdk"] else JSON_FIELDS.get((service, operation), frozenset())
        _check_structure(shape, result, strict=strict, anything=anything)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _service_names() -> dict[str, str]:
    """The names of services in botocore by those in resources: its own, and the service ids in small letters."""
    names = {name.replace("-", ""): name for name in _session().get_available_services()}
    for name, service_id in EVENT_ALIASES.items():
        if name.replace("-", "") in names:
            names.setdefault(service_id.replace("-", ""), name)
    return names | {"states": names["stepfunctions"]}


@cache
def _output_shape(service: str, operation: str) -> StructureShape | None:
    name = _service_names().get(service.replace("-", ""))
    if name is None:
        return None
    model = _session().get_service_model(name)
    if operation not in model.operation_names:
        return None
    shape = model.operation_model(operation).output_shape
    return shape if isinstance(shape, StructureShape) else None


def _check_structure(shape: StructureShape, value: Json, *, strict: bool, anything: Collection[str] = ()) -> None:
    members = dict(_members(shape))
    if strict:
        for name in shape.required_members:
            if _capitalised(name) not in value:
                raise _error(f"Required field '{_capitalised(name)}' is missing")
    for name, member in value.items():
        if name in members and name not in anything:
            _check(members[name], member, name, strict=strict)


def _members(shape: StructureShape) -> Iterator[tuple[str, Shape]]:
    """The members by the names that they have in a state machine."""
    return ((_capitalised(name), member) for name, member in shape.members.items())


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _check(shape: Shape, value: Json, field: str, *, strict: bool) -> None:
    if isinstance(shape, StructureShape):
        if getattr(shape, "is_document_type", False):
            return
        _expect(isinstance(value, dict), field, "an object")
        _check_structure(shape, value, strict=strict)
    elif isinstance(shape, ListShape):
        _expect(isinstance(value, list), field, "an array")
        for item in value:
            _check(shape.member, item, field, strict=strict)
    elif isinstance(shape, MapShape):
        _expect(isinstance(value, dict), field, "an object")
        for item in value.values():
            _check(shape.value, item, field, strict=strict)
    else:
        _check_scalar(shape, value, field)


def _check_scalar(shape: Shape, value: Json, field: str) -> None:
    if shape.type_name in STRINGS:
        _expect(isinstance(value, str), field, "a string")
        if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
            raise _error(f"Field '{field}' is not an expected value")
    elif shape.type_name in NUMBERS:
        _expect(isinstance(value, int | float) and not isinstance(value, bool), field, "a number")
    elif shape.type_name == "boolean":
        _expect(isinstance(value, bool), field, "a boolean")


def _expect(holds: bool, field: str, expected: str) -> None:
    if not holds:
        raise _error(f"Field '{field}' must be {expected}")


def _error(message: str) -> Exception:
    return validation_error(f"Mock result schema validation error: {message}")
