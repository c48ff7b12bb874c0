from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.expressions.java_values import JavaRandom, java_double, java_text, round_half_up


def test_a_seed_gives_the_numbers_of_java_util_random() -> None:
    random = JavaRandom(42)
    assert random.next_double() == 0.7275636800328681
    assert [JavaRandom(42).next_int(10), JavaRandom(0).next_int(100)] == [0, 60]


@given(st.integers(-(2**63), 2**63), st.integers(1, 2**31 - 1))
def test_a_bounded_number_is_within_its_bound(seed: int, bound: int) -> None:
    assert 0 <= JavaRandom(seed).next_int(bound) < bound


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.1, "1.1"),
        (100.0, "100.0"),
        (1e7, "1.0E7"),
        (123456789.5, "1.234567895E8"),
        (0.0001, "1.0E-4"),
        (-2.5e-10, "-2.5E-10"),
        (0.0, "0.0"),
    ],
)
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert java_double(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_double_reads_back_as_the_same_double(value: float) -> None:
    assert float(java_double(value)) == value


def test_objects_are_written_as_java_writes_maps() -> None:
    assert java_text({"a": [None, True, 'x"y'], "b": {}}) == '{a=[null, true, x"y], b={}}'


@given(st.floats(-1e9, 1e9))
def test_halves_round_up(value: float) -> None:
    assert round_half_up(value) == math.floor(value + 0.5)
