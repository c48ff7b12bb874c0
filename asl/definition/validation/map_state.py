"""The fields that only Map states have: ProcessorConfig, ItemReader, ItemBatcher, ResultWriter, Label.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.definition.validation.diagnostics import Code
from asl.definition.validation.expressions import (
    jsonata_or,
    jsonata_template,
    reference_path,
    template,
)
from asl.definition.validation.schema import (
    Alternatives,
    ObjectSchema,
    array,
    by_language,
    integer,
    named_one_of,
    one_of,
    only_jsonata,
    only_jsonpath,
    string,
)
from asl.definition.validation.site import WorkflowType

if TYPE_CHECKING:
    from asl.definition.validation.schema import Rule
    from asl.definition.validation.site import Site

MAX_LABEL_LENGTH = 40
DISTRIBUTED = "DISTRIBUTED"

_LABEL_EXCLUDES = frozenset(' "#$%&*,:;<>?[\\]^`{|}~') | {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))}
_READERS = ("s3:getObject", "s3:listObjectsV2")
_WRITERS = ("s3:putObject",)


def label(value: Any, site: Site) -> None:
    """Label: the part of a Map Run's ARN that says which state it belongs to.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    if not isinstance(value, str):
        string(value, site)
    elif not value:
        site.error("Label cannot be empty", Code.INVALID_LABEL_NAME)
    elif len(value) > MAX_LABEL_LENGTH:
        site.error(f"Label cannot exceed {MAX_LABEL_LENGTH} characters", Code.INVALID_LABEL_NAME)
    elif excluded := next((char for char in value if char in _LABEL_EXCLUDES), None):
        site.error(f"Label contains invalid character: {excluded!r}", Code.INVALID_LABEL_NAME)


_CONFIG = ObjectSchema({"Mode": one_of("INLINE", DISTRIBUTED), "ExecutionType": one_of("STANDARD", "EXPRESS")})


def processor_config(value: Any, site: Site) -> None:
    """ProcessorConfig: whether items are processed within the execution or in executions of their own."""
    _CONFIG(value, site)
    if not isinstance(value, dict):
        return
    if value.get("Mode", "INLINE") == "INLINE":
        if "ExecutionType" in value:
            site.error("Field 'ExecutionType' is not supported")
    elif value["Mode"] == DISTRIBUTED:
        if "ExecutionType" not in value:
            site.error("These fields are required: [ExecutionType]")
        if site.workflow_type is WorkflowType.EXPRESS:
            site.at("Mode").error(
                "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
            )


def items_type(processor: Any, site: Site) -> WorkflowType:
    """The type of the executions in which the states of an item processor run."""
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == DISTRIBUTED:
        return WorkflowType.EXPRESS if config.get("ExecutionType") == "EXPRESS" else WorkflowType.STANDARD
    return site.workflow_type


def _resource(integrations: tuple[str, ...]) -> Rule:
    allowed = tuple(f":states:::{integration}" for integration in integrations)
    examples = ", ".join(f"arn:<partition>:states:::{integration}" for integration in integrations)

    def check(value: Any, site: Site) -> None:
        if not isinstance(value, str):
            string(value, site)
        elif not (value.startswith("arn:") and value.endswith(allowed)):
            site.error(f"The field 'Resource' does not match any of the allowed values. Examples: [{examples}]")

    return check


_READER_CONFIG = ObjectSchema(
    {
        "InputType": named_one_of("InputType", ("MANIFEST", "JSON", "CSV", "JSONL", "PARQUET")),
        "Transformation": one_of("NONE", "LOAD_AND_FLATTEN"),
        "CSVHeaderLocation": one_of("FIRST_ROW", "GIVEN"),
        "CSVHeaders": array(string),
        "CSVDelimiter": one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
        "ItemsPointer": string,
        "ManifestType": one_of("S3_INVENTORY", "ATHENA_DATA"),
        "MaxItems": by_language(jsonpath=integer(0), jsonata=jsonata_or(integer(0))),
        "MaxItemsPath": only_jsonpath(reference_path),
    },
    alternatives=(Alternatives(("MaxItems", "MaxItemsPath")),),
)


def _reader_config(value: Any, site: Site) -> None:
    _READER_CONFIG(value, site)
    if not isinstance(value, dict):
        return
    if value.get("InputType") == "CSV" and "CSVHeaderLocation" not in value:
        site.error("The field 'CSVHeaderLocation' is required")
    if value.get("InputType") == "JSON" and "CSVHeaderLocation" in value:
        site.error("Field 'CSVHeaderLocation' is not supported")
    if value.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in value:
        site.error("These fields are required: [CSVHeaders]")


item_reader = ObjectSchema(
    {
        "Resource": _resource(_READERS),
        "ReaderConfig": _reader_config,
        "Parameters": only_jsonpath(template),
        "Arguments": only_jsonata(jsonata_template),
    },
    required=("Resource",),
)

item_batcher = ObjectSchema(
    {
        "BatchInput": by_language(jsonpath=template, jsonata=jsonata_template),
        "MaxItemsPerBatch": by_language(jsonpath=integer(1), jsonata=jsonata_or(integer(1))),
        "MaxItemsPerBatchPath": only_jsonpath(reference_path),
        "MaxInputBytesPerBatch": by_language(jsonpath=integer(1, 262_144), jsonata=jsonata_or(integer(1, 262_144))),
        "MaxInputBytesPerBatchPath": only_jsonpath(reference_path),
    },
    alternatives=(
        Alternatives(("MaxItemsPerBatch", "MaxItemsPerBatchPath")),
        Alternatives(("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")),
    ),
)

result_writer = ObjectSchema(
    {
        "Resource": _resource(_WRITERS),
        "Parameters": only_jsonpath(template),
        "Arguments": only_jsonata(jsonata_template),
        "WriterConfig": ObjectSchema(
            {
                "Transformation": one_of("NONE", "COMPACT", "FLATTEN"),
                "OutputType": one_of("JSON", "JSONL"),
            }
        ),
    }
)
