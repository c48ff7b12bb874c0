"""The role that a task assumes, where its state has `Credentials`.

Where STS has an endpoint the role is really assumed, and the task's requests are signed as the role. Where it has none,
or does not know the action, the account of the role takes the place of its credentials.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from asl.integrations.aws_api import AwsError, AwsRoles
from asl.integrations.errors import TaskFailure

if TYPE_CHECKING:
    from asl.integrations.aws_api import AwsApi
    from asl.integrations.protocol import TaskCall

ROLE_ARN: Final = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+")


async def with_credentials(call: TaskCall, api: AwsApi) -> TaskCall:
    """The call with the credentials of its role.

    Raises:
        TaskFailure: the role can not be assumed, or is none.
    """
    role = call.schedule.role_arn
    if not (isinstance(role, str) and ROLE_ARN.fullmatch(role)):
        raise _refused(call)
    if not isinstance(api, AwsRoles):
        return call
    with call.clock.outside_work():
        try:
            credentials = await api.assume_role(role, call.caller.account, call.caller.region)
        except AwsError as error:
            raise _refused(call) from error
    return replace(call, credentials=credentials)


def _refused(call: TaskCall) -> TaskFailure:
    role, other = call.caller.role_arn, call.schedule.role_arn
    cause = f"The role {role} is not authorized to assume the task state's role, {other}."
    return TaskFailure("States.TaskFailed", cause)
