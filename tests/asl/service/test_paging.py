"""Pages neither lose nor repeat an item, whatever happens between two of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.service.errors import ApiError
from asl.service.paging import page


def numbers(items: list[int], request: dict[str, Any]) -> tuple[list[int], str | None]:
    return page(items, lambda item: item, request, "numbers")


@given(st.integers(0, 40), st.integers(1, 15))
def test_all_pages_together_are_the_list(count: int, size: int) -> None:
    items, seen, token = list(range(count)), [], None
    while True:
        found, token = numbers(
            items, {"maxResults": size} if token is None else {"maxResults": size, "nextToken": token}
        )
        assert len(found) <= size
        seen += found
        if token is None:
            break
    assert seen == items


def test_an_item_removed_between_two_pages_takes_no_other_with_it() -> None:
    _, token = numbers([1, 2, 3, 4], {"maxResults": 2})
    assert numbers([1, 3, 4], {"maxResults": 2, "nextToken": token}) == ([3, 4], None)


@pytest.mark.parametrize("size", [None, 0])
def test_a_page_has_a_hundred_items_by_default(size: int | None) -> None:
    found, token = numbers(list(range(101)), {} if size is None else {"maxResults": size})
    assert len(found) == 100
    assert token is not None


@pytest.mark.parametrize("token", ["InvalidToken", "", "é", "bm90IGpzb24=", "W10=", "MQ==", "WyJhIiwgIm51bWJlcnMiXQ=="])
def test_a_token_that_was_not_handed_out_is_refused(token: str) -> None:
    with pytest.raises(ApiError) as refused:
        numbers([1, 2], {"nextToken": token})
    assert refused.value.message == "Invalid Token: 'Invalid token'"


def test_a_token_of_another_list_is_refused() -> None:
    _, token = numbers([1, 2], {"maxResults": 1})
    with pytest.raises(ApiError):
        page([1, 2], lambda item: item, {"nextToken": token}, "letters")
