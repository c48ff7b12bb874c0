"""The Resource of a Task state: which ARNs there are, and what each integration needs.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from asl.definition.model import QueryLanguage
from asl.definition.validation.expressions import jsonata_or, jsonata_template, template
from asl.definition.validation.schema import by_language, string
from asl.definition.validation.site import WorkflowType
from asl.integrations.aws_models import has_action

if TYPE_CHECKING:
    from asl.definition.validation.site import Site

SYNC = ".sync"
SYNC_2 = ".sync:2"
WAIT_FOR_TASK_TOKEN = ".waitForTaskToken"  # noqa: S105 -- the name of an integration pattern, not a password

_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>[^:]+):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)", re.DOTALL
)
_SDK_ACTION = re.compile(r"([a-z0-9]+):([a-z][A-Za-z0-9]*)")
_OWN_RESOURCES = ("activity:", "task:")

_PLAIN = frozenset({""})
_JOB = frozenset({"", SYNC})
_CALLBACK = frozenset({"", WAIT_FOR_TASK_TOKEN})
_JOB_OR_CALLBACK = frozenset({"", SYNC, WAIT_FOR_TASK_TOKEN})

# The optimized integrations: for each action, how a state can wait for it.
_INTEGRATIONS = {
    "apigateway": {"invoke": _CALLBACK},
    "athena": {
        "startQueryExecution": _JOB,
        "stopQueryExecution": _PLAIN,
        "getQueryExecution": _PLAIN,
        "getQueryResults": _PLAIN,
    },
    "batch": {"submitJob": _JOB},
    "bedrock": {"invokeModel": _CALLBACK, "createModelCustomizationJob": _JOB_OR_CALLBACK},
    "bedrockagentcore": {"invokeAgentRuntime": _PLAIN, "invokeHarness": _PLAIN},
    "codebuild": {
        "startBuild": _JOB,
        "stopBuild": _PLAIN,
        "batchDeleteBuilds": _PLAIN,
        "batchGetReports": _PLAIN,
        "startBuildBatch": _JOB,
        "stopBuildBatch": _PLAIN,
        "retryBuildBatch": _JOB,
        "deleteBuildBatch": _PLAIN,
    },
    "databrew": {"startJobRun": _JOB},
    "dynamodb": {"getItem": _PLAIN, "putItem": _PLAIN, "updateItem": _PLAIN, "deleteItem": _PLAIN},
    "ecs": {"runTask": _JOB_OR_CALLBACK},
    "eks": {
        "createCluster": _JOB_OR_CALLBACK,
        "deleteCluster": _JOB_OR_CALLBACK,
        "createFargateProfile": _JOB_OR_CALLBACK,
        "deleteFargateProfile": _JOB_OR_CALLBACK,
        "createNodegroup": _JOB_OR_CALLBACK,
        "deleteNodegroup": _JOB_OR_CALLBACK,
        "runJob": _JOB_OR_CALLBACK,
        "call": _CALLBACK,
    },
    "elasticmapreduce": {
        "createCluster": _JOB,
        "terminateCluster": _JOB,
        "setClusterTerminationProtection": _PLAIN,
        "addStep": _JOB,
        "cancelStep": _PLAIN,
        "modifyInstanceFleetByName": _PLAIN,
        "modifyInstanceGroupByName": _PLAIN,
    },
    "emr-containers": {"createVirtualCluster": _PLAIN, "deleteVirtualCluster": _JOB, "startJobRun": _JOB},
    "emr-serverless": {
        "createApplication": _JOB,
        "deleteApplication": _JOB,
        "startApplication": _JOB,
        "stopApplication": _JOB,
        "startJobRun": _JOB,
        "cancelJobRun": _JOB,
    },
    "events": {"putEvents": _CALLBACK},
    "glue": {"startJobRun": _JOB},
    "http": {"invoke": _PLAIN},
    "lambda": {"invoke": _CALLBACK},
    "mediaconvert": {"createJob": _JOB},
    "sagemaker": {
        "createEndpoint": _PLAIN,
        "createEndpointConfig": _PLAIN,
        "createHyperParameterTuningJob": _JOB,
        "createLabelingJob": _JOB,
        "createModel": _PLAIN,
        "createProcessingJob": _JOB,
        "createTrainingJob": _JOB,
        "createTransformJob": _JOB,
        "updateEndpoint": _PLAIN,
    },
    "sns": {"publish": _CALLBACK},
    "sqs": {"sendMessage": _CALLBACK},
    "states": {"startExecution": frozenset({"", SYNC, SYNC_2, WAIT_FOR_TASK_TOKEN})},
}

# What a request can't do without, as far as it is known to be checked when the state machine is created.
_REQUIRED_PARAMETERS = {
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "ecs:runTask": ("TaskDefinition",),
    "events:putEvents": ("Entries",),
    "glue:startJobRun": ("JobName",),
    "lambda:invoke": ("FunctionName",),
    "sns:publish": ("Message",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}


def is_activity(resource: Any) -> bool:
    """Whether a Resource is the ARN of an activity."""
    match = _ARN.fullmatch(resource) if isinstance(resource, str) else None
    return match is not None and match["service"] == "states" and match["rest"].startswith("activity:")


def resource(value: Any, site: Site) -> None:
    """The Resource field by itself."""
    if not isinstance(value, str):
        string(value, site)
        return
    match = _ARN.fullmatch(value)
    if match is None:
        site.error("Value is not a valid resource ARN")
    elif not _is_known(match):
        site.error(
            f"The resource provided {value} is not recognized. The value is not a valid resource ARN, or the resource "
            "is not available in this region."
        )
    elif site.workflow_type is WorkflowType.EXPRESS:
        _check_express(value, site)


def task(value: dict[str, Any], site: Site) -> None:
    """What a Task state needs beside its Resource, given which resource it is."""
    name = value.get("Resource")
    if is_activity(name) and "Credentials" in value:
        site.at("Credentials").error("The field 'Credentials' is not supported for activities")
    match = _ARN.fullmatch(name) if isinstance(name, str) else None
    if match is None or match["region"] or match["account"] or not _is_known(match):
        return
    field = "Parameters" if site.language is QueryLanguage.JSONPATH else "Arguments"
    if field not in value:
        site.at("Resource").error(f"{field} field is required for resource ARN: {name}")
    elif isinstance(value[field], dict):
        action, _ = _split_pattern(match["rest"])
        for parameter in _REQUIRED_PARAMETERS.get(action, ()):
            if parameter not in value[field] and f"{parameter}.$" not in value[field]:
                site.at(field).error(f"The field '{parameter}' is required but was missing")


def credentials(value: Any, site: Site) -> None:
    """Credentials: the role that a Task state assumes."""
    by_language(jsonpath=template, jsonata=jsonata_or(jsonata_template))(value, site)
    if not isinstance(value, dict):
        if site.language is QueryLanguage.JSONPATH or not isinstance(value, str):
            site.error("Expected value of type [OBJECT]")
    elif "RoleArn" not in value and "RoleArn.$" not in value:
        site.error("The field 'RoleArn' is required but was missing")


def _is_known(match: re.Match[str]) -> bool:
    if match["service"] == "lambda":
        return match["rest"].startswith("function:")
    if match["service"] == "swf":
        return match["rest"].startswith("task:")
    if match["service"] != "states":
        return False
    if match["region"] or match["account"]:
        return match["rest"].startswith(_OWN_RESOURCES)
    name, pattern = _split_pattern(match["rest"])
    service, _, action = name.partition(":")
    if service == "aws-sdk":
        called = _SDK_ACTION.fullmatch(action)
        return called is not None and pattern in _CALLBACK and has_action(called[1], called[2])
    return pattern in _INTEGRATIONS.get(service, {}).get(action, frozenset())


def _split_pattern(text: str) -> tuple[str, str]:
    for pattern in (SYNC_2, SYNC, WAIT_FOR_TASK_TOKEN):
        if text.endswith(pattern):
            return text.removesuffix(pattern), pattern
    return text, ""


def _check_express(value: str, site: Site) -> None:
    _, pattern = _split_pattern(value)
    if is_activity(value):
        site.error("Express state machine does not support Activity ARN")
    elif pattern:
        # AWS's text ends in a blank.
        shown = SYNC if pattern == SYNC_2 else pattern
        site.error(f"Express state machine does not support '{shown}' service integration ")
