"""Campaign requests: reading them from a file, and putting them on the bus."""

import sys
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from local.aws import AwsClients
from local.errors import InputError, LocalError
from local.home import PROJECT
from local.outputs import Outputs
from saas.validation import problems
from workflows.email_campaign.contract import CAMPAIGN_REQUESTED, CLIENT_SOURCE, CampaignRequested

EXAMPLE: Final = PROJECT / "workflows" / "email_campaign" / "example_event.json"
MAX_BYTES: Final = 240 * 1024
"""EventBridge takes 256 KB per entry, which counts the other fields too."""


def read(file: str) -> CampaignRequested:
    """The request in a JSON file, or on standard input for `-`.

    Raises:
        InputError: it can't be read or does not fit the contract; the message names the field.
    """
    where = "standard input" if file == "-" else file
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{where} can't be read: {error.strerror}.", f"An example is {EXAMPLE}") from error
    try:
        return CampaignRequested.model_validate_json(content)
    except ValidationError as error:
        lines = [f"{where} is not a CampaignRequested event:", *problems(error, "document")]
        raise InputError("\n  ".join(lines), f"An example is {EXAMPLE}") from None


def send(aws: AwsClients, outputs: Outputs, request: CampaignRequested) -> str:
    """Put the request on the bus and return the event's id.

    Raises:
        InputError: it is too large for EventBridge.
        LocalError: EventBridge did not take it.
    """
    detail = request.model_dump_json()
    if len(detail.encode()) > MAX_BYTES:
        raise InputError(f"The event is {len(detail.encode())} bytes; EventBridge takes {MAX_BYTES}.")
    entry = aws.events.put_events(
        Entries=[
            {
                "EventBusName": outputs.event_bus,
                "Source": CLIENT_SOURCE,
                "DetailType": CAMPAIGN_REQUESTED,
                "Detail": detail,
            }
        ]
    )["Entries"][0]
    if "EventId" not in entry:
        raise LocalError(f"The bus refused the event: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
    return entry["EventId"]
