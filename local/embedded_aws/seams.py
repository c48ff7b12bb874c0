"""Where this package reaches into MiniStack, and what it expects to find there.

None of it is a public interface, so an upgrade of MiniStack may move it. `check` says so at the start, before anything
could go wrong in a way that is hard to understand.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class SeamError(Exception):
    """MiniStack is not as it is expected to be; the text says what moved and which of our modules has to follow."""


@dataclass(frozen=True, slots=True)
class Seam:
    """A name of a module of MiniStack and where we use it.

    `parameters` are those of a function, in order. `entries` are keys of a mapping, of which it may have others.
    """

    module: str
    name: str
    used_in: str
    parameters: tuple[str, ...] | None = None
    entries: tuple[str, ...] = ()

    def problem(self) -> str | None:
        """What is not as expected, or None."""
        try:
            found: Any = getattr(importlib.import_module(self.module), self.name)
        except (ImportError, AttributeError) as error:
            return str(error)
        if self.parameters is not None:
            if not callable(found):
                return f"it is no longer a function but {type(found).__name__}"
            parameters = tuple(inspect.signature(found).parameters)
            if parameters != self.parameters:
                return f"its parameters are ({', '.join(parameters)}), not ({', '.join(self.parameters)})"
        missing = [entry for entry in self.entries if entry not in found]
        return f"it lacks {', '.join(missing)}" if missing else None


PROVISIONERS: Final = "ministack.services.cloudformation.provisioners"
STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
CLOUDFORMATION: Final = "cloudformation.py"
LAMBDA: Final = "ministack.services.lambda_svc"
FUNCTIONS: Final = "lambda_functions.py"
ASYNCHRONOUS: Final = "asynchronous.py"
PERSISTENCE: Final = "persistence.py"
SAVED: Final = "ministack.core.persistence"
DYNAMODB: Final = "ministack.services.dynamodb"
LOGS: Final = "ministack.services.cloudwatch_logs"
STREAM_RECORDS: Final = "stream_records.py"
LOG_STORE: Final = "log_store.py"
METRICS: Final = "ministack.services.cloudwatch"
METRIC_STORE: Final = "metric_store.py"

SEAMS: Final = (
    Seam("ministack.core.responses", "get_account_id", "application.py", ()),
    Seam("ministack.core.responses", "get_region", "application.py", ()),
    Seam("ministack.app", "app", "application.py", ("scope", "receive", "send")),
    Seam("ministack.app", "SERVICE_REGISTRY", "application.py", entries=("states",)),
    Seam("ministack.app", "_build_persistence_save_dict", PERSISTENCE, ()),
    Seam(DYNAMODB, "get_state", PERSISTENCE, ()),
    Seam(DYNAMODB, "load_persisted_state", PERSISTENCE, ("data",)),
    Seam(DYNAMODB, "_stream_records", PERSISTENCE),
    Seam(DYNAMODB, "_stream_trimmed", PERSISTENCE),
    Seam(DYNAMODB, "_tables", STREAM_RECORDS),
    Seam(DYNAMODB, "_trim_stream_records", STREAM_RECORDS, ("table_name", "account_id", "region")),
    Seam(DYNAMODB, "drop_stream_records", STREAM_RECORDS, ("table_name", "table")),
    Seam(DYNAMODB, "stream_records_since", STREAM_RECORDS, ("table_name", "position", "limit", "account_id", "region")),
    Seam(DYNAMODB, "stream_start_position", STREAM_RECORDS, ("table_name", "account_id", "region")),
    Seam(DYNAMODB, "stream_end_position", STREAM_RECORDS, ("table_name", "account_id", "region")),
    Seam("ministack.services.dynamodb_streams", "_get_shard_iterator", STREAM_RECORDS, ("data",)),
    Seam("ministack.services.dynamodb_streams", "_get_records", STREAM_RECORDS, ("data",)),
    Seam(LAMBDA, "_poll_dynamodb_streams", STREAM_RECORDS, ()),
    Seam(LAMBDA, "_dynamodb_stream_positions", STREAM_RECORDS),
    Seam("ministack.services.pipes", "_pipes", STREAM_RECORDS),
    Seam(SAVED, "_state_format_version", PERSISTENCE, ("service",)),
    Seam(SAVED, "_json_default", PERSISTENCE, ("obj",)),
    Seam(SAVED, "STATE_DIR", PERSISTENCE),
    Seam("ministack.services.cloudformation", "_stacks", PERSISTENCE),
    Seam("ministack.services.cloudformation", "_stacks", "../console/deployed.py"),
    Seam(
        "ministack.services.apigateway",
        "_invoke_lambda_proxy",
        "http_apis.py",
        (
            *("integration", "api_id", "stage", "path", "method", "headers", "body", "query_params"),
            *("route_key", "path_params", "authorizer_claims", "authorizer_scopes", "authorizer_lambda_context"),
            *("authorizer_iam", "owner_account_id", "owner_region", "raw_query_string"),
        ),
    ),
    Seam("ministack.services.eventbridge", "_put_events", "status_events.py", ("data", "allow_aws_source")),
    Seam(LAMBDA, "_execute_function_warm", FUNCTIONS, ("func", "event", "request_id")),
    Seam(
        LAMBDA,
        "_emit_lambda_logs",
        FUNCTIONS,
        ("func", "request_id", "log_text", "error", "duration_ms", "log_source"),
    ),
    Seam(LAMBDA, "invalidate_worker", FUNCTIONS, ("func_name", "qualifier", "account", "region")),
    Seam(LAMBDA, "_throttle_response", FUNCTIONS, ("reason_code", "msg", "retry_after")),
    Seam(LAMBDA, "_functions", FUNCTIONS),
    Seam(LAMBDA, "_layers", PERSISTENCE),
    Seam(LAMBDA, "_layers", FUNCTIONS),
    Seam(LAMBDA, "_esms", PERSISTENCE),
    Seam(LAMBDA, "_resolve_layer_zip", FUNCTIONS, ("attachment",)),
    Seam(LAMBDA, "_runtime_env_vars", FUNCTIONS, ("config",)),
    Seam(LAMBDA, "_xray_trace_id_for_invocation", FUNCTIONS, ("config", "inbound_trace_header")),
    Seam(LAMBDA, "invoke_async_with_retry", ASYNCHRONOUS, ("func", "event")),
    Seam(LAMBDA, "_execute_function", ASYNCHRONOUS, ("func", "event")),
    Seam(
        LAMBDA,
        "_run_with_function_config_scope",
        ASYNCHRONOUS,
        ("func_or_config", "callback", "args", "kwargs"),
    ),
    Seam(LAMBDA, "_get_func_record_for_ref", ASYNCHRONOUS, ("function_ref",)),
    Seam(LAMBDA, "_execution_record_for_config", ASYNCHRONOUS, ("func", "config")),
    Seam(LAMBDA, "_event_invoke_config", ASYNCHRONOUS, ("func", "qualifier")),
    Seam("ministack.services.eventbridge", "_dispatch_to_lambda", ASYNCHRONOUS, ("arn", "payload")),
    Seam(
        "ministack.services.sns",
        "_deliver_to_lambda",
        ASYNCHRONOUS,
        ("endpoint", "envelope", "topic_arn", "sub_arn", "msg_id", "raw_message", "message_attributes"),
    ),
    Seam("ministack.core.lambda_runtime", "execution_credentials", FUNCTIONS, ("config",)),
    Seam(
        "ministack.core.lambda_runtime",
        "get_or_create_worker",
        FUNCTIONS,
        ("func_name", "config", "code_zip", "qualifier"),
    ),
    Seam(LOGS, "_create_log_group", "log_writer.py", ("data",)),
    Seam(LOGS, "_create_log_stream", "log_writer.py", ("data",)),
    Seam(LOGS, "_build_log_record", LOG_STORE, ("ptr", "timestamp_ms", "message", "log_group", "log_stream")),
    Seam(LOGS, "_put_log_events", LOG_STORE, ("data",)),
    Seam(LOGS, "_log_groups", LOG_STORE),
    Seam(LOGS, "_log_records", LOG_STORE),
    Seam(LOGS, "_log_events_lock", LOG_STORE),
    Seam(METRICS, "record_metric", METRIC_STORE, ("namespace", "metric_name", "value", "unit", "dimensions")),
    Seam(METRICS, "_metric_bucket", METRIC_STORE, ("key",)),
    Seam(METRICS, "_dims_key", METRIC_STORE, ("dims",)),
    Seam(METRICS, "_metrics", METRIC_STORE),
    Seam("ministack.services.s3", "_get_object_data", CLOUDFORMATION, ("bucket_name", "key", "version_id")),
    Seam(PROVISIONERS, "_RESOURCE_HANDLERS", CLOUDFORMATION, entries=(STATE_MACHINE,)),
    Seam(PROVISIONERS, "_REPLACING_PROPERTIES", CLOUDFORMATION, entries=(STATE_MACHINE,)),
    Seam(PROVISIONERS, "_STACK_TAG_PROPERTY", CLOUDFORMATION, entries=(STATE_MACHINE,)),
    Seam(
        PROVISIONERS,
        "_physical_name",
        CLOUDFORMATION,
        ("stack_name", "logical_id", "lowercase", "max_len", "seeded"),
    ),
    Seam(
        PROVISIONERS,
        "_update_resource",
        CLOUDFORMATION,
        ("resource_type", "physical_id", "old_props", "new_props", "stack_name", "logical_id", "old_attrs"),
    ),
)


def check(seams: Iterable[Seam] = SEAMS) -> None:
    """See that MiniStack has all that is expected of it.

    Raises:
        SeamError: something moved.
    """
    for seam in seams:
        problem = seam.problem()
        if problem is not None:
            raise SeamError(
                f"MiniStack {version('ministack')} does not fit the local cloud: {seam.module}.{seam.name}: {problem}. "
                f"It is used in local/embedded_aws/{seam.used_in}: bring that up to date, and the entry in seams.py."
            )
