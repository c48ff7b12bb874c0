"""Pages of a list, and the tokens that ask for the next one.

A token holds the position of the last item that was handed out, not a number of items: what is created or deleted
between two calls neither repeats an item nor loses one.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

from asl.service.errors import invalid_page_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Item = TypeVar("Item")
Position = TypeVar("Position", int, str)

DEFAULT_PAGE_SIZE: Final = 100


def page(
    items: Iterable[Item], position: Callable[[Item], Position], request: Mapping[str, Any], scope: str
) -> tuple[list[Item], str | None]:
    """The page of `items` that `request` asks for, and the token of the next one, if there is more.

    `items` come with ascending positions. `scope` says which list it is: a token of another is refused.

    Raises:
        ApiError: `InvalidToken`.

    """
    size = request.get("maxResults") or DEFAULT_PAGE_SIZE
    token = request.get("nextToken")
    after = None if token is None else _position(token, scope)
    found: list[Item] = []
    for item in items:
        if after is not None and _handed_out_before(after, position(item)):
            continue
        if len(found) == size:
            return found, _token(position(found[-1]), scope)
        found.append(item)
    return found, None


def paged_answer(key: str, items: list[Any], token: str | None) -> dict[str, Any]:
    """The answer of a list action."""
    return {key: items} if token is None else {key: items, "nextToken": token}


def _handed_out_before(after: int | str, position: int | str) -> bool:
    if isinstance(after, str) and isinstance(position, str):
        return position <= after
    if isinstance(after, int) and isinstance(position, int):
        return position <= after
    raise invalid_page_token()


def _token(after: int | str, scope: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([after, scope]).encode()).decode()


def _position(token: str, scope: str) -> int | str:
    try:
        after, of = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise invalid_page_token() from None
    if of != scope or not isinstance(after, int | str):
        raise invalid_page_token()
    return after
