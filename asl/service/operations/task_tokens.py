"""What comes back for a task that waits: its output, its failure, or that it is still being worked on.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.service.errors import invalid_output
from asl.service.json_text import JsonTextError, decode_json

if TYPE_CHECKING:
    from asl.service.call import Answer, Call


def send_task_success(call: Call) -> Answer:
    """Complete the task of a token with its output."""
    try:
        decode_json(call.request["output"])
    except JsonTextError as error:
        raise invalid_output(str(error)) from None
    call.service.engine.send_task_success(call.request["taskToken"], call.request["output"])
    return {}


def send_task_failure(call: Call) -> Answer:
    """Fail the task of a token."""
    request = call.request
    call.service.engine.send_task_failure(request["taskToken"], request.get("error"), request.get("cause"))
    return {}


def send_task_heartbeat(call: Call) -> Answer:
    """Tell the task of a token that it is being worked on."""
    call.service.engine.send_task_heartbeat(call.request["taskToken"])
    return {}
