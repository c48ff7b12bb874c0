"""What is found out before an action begins. The action itself never gives way, so that nothing changes under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.integrations.aws_api import AwsError, AwsRequest, AwsUnreachableError, AwsUnsupportedError
from asl.integrations.aws_names import Naming
from asl.observability.log_delivery import GROUP_ARN
from asl.service.definitions import look_ahead
from asl.service.errors import invalid_logging_configuration

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.service.call import Call


async def prepare(call: Call) -> None:
    """Validate a large definition, and see that the log group of a request exists where there are log groups.

    Raises:
        ApiError: `InvalidLoggingConfiguration`.

    """
    request, aws = call.request, call.service.logs_api
    if "definition" not in request and "loggingConfiguration" not in request:
        return
    with call.service.engine.clock.outside_work():
        if "definition" in request:
            await look_ahead(request["definition"], request.get("type", "STANDARD"))
        if aws is not None:
            for destination in request.get("loggingConfiguration", {}).get("destinations", []):
                if not await _has_log_group(aws, destination):
                    raise invalid_logging_configuration("Log Destination not found.")


async def _has_log_group(aws: AwsApi, destination: dict[str, Any]) -> bool:
    """Whether the log group exists; one that nobody can be asked about is taken to."""
    match = GROUP_ARN.fullmatch(destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))
    if match is None:
        return True
    parameters = {"LogGroupNamePrefix": match["group"]}
    request = AwsRequest(
        "cloudwatchlogs", "describeLogGroups", parameters, Naming.SDK, match["account"], match["region"]
    )
    try:
        groups = (await aws.call(request)).result.get("LogGroups", [])
    except (AwsError, AwsUnreachableError, AwsUnsupportedError):
        return True
    # The group itself is the first of those that begin with its name.
    return any(group["LogGroupName"] == match["group"] for group in groups)
