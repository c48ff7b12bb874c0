"""The state machines that the CDK synthesizes, run as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.testing import Failure, Workflow
from infra.snapshot import definitions

if TYPE_CHECKING:
    from pathlib import Path

    from infra.assembly import Assembly

ANSWERS: dict[str, Any] = {
    "SendCampaign": {"vendor": "pigeon", "campaign_id": "cmp_1", "duplicate": False},
    "AwaitStatus": {},
    "NotifyUsers": {"notified": 1},
}
REQUEST = {"request": {"request_id": "spring"}, "event_id": "event-1", "replays": ""}


def test_the_email_campaign_of_the_assembly_runs_with_functions_bound_by_their_construct_ids(
    assembly_folder: Path,
) -> None:
    run = Workflow.from_assembly(assembly_folder, "email-campaign").start(REQUEST, handlers=ANSWERS)
    run.waiting("AwaitStatus").succeed({"status": "success", "delivery": "msg_1"})
    run.assert_succeeded()
    assert run.path[-2:] == ["CheckStatus", "NotifyUsers"]


def test_the_failure_topic_of_the_assembly_is_what_is_published_to(assembly_folder: Path) -> None:
    workflow = Workflow.from_assembly(assembly_folder, "email-campaign")
    run = workflow.run(
        REQUEST, handlers={"SendCampaign": Failure("VendorRejected")}, mocks={"ReportFailure": {"MessageId": "1"}}
    )
    run.assert_failed("CampaignFailed")
    assert run.calls("ReportFailure")[0]["TopicArn"].startswith("arn:aws:sns:us-east-1:123456789012:")


def test_every_state_machine_of_the_assembly_can_be_read(assembly_folder: Path, assembly: Assembly) -> None:
    for snapshot, _ in definitions(assembly):
        name = snapshot.parent.name.replace("_", "-")
        assert Workflow.from_assembly(assembly_folder, name).name == name
