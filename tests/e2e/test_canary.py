"""A task token is a secret: once an execution has waited with one, it is found nowhere but where it has to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local import executions
from local.vendors.settings import Behaviour, Outcome
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.bench import Baton, Campaigns


def tokens(campaigns: Campaigns, arn: str) -> set[str]:
    """The tokens of an execution's waits, from the history that only its owner may read with execution data."""
    found = set()
    for event in executions.history(campaigns.deployment.aws, arn):
        parameters = json.loads(event.get("taskScheduledEventDetails", {}).get("parameters", "{}"))
        token = parameters.get("Payload", {}).get("task_token")
        if token:
            found.add(token)
    return found


def written(campaigns: Campaigns, baton: Baton, arn: str) -> Iterator[tuple[str, str]]:
    """Everything that anybody can read of what happened: where, and the text."""
    aws, outputs = campaigns.deployment.aws, campaigns.deployment.outputs
    for group in aws.logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        pages = aws.logs.get_paginator("filter_log_events").paginate(logGroupName=name)
        yield f"the log group {name}", json.dumps([event["message"] for page in pages for event in page["events"]])
    for file in sorted(baton.home.logs.iterdir()):
        yield f"the log {file.name}", file.read_text(errors="replace")
    yield "the failure queue", "".join(failure.body for failure in campaigns.failures())
    mailbox = aws.dynamodb.scan(TableName=outputs.mailbox_table, ConsistentRead=True)["Items"]
    yield "the mailbox", str(mailbox)
    name = arn.rpartition(":")[2]
    for command in (["status"], ["watch", name], ["failures", "list"], ["failures", "show", campaigns.failure(arn).id]):
        answer = baton(*command)
        yield f"baton {' '.join(command)}", answer.stdout + answer.stderr


def test_a_task_token_is_found_nowhere(campaigns: Campaigns, baton_here: Baton) -> None:
    """One wait ends with a webhook, one with its heartbeat, and the execution is stopped in a third."""
    _, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=3600))
    eventually(lambda: campaigns.states(arn).count("AwaitStatus") >= 2, "a wait after the first")
    campaigns.deployment.aws.stepfunctions.stop_execution(executionArn=arn)
    campaigns.failure(arn)
    secrets = tokens(campaigns, arn)
    assert len(secrets) >= 2
    places = dict(written(campaigns, baton_here, arn))
    # The log of every event is there, so that silence means something.
    assert any("AwaitStatus" in text for place, text in places.items() if place.startswith("the log group"))
    found = {place for place, text in places.items() for token in secrets if token in text}
    assert found == set()
