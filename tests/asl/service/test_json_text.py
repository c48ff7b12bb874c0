"""What is not JSON is refused at the border."""

from __future__ import annotations

import json

import pytest

from asl.service.json_text import JsonTextError, decode_json


@pytest.mark.parametrize("text", ["1", '"a"', "null", '{"a": [1.5e3, true]}', r'"\ud83d\ude00"', r'"\\ud800"'])
def test_json_is_taken(text: str) -> None:
    assert decode_json(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Expecting value at line 1, column 1"),
        ('{"a": }', "Expecting value at line 1, column 7"),
        ("[NaN]", "NaN is not JSON"),
        ("[" * 100_000, "it is nested too deep"),
        ("[-1e999]", "a number is too large"),
        ("9" * 5000, "a number has too many digits"),
        (r'["\uD800"]', "a string has half of a surrogate pair"),
        (r'{"\udfff": 1}', "a string has half of a surrogate pair"),
    ],
)
def test_what_is_not_json_is_told(text: str, told: str) -> None:
    with pytest.raises(JsonTextError, match=told):
        decode_json(text)
