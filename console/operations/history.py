"""The history of an execution: its events, a page at a time or all of them.

Invariant: pages that follow one another hold each event once and in order, also where the execution goes on meanwhile.
A page always has a cursor, with which to ask for what has happened since.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from console.operations import cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

MAX_BYTES: Final = 3_000_000
"""Of a page: Lambda answers with 6 MB at most, in which quotes inside quotes count more."""
MAX_HISTORY_BYTES: Final = 64_000_000
"""Of a history that is read as a whole: so that a function gets through it. 25,000 events can have gigabytes."""
_AWS_PAGE: Final = 1_000
_SIZE: Final = "size"


@dataclass(frozen=True)
class HistoryPage:
    """Events of a history, the times aware. `next` is the cursor after the last; `more` whether more are there now."""

    events: tuple[dict[str, Any], ...]
    next: str
    more: bool


@dataclass(frozen=True)
class _Answer:
    """A page of AWS's: its token, its events, the token of the next, and its size in bytes, None if nobody knows."""

    token: str | None
    events: list[HistoryEventTypeDef]
    following: str | None
    size: int | None


def page(step_functions: SFNClient, execution: str, *, limit: int, after: str | None = None) -> HistoryPage:
    """At most `limit` events after the cursor `after`, oldest first.

    Raises:
        OperationRefused: the cursor is another execution's.
        ClientError: there is no such execution.
    """
    token, last = _position(after, execution)
    events: list[HistoryEventTypeDef] = []
    size = 0
    for answer in _answers(step_functions, execution, token):
        fresh = [event for event in answer.events if event["id"] > last]
        token, kept = answer.token, fresh[: limit - len(events)]
        if answer.size is None or size + answer.size > MAX_BYTES:
            kept = _fitting(kept, MAX_BYTES - size, first=not events)
        size += answer.size or 0
        events += kept
        last = events[-1]["id"] if events else last
        if len(kept) < len(fresh):
            return _page(execution, events, token, last, more=True)
        token = answer.following or token
        if len(events) == limit and answer.following:
            return _page(execution, events, token, last, more=True)
    return _page(execution, events, token, last, more=False)


def _fitting(events: list[HistoryEventTypeDef], room: int, *, first: bool) -> list[HistoryEventTypeDef]:
    """As many events as there is room for, in bytes; one at least, if it is the first of its page."""
    for number, event in enumerate(events):
        room -= len(json.dumps(event, default=str))
        if room < 0 and (number or not first):
            return events[:number]
    return events


def _page(
    execution: str, events: list[HistoryEventTypeDef], token: str | None, last: int, *, more: bool
) -> HistoryPage:
    return HistoryPage(tuple(dict(event) for event in events), cursor.written(execution, [token, last]), more)


def _position(after: str | None, execution: str) -> tuple[str | None, int]:
    if after is None:
        return None, 0
    position = cursor.read(after, execution)
    try:
        page_token, last = position
    except (TypeError, ValueError):
        raise cursor.foreign() from None
    if not isinstance(last, int) or not isinstance(page_token, str | None):
        raise cursor.foreign()
    return page_token, last


class TooLarge(Exception):  # noqa: N818 - an answer, not a defect
    """A history has more bytes than were to be read."""


def events(
    step_functions: SFNClient, execution: str, *, max_bytes: int = MAX_HISTORY_BYTES
) -> Iterator[HistoryEventTypeDef]:
    """All events of an execution so far, oldest first.

    Raises:
        TooLarge: they have more than `max_bytes`. Those before the page that has too many have been given then.
        ClientError: there is no such execution.
    """
    for answer in _answers(step_functions, execution, None):
        max_bytes -= answer.size or 0
        if max_bytes < 0:
            raise TooLarge
        yield from answer.events


def _answers(step_functions: SFNClient, execution: str, token: str | None) -> Iterator[_Answer]:
    """The pages of AWS's from one on; from the first one on if that page has expired."""
    step_functions.meta.events.register("before-parse.sfn.GetExecutionHistory", _read, unique_id="read-history")
    while True:
        following: dict[str, Any] = {"nextToken": token} if token else {}
        try:
            answer = step_functions.get_execution_history(executionArn=execution, maxResults=_AWS_PAGE, **following)
        except ClientError as error:
            if not token or error.response["Error"]["Code"] != "InvalidToken":
                raise
            token = None
            continue
        size: Any = answer.get(_SIZE)
        yield _Answer(token, answer["events"], answer.get("nextToken"), size)
        token = answer.get("nextToken")
        if not token:
            return


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Read an answer in place of botocore, which looks into each event for each of some forty possible fields.

    Times alone are no plain JSON: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
    """
    kind = response_dict["headers"].get("content-type", "")
    if response_dict["status_code"] != 200 or not kind.startswith("application/x-amz-json"):
        return
    body = response_dict["body"]
    answer = json.loads(body)
    for event in answer["events"]:
        event["timestamp"] = datetime.fromtimestamp(event["timestamp"], UTC)
    customized_response_dict.update(answer, **{_SIZE: len(body)})
    response_dict["body"] = b"{}"
