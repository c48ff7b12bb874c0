"""The contract of the email campaign: what fits it, and what is said of what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workflows.email_campaign import contract
from workflows.email_campaign.contract import (
    MAX_BODY_BYTES,
    MAX_RECIPIENTS,
    AwaitStatusInput,
    CampaignRequested,
    InvalidRequest,
    StatusAnswer,
    UnknownRecipients,
)

EXAMPLE = Path(contract.__file__).parent / "example_event.json"
TOKEN = "a-token-that-nobody-may-see"


def event(**changes: Any) -> dict[str, Any]:
    return {**json.loads(EXAMPLE.read_text()), **changes}


def waits(**changes: Any) -> dict[str, Any]:
    return {
        "task_token": TOKEN,
        "vendor": "pigeon",
        "campaign_id": "cmp_1",
        "execution_id": "arn:aws:states:us-east-1:000000000000:execution:email-campaign:1",
        "waits": 0,
        "entered_at": "2026-03-01T12:00:00.123Z",
        "consumed_delivery": "",
        **changes,
    }


def test_the_example_fits_the_contract_and_survives_the_journey() -> None:
    request = CampaignRequested.read(event())
    assert CampaignRequested.model_validate_json(request.model_dump_json()) == request
    assert CampaignRequested.read(request.model_dump(mode="json")) == request


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "2"),
        ("version", 1),
        ("request_id", ""),
        ("request_id", "-leading"),
        ("request_id", "with space"),
        ("request_id", "trailing\n"),
        ("request_id", "x" * 65),
        ("request_id", 7),
        ("vendor", "Pigeon"),
        ("vendor", "pigeon#1"),
        ("subject", ""),
        ("subject", "two\nlines"),
        ("subject", "x" * 201),
        ("body", ""),
        ("body", "x" * (MAX_BODY_BYTES + 1)),
        ("body", "\u00e4" * (MAX_BODY_BYTES // 2 + 1)),
        ("body", '"' * (MAX_BODY_BYTES // 2 + 1)),
        ("body", "\ud800"),
        ("recipients", []),
        ("recipients", ["user-1", "user-1"]),
        ("recipients", ["ada@example.org"]),
        ("recipients", [f"user-{number}" for number in range(MAX_RECIPIENTS + 1)]),
        ("recipients", "user-1"),
        ("recipients", [1]),
        ("surprise", True),
    ],
)
def test_what_does_not_fit_is_named_by_its_field_and_not_repeated(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as invalid:
        CampaignRequested.read(event(**{field: value}))
    assert all(problem.startswith(field) for problem in invalid.value.problems)
    assert str(value) not in str(invalid.value) or len(str(value)) < 3


@pytest.mark.parametrize("body", ["x" * MAX_BODY_BYTES, "\u00e4" * (MAX_BODY_BYTES // 2), '"' * (MAX_BODY_BYTES // 2)])
def test_a_body_may_have_the_full_size(body: str) -> None:
    assert CampaignRequested.read(event(body=body)).body == body


def test_the_largest_request_leaves_room_in_a_payload() -> None:
    largest = CampaignRequested.read(
        event(
            request_id="x" * 64,
            subject="\u20ac" * 200,
            body="\u20ac" * (MAX_BODY_BYTES // 3),
            recipients=[f"{number:064d}" for number in range(MAX_RECIPIENTS)],
        )
    )
    assert len(largest.model_dump_json().encode()) < 140_000


@pytest.mark.parametrize("nonsense", [None, [], "text", 7, {}])
def test_what_is_no_event_at_all_is_invalid(nonsense: Any) -> None:
    with pytest.raises(InvalidRequest):
        CampaignRequested.read(nonsense)


def test_many_problems_are_not_all_listed() -> None:
    with pytest.raises(InvalidRequest) as invalid:
        CampaignRequested.read(event(recipients=["?"] * 400))
    assert len(invalid.value.problems) == 11
    assert invalid.value.problems[-1].endswith(" more")


def test_a_request_can_not_be_changed() -> None:
    request = CampaignRequested.read(event())
    with pytest.raises(ValidationError):
        request.vendor = "albatross"


@pytest.mark.parametrize(
    "changes", [{"entered_at": "2026-03-01T12:00:00"}, {"waits": -1}, {"waits": "0"}, {"surprise": 1}, {"vendor": None}]
)
def test_a_wait_that_does_not_fit_is_refused_without_showing_its_token(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as invalid:
        AwaitStatusInput.read(waits(**changes))
    assert TOKEN not in str(invalid.value)
    assert invalid.value.__suppress_context__


def test_a_token_shows_in_no_representation_of_a_wait() -> None:
    wait = AwaitStatusInput.read(waits())
    assert wait.task_token.get_secret_value() == TOKEN
    assert TOKEN not in f"{wait!r} {wait} {wait.model_dump()} {wait.model_dump_json()}"


def test_a_status_travels_as_its_name() -> None:
    answer = StatusAnswer.model_validate_json('{"status": "pending", "delivery": ""}')
    assert answer.model_dump(mode="json") == {"status": "pending", "delivery": ""}


def test_unknown_recipients_are_counted_and_the_first_ones_named() -> None:
    error = UnknownRecipients(tuple(f"user-{number}" for number in range(12)))
    assert str(error).startswith("12 recipients have no address")
    assert "user-9 and 2 more" in str(error)


def test_no_error_is_both_retriable_and_permanent() -> None:
    assert not set(contract.RETRIABLE) & set(contract.PERMANENT)


def test_retriable_is_what_some_function_may_be_tried_again_for() -> None:
    per_function = (
        contract.SEND_CAMPAIGN_RETRIABLE,
        contract.AWAIT_STATUS_RETRIABLE,
        contract.ASK_STATUS_RETRIABLE,
        contract.NOTIFY_USERS_RETRIABLE,
    )
    assert set(contract.RETRIABLE) == {name for names in per_function for name in names}
