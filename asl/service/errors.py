"""What the API answers when it cannot do what was asked, with AWS's types and texts.

See the errors of each action in https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from __future__ import annotations


class ApiError(Exception):
    """An error of the API: `code` is its type, `status` the HTTP status.

    `namespace` is set where AWS answers before the action is reached; SDKs drop it from the type.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, namespace: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.namespace = namespace


def service_unavailable(message: str) -> ApiError:
    """The service is being stopped; the same request may succeed later."""
    return ApiError("ServiceUnavailable", message, status=503)


def unknown_operation(message: str) -> ApiError:
    """The target names no action, or one that is not served here."""
    return ApiError("UnknownOperationException", message, namespace="com.amazon.coral.service")


def serialization_error(message: str) -> ApiError:
    """The body is not the JSON that the action reads."""
    return ApiError("SerializationException", message, namespace="com.amazon.coral.service")


def constraint_violation(message: str) -> ApiError:
    """The request breaks a constraint of the service model."""
    return ApiError("ValidationException", message, namespace="com.amazon.coral.validate")


def validation_error(message: str) -> ApiError:
    """The request makes no sense, though each of its fields is well-formed."""
    return ApiError("ValidationException", message)


def conflict(message: str) -> ApiError:
    """What was asked contradicts the state of the resource."""
    return ApiError("ConflictException", message)


def quota_exceeded(message: str) -> ApiError:
    """The resource has as many of something as it may have."""
    return ApiError("ServiceQuotaExceededException", message)


def invalid_arn(reason: str) -> ApiError:
    """An ARN that is malformed, or of a kind that the action does not take."""
    return ApiError("InvalidArn", f"Invalid Arn: '{reason}'")


def invalid_name(name: str) -> ApiError:
    """A name with a character that names may not have."""
    return ApiError("InvalidName", f"Invalid Name: '{name}'")


def invalid_page_token() -> ApiError:
    """A `nextToken` that this action did not hand out."""
    return ApiError("InvalidToken", "Invalid Token: 'Invalid token'")


def invalid_execution_input(reason: str) -> ApiError:
    """Input that is not JSON."""
    return ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{reason}'")


def invalid_output(reason: str) -> ApiError:
    """Output of a task that is not JSON."""
    return ApiError("InvalidOutput", f"Invalid Output: '{reason}'")


def state_machine_does_not_exist(arn: str) -> ApiError:
    """No state machine, version or alias has the ARN in this account and region."""
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def state_machine_deleting(arn: str) -> ApiError:
    """The state machine is being deleted: it takes no more executions and changes."""
    return ApiError("StateMachineDeleting", f"State Machine is deleting: '{arn}'")


def state_machine_already_exists(arn: str) -> ApiError:
    """A state machine with another definition or configuration has the name."""
    return ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def state_machine_type_not_supported() -> ApiError:
    """The action is for the other type of state machine."""
    message = "This operation is not supported by this type of state machine"
    return ApiError("StateMachineTypeNotSupported", message)


def execution_does_not_exist(arn: str) -> ApiError:
    """No execution has the ARN in this account and region."""
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def execution_already_exists(arn: str) -> ApiError:
    """An execution with the name has ended, or was started with another input."""
    return ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")


def execution_not_redrivable(reason: str) -> ApiError:
    """The execution has not failed, or not lately enough, or can't go on for another reason."""
    return ApiError("ExecutionNotRedrivable", reason)


def activity_does_not_exist(arn: str) -> ApiError:
    """No activity has the ARN in this account and region."""
    return ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")


def resource_not_found(arn: str) -> ApiError:
    """Nothing that can have tags has the ARN."""
    return ApiError("ResourceNotFound", f"Resource not found: '{arn}'")


def alias_not_found() -> ApiError:
    """No alias has the ARN."""
    return ApiError("ResourceNotFound", "Request references a resource that does not exist.")


def too_many_tags(arn: str) -> ApiError:
    """The resource would have more than 50 tags."""
    return ApiError("TooManyTags", f"Number of tags exceeds resource tag limit: '{arn}'")


def missing_required_parameter(message: str) -> ApiError:
    """An update that says nothing to update."""
    return ApiError("MissingRequiredParameter", message)


def invalid_logging_configuration(reason: str) -> ApiError:
    """Logging that could not work."""
    return ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {reason}")


def invalid_encryption_configuration(reason: str) -> ApiError:
    """Encryption that could not work."""
    return ApiError("InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {reason}")


def invalid_definition(text: str) -> ApiError:
    """A definition that the validation refuses; `text` is AWS's summary of its diagnostics."""
    return ApiError("InvalidDefinition", text)
