"""No task token is shown, wherever it has got to."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.operations.tokens import HIDDEN, shown

ENGINE = st.binary(min_size=96, max_size=96).map(lambda bits: base64.b64encode(bits).decode())
AWS = st.binary(min_size=450, max_size=600).map(
    lambda bits: "AQCEAAAAKgAAAAMAAAAAAAAAA" + base64.b64encode(bits).decode()
)
KINDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), frozenset("abcdefghijklmnopqrstuvwxyz"), frozenset("0123456789")
# Random tokens have all kinds of characters; hypothesis likes zeros.
TOKENS = st.one_of(ENGINE, AWS).filter(lambda token: all(kind & set(token) for kind in KINDS))
ANY_TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from('\\"/ntu0aA+=:{}')), max_size=20)


def strings(value: Any) -> list[str]:
    """Every string in a JSON value, and every string in the JSON that a string holds."""
    if isinstance(value, dict):
        return [text for name, item in value.items() for text in (*strings(name), *strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    if not isinstance(value, str):
        return []
    try:
        inner = json.loads(value)
    except ValueError:
        return [value]
    return [value, *(strings(inner) if isinstance(inner, dict | list) else [])]


@given(token=TOKENS, before=ANY_TEXT, after=ANY_TEXT, depth=st.integers(0, 2))
def test_no_token_is_shown_in_any_text_or_in_json_in_it(token: str, before: str, after: str, depth: int) -> None:
    value: Any = {"text": [before + token + after], token: 1}
    for _ in range(depth):
        value = {"cause": json.dumps(value), "token": token}
    answer = shown(value)
    assert not [text for text in strings(answer) if token in text]
    assert HIDDEN in json.dumps(answer)


@given(token=TOKENS, before=ANY_TEXT, depth=st.integers(1, 2))
def test_json_in_a_text_is_still_json(token: str, before: str, depth: int) -> None:
    value: Any = {"text": before + token}
    for _ in range(depth):
        value = json.dumps({"inside": value})
    value = shown(value)
    for _ in range(depth):
        value = json.loads(value)["inside"]


@given(token=TOKENS)
def test_a_token_whose_characters_are_escaped_is_hidden(token: str) -> None:
    escaped = token.replace("/", "\\/").replace("+", "\\u002B").replace("=", "\\u003d")
    assert shown(escaped) == HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "a" * 250_000,
        "arn:aws:states:us-east-1:000000000000:execution:email-campaign:5b1b1a5e-9a3f-4c1c-8f5b-1f0e6d0f5a11",
        "<h1>Spring sale</h1><p>Everything is 20 % off until Sunday.</p>" * 100,
        "0123456789abcdef" * 100,
    ],
)
def test_what_is_no_token_is_shown(text: str) -> None:
    assert shown({"value": [text, 1, None, True]}) == {"value": [text, 1, None, True]}


def test_many_backslashes_are_no_long_work() -> None:
    assert shown("\\" * 250_000) == "\\" * 250_000
