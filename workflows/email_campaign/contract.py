"""The contract of the email campaign: its events, what its functions take and give, and the errors they raise.

Recipients are ids of users: no e-mail address is ever in an event or an execution. Sizes stay far below the 262,144
bytes that Step Functions allows for input and output
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
)

from saas.errors import AwsUnavailable, VendorMisconfigured, VendorRejected, VendorThrottled, VendorUnavailable
from saas.port import Status
from saas.validation import problems

CLIENT_SOURCE = "baton.client"
CAMPAIGN_SOURCE = "baton.email-campaign"
CAMPAIGN_REQUESTED = "CampaignRequested"
CAMPAIGN_SENT = "CampaignSent"

MAX_BODY_BYTES = 100_000
MAX_RECIPIENTS = 500

RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
VendorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
CampaignId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
ExecutionId = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
DeliveryId = Annotated[str, StringConstraints(max_length=256)]


class Contract(BaseModel):
    """Base of every message: no coercion, no unknown field, no change after it was read, no values in errors."""

    # Built when first used: a function starts with the few models that are its own, not with all of them.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    @classmethod
    def read(cls, event: Any) -> Self:
        """Read what a function was invoked with. Raises `InvalidRequest`, which names each field that doesn't fit."""
        try:
            return cls.model_validate(event)
        except ValidationError as error:
            raise InvalidRequest.from_validation(error) from None


class CampaignRequested(Contract):
    """Event: a client asks for a campaign. The same `request_id` again is the same request, whatever else it says.

    `body` is HTML or text of at most 100,000 bytes, counted as the JSON string that travels.
    """

    version: Literal["1"]
    request_id: RequestId
    vendor: VendorName
    subject: Subject
    body: Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_BODY_BYTES})]
    recipients: Annotated[
        tuple[UserId, ...],
        Field(strict=False, min_length=1, max_length=MAX_RECIPIENTS, json_schema_extra={"uniqueItems": True}),
    ]

    @field_validator("body")
    @classmethod
    def _body_fits(cls, body: str) -> str:
        size = len(json.dumps(body, ensure_ascii=False).encode()) - 2
        if size > MAX_BODY_BYTES:
            raise ValueError(f"has {size} bytes as JSON, at most {MAX_BODY_BYTES} are allowed")
        return body

    @field_validator("recipients")
    @classmethod
    def _recipients_are_unique(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(recipients)) != len(recipients):
            raise ValueError("names a user more than once")
        return recipients


class CampaignSent(Contract):
    """Event: a campaign reached its users. `recipients` is how many; `sent_at` is aware, UTC."""

    version: Literal["1"] = "1"
    request_id: RequestId
    vendor: VendorName
    campaign_id: CampaignId
    recipients: int
    sent_at: AwareDatetime


class EmailCampaignInput(Contract):
    """What an execution takes that is started by hand; one started by an event has the event's id.

    It `replays` nothing: a failed execution is replayed by its failure.
    """

    request: CampaignRequested
    event_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    replays: Literal[""]


class SendCampaignInput(Contract):
    """What `tasks.email_campaign.send_campaign` takes.

    `execution_id` is the ARN of the execution, `replays` that of the failed one whose place it takes, "" for none.
    """

    request: CampaignRequested
    execution_id: ExecutionId
    replays: Annotated[str, StringConstraints(max_length=2048)]


class SendCampaignOutput(Contract):
    """`duplicate` is true where another execution already owns the request; then `campaign_id` is None."""

    vendor: VendorName
    campaign_id: CampaignId | None
    duplicate: bool


class AwaitStatusInput(Contract):
    """What `tasks.email_campaign.await_status` takes (`lambda:invoke.waitForTaskToken`).

    `waits` and `entered_at` order the waits of one execution: how often the loop went round, and
    `$$.State.EnteredTime`. The time alone would not do: two rounds can fall into one millisecond.
    `consumed_delivery` is the last delivery that ended a wait of this execution, "" where none has yet.
    """

    task_token: Annotated[SecretStr, Field(min_length=1, max_length=2048)]
    vendor: VendorName
    campaign_id: CampaignId
    execution_id: ExecutionId
    waits: Annotated[int, Field(ge=0, le=99_999)]
    entered_at: Annotated[AwareDatetime, Field(strict=False)]
    consumed_delivery: DeliveryId


