"""Whether a mocked result looks like an answer of the API that the task calls, by botocore's models.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from botocore.model import ListShape, MapShape, StringShape, StructureShape

from asl.integrations.aws_models import MODELS, service_model
from asl.integrations.aws_names import Naming, capitalized
from asl.service.errors import validation_error

if TYPE_CHECKING:
    from collections.abc import Collection

    from botocore.model import Shape

Json = Any

RESOURCE: Final = re.compile(
    r"arn:[\w-]+:states:[\w-]*:\d*:(?P<sdk>(?:aws-sdk:)?)(?P<service>[\w-]+):(?P<action>\w+)(?P<pattern>(?:\.[\w:]+)?)"
)
OPTIMIZED_NAMES: Final = {"elasticmapreduce": "emr", "events": "eventbridge", "states": "sfn"}
POLLED: Final = {"states:startExecution.sync": "DescribeExecution", "states:startExecution.sync:2": "DescribeExecution"}
JSON_FIELDS: Final = {
    "lambda:invoke": frozenset({"Payload"}),
    "states:startExecution.sync:2": frozenset({"Input", "Output"}),
}
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
    name = match["sdk"] + match["service"] + ":" + match["action"] + match["pattern"]
    operation = POLLED.get(name, "") if match["pattern"] else capitalized(match["action"])
    shape = _output_shape(match["service"], operation)
    if shape is not None:
        if not isinstance(result, dict):
            raise _error("the result must be a JSON object")
        naming = Naming.SDK if match["sdk"] else Naming.OPTIMIZED
        ResultCheck(naming, strict).structure(shape, result, JSON_FIELDS.get(name, ()))


@lru_cache(maxsize=MODELS)
def _output_shape(service: str, operation: str) -> StructureShape | None:
    model = service_model(OPTIMIZED_NAMES.get(service, service))
    if model is None or operation not in model.operation_names:
        return None
    shape = model.operation_model(operation).output_shape
    return shape if isinstance(shape, StructureShape) else None


@dataclass(frozen=True, slots=True)
class ResultCheck:
    """The check of one result, with the names that its fields have in a state machine."""

    naming: Naming
    strict: bool

    def structure(self, shape: StructureShape, value: Json, anything: Collection[str] = ()) -> None:
        """Check the members that are there and, where the check is strict, that the required ones are.

        Those that `anything` names may hold any JSON.
        """
        if self.strict:
            for name in shape.required_members:
                if self.naming(name) not in value:
                    raise _error(f"Required field '{self.naming(name)}' is missing")
        members = {self.naming(name): member for name, member in shape.members.items()}
        for name, member in value.items():
            if name in members and name not in anything:
                self._value(members[name], member, name)

    def _value(self, shape: Shape, value: Json, field: str) -> None:
        if isinstance(shape, StructureShape):
            if not shape.is_document_type:
                _expect(isinstance(value, dict), field, "an object")
                self.structure(shape, value)
        elif isinstance(shape, ListShape):
            _expect(isinstance(value, list), field, "an array")
            for item in value:
                self._value(shape.member, item, field)
        elif isinstance(shape, MapShape):
            _expect(isinstance(value, dict), field, "an object")
            for item in value.values():
                self._value(shape.value, item, field)
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
