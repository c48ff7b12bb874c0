"""The actions of the API, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.service.operations.activities import (
    create_activity,
    delete_activity,
    describe_activity,
    get_activity_task,
    list_activities,
)
from asl.service.operations.aliases import (
    create_state_machine_alias,
    delete_state_machine_alias,
    describe_state_machine_alias,
    list_state_machine_aliases,
    update_state_machine_alias,
)
from asl.service.operations.executions import (
    describe_execution,
    describe_state_machine_for_execution,
    get_execution_history,
    list_executions,
    start_execution,
    start_sync_execution,
    stop_execution,
)
from asl.service.operations.map_runs import describe_map_run, list_map_runs, update_map_run
from asl.service.operations.redrive import redrive_execution
from asl.service.operations.state_machines import (
    create_state_machine,
    delete_state_machine,
    describe_state_machine,
    list_state_machines,
    update_state_machine,
)
from asl.service.operations.tags import list_tags_for_resource, tag_resource, untag_resource
from asl.service.operations.task_tokens import send_task_failure, send_task_heartbeat, send_task_success
from asl.service.operations.test_state import test_state
from asl.service.operations.validation import validate_state_machine_definition
from asl.service.operations.versions import (
    delete_state_machine_version,
    list_state_machine_versions,
    publish_state_machine_version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.service.call import Answer, Call, Operation


def _keeping(operation: Callable[[Call], Answer]) -> Operation:
    """An operation that changes state machines or activities, which are kept as they are afterwards."""

    def kept(call: Call) -> Answer:
        answer = operation(call)
        call.service.keep_resources(call.account)
        return answer

    return kept


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateActivity": _keeping(create_activity),
    "CreateStateMachine": _keeping(create_state_machine),
    "CreateStateMachineAlias": _keeping(create_state_machine_alias),
    "DeleteActivity": _keeping(delete_activity),
    "DeleteStateMachine": _keeping(delete_state_machine),
    "DeleteStateMachineAlias": _keeping(delete_state_machine_alias),
    "DeleteStateMachineVersion": _keeping(delete_state_machine_version),
    "DescribeActivity": describe_activity,
    "DescribeExecution": describe_execution,
    "DescribeMapRun": describe_map_run,
    "DescribeStateMachine": describe_state_machine,
    "DescribeStateMachineAlias": describe_state_machine_alias,
    "DescribeStateMachineForExecution": describe_state_machine_for_execution,
    "GetActivityTask": get_activity_task,
    "GetExecutionHistory": get_execution_history,
    "ListActivities": list_activities,
    "ListExecutions": list_executions,
    "ListMapRuns": list_map_runs,
    "ListStateMachineAliases": list_state_machine_aliases,
    "ListStateMachineVersions": list_state_machine_versions,
    "ListStateMachines": list_state_machines,
    "ListTagsForResource": list_tags_for_resource,
    "PublishStateMachineVersion": _keeping(publish_state_machine_version),
    "RedriveExecution": redrive_execution,
    "SendTaskFailure": send_task_failure,
    "SendTaskHeartbeat": send_task_heartbeat,
    "SendTaskSuccess": send_task_success,
    "StartExecution": start_execution,
    "StartSyncExecution": start_sync_execution,
    "StopExecution": stop_execution,
    "TagResource": _keeping(tag_resource),
    "TestState": test_state,
    "UntagResource": _keeping(untag_resource),
    "UpdateMapRun": update_map_run,
    "UpdateStateMachine": _keeping(update_state_machine),
    "UpdateStateMachineAlias": _keeping(update_state_machine_alias),
    "ValidateStateMachineDefinition": validate_state_machine_definition,
}

# These change nothing, and are answered even while nothing can be kept.
READS: Final = frozenset(
    name for name in OPERATIONS if name.startswith(("Describe", "List", "GetExecution", "TestState", "Validate"))
)
