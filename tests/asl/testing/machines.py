"""Definitions that several of these tests use."""

from __future__ import annotations

from typing import Any

from asl.testing import Workflow

Json = Any

INVOKE = "arn:aws:states:::lambda:invoke"


def workflow(states: dict[str, Json], **fields: Json) -> Workflow:
    """A workflow that starts at its first state; states without a way on go to the next one."""
    names = list(states)
    for state, following in zip(names, [*names[1:], None], strict=True):
        body = states[state]
        if body["Type"] not in ("Succeed", "Fail", "Choice") and not {"Next", "End"} & set(body):
            states[state] = {**body, **({"Next": following} if following else {"End": True})}
    return Workflow.from_definition({"StartAt": names[0], "States": states, **fields})


def task(function: str = "Work", **fields: Json) -> Json:
    """A task whose resource is a function."""
    return {"Type": "Task", "Resource": f"${{{function}.Arn}}", **fields}


def token_task(**fields: Json) -> Json:
    """A task that waits for its token."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "queue", "MessageBody": {"token.$": "$$.Task.Token"}},
        **fields,
    }


def retry(error: str, **fields: Json) -> Json:
    """A list of one retrier."""
    return [{"ErrorEquals": [error], **fields}]


def catch(error: str, to: str) -> Json:
    """A list of one catcher."""
    return [{"ErrorEquals": [error], "Next": to}]