class AwaitStatusOutput(Contract):
    """What `await_status` returns, which Step Functions ignores: the result is the one sent with the token."""


class AskStatusInput(Contract):
    """What `tasks.email_campaign.ask_status` takes.

    It hands `consumed_delivery` on unchanged, so that the execution still knows the last delivery that it consumed.
    """

    vendor: VendorName
    campaign_id: CampaignId
    consumed_delivery: DeliveryId


class StatusAnswer(Contract):
    """What ends a wait: the status, and the last delivery that the execution consumed ("" where none has been)."""

    status: Status
    delivery: DeliveryId


class NotifyUsersInput(Contract):
    """What `tasks.email_campaign.notify_users` takes."""

    request: CampaignRequested
    vendor: VendorName
    campaign_id: CampaignId
    execution_id: ExecutionId


class NotifyUsersOutput(Contract):
    """How many users' records were brought up to date."""

    notified: int


class InvalidRequest(Exception):
    """What a function was given doesn't fit its contract. `problems` are "field: reason", without the values."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("the input does not fit the contract: " + "; ".join(problems))
        self.problems = problems

    @classmethod
    def from_validation(cls, error: ValidationError) -> "InvalidRequest":
        """Say what pydantic found, without repeating what it was given."""
        found = problems(error, "input")
        return cls((*found[:10], f"and {len(found) - 10} more") if len(found) > 10 else tuple(found))


class UnknownRecipients(Exception):
    """Recipients that are not in the Users table or have no address there. Nothing was sent to anyone."""

    def __init__(self, users: tuple[str, ...]) -> None:
        named = ", ".join(users[:10]) + (f" and {len(users) - 10} more" if len(users) > 10 else "")
        super().__init__(f"{len(users)} recipients have no address in the Users table: {named}")
        self.users = users


class MailboxNotOpen(Exception):
    """There is no mailbox for this campaign that belongs to this execution, so nothing could ever end its wait."""

    def __init__(self, vendor: str, campaign_id: str, reason: str) -> None:
        super().__init__(f"no wait is possible for campaign {campaign_id} of {vendor}: {reason}")
        self.vendor = vendor
        self.campaign_id = campaign_id
        self.reason = reason


class EventNotPublished(Exception):
    """EventBridge accepted the call but not the event, for a reason of its own (`code`). Trying again can help."""

    def __init__(self, detail_type: str, code: str) -> None:
        super().__init__(f"EventBridge did not take {detail_type}: {code}")
        self.detail_type = detail_type
        self.code = code


class NotificationInProgress(Exception):
    """Another invocation notifies the users of this request right now. Its outcome is known when it has ended."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"users of request {request_id} are being notified by another invocation")
        self.request_id = request_id


def _names(*errors: type[Exception]) -> tuple[str, ...]:
    return tuple(error.__name__ for error in errors)


SEND_CAMPAIGN_RETRIABLE = _names(VendorUnavailable, VendorThrottled, AwsUnavailable)
AWAIT_STATUS_RETRIABLE = _names(AwsUnavailable)
ASK_STATUS_RETRIABLE = _names(VendorUnavailable, VendorThrottled, AwsUnavailable)
NOTIFY_USERS_RETRIABLE = _names(AwsUnavailable, EventNotPublished, NotificationInProgress)

RETRIABLE = _names(VendorUnavailable, VendorThrottled, AwsUnavailable, EventNotPublished, NotificationInProgress)
PERMANENT = _names(VendorRejected, VendorMisconfigured, InvalidRequest, UnknownRecipients, MailboxNotOpen)
