from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asl.expressions.regular_expressions import BoundedPattern, Match
from asl.expressions.regular_expressions import pattern as bounded


class Spent(Exception):  # noqa: N818  not an error here
    pass


def allow(limit: int) -> Any:
    left = [limit]

    def spend(steps: int) -> None:
        left[0] -= steps
        if left[0] < 0:
            raise Spent

    return spend


@pytest.fixture
def machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SAFE_COST", 0)


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\b",
        r"\B",
        "^",
        "$",
        "[ab]",
        "[^a]",
        "[a-c1]",
        r"[\d_]",
        "A",
        r"\1",
        " ",
        r"\Z",
    ]
)


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    suffix = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{,2}", "*?", "+?", "??", "{1,2}?", "*+", "++"])
    wrapped = st.sampled_from(["({})", "(?:{})", "(?={})", "(?!{})", "(?>{})", "(?i:{})"])
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(wrapped, inner).map(lambda parts: parts[0].format(parts[1])),
        st.tuples(inner, suffix).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    )


PATTERNS = st.recursive(ATOMS, composed, max_leaves=7)
TEXTS = st.text(alphabet="ab1 _A\n", max_size=9)


def spans(found: Any) -> Any:
    return None if found is None else tuple(found.regs)


@settings(max_examples=1500, deadline=None)
@given(PATTERNS, TEXTS, st.sampled_from([0, re.IGNORECASE, re.MULTILINE, re.DOTALL]))
def test_the_machine_finds_what_re_finds(pattern: str, text: str, flags: int) -> None:
    try:
        expected = re.compile(pattern, flags)
    except re.error:
        assume(False)
    assume(r"\1" not in pattern)
    program = BoundedPattern(pattern, flags)._compiled()
    for start in range(len(text) + 1):
        found = program.match(text, start, allow(200_000))
        assert (found and found[0]) == (spans(expected.match(text, start)) or (None,))[0]


@pytest.mark.usefixtures("machine_only")
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(\w+)@(\w+)\.com", "me@x.com, you@yy.com"),
        (r"(a)|(b)", "abba"),
        (r"(a|b)\1", "aabbab"),
        (r"x*", "axxb"),
        (r"(?i)HeLLo", "hello HELLO"),
        (r"(?P<y>\d{4})-(?P<m>\d\d)", "2024-05 and 1999-12"),
        (r"(?<=a)b(?!c)", "abc ab"),
        (r"(<)?a(?(1)>|$)", "<a> a"),
        (r"^\s*(.*?)\s*$", "  trimmed  "),
        (r".*$", "one\ntwo"),
    ],
)
def test_matches_groups_and_positions_are_those_of_re(pattern: str, text: str) -> None:
    expected = [found.regs for found in re.finditer(pattern, text)]
    assert [found.spans for found in BoundedPattern(pattern).finditer(text, allow(100_000))] == expected


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a|a)*b", r"(a*)*b", r"a*a*a*a*a*a*b", r"(?:a|aa)+$b", r"(.*)*x"])
def test_a_pattern_that_takes_exponential_time_is_stopped(pattern: str) -> None:
    with pytest.raises(Spent):
        list(BoundedPattern(pattern).finditer("a" * 5000, allow(100_000)))


@pytest.mark.usefixtures("machine_only")
def test_a_long_text_needs_no_deep_stack() -> None:
    found = BoundedPattern(r"(?:a|b)*").fullmatch("ab" * 50_000, allow(10_000_000))
    assert found is not None
    assert (found.start(), found.end()) == (0, 100_000)


def test_an_ordinary_pattern_on_a_short_text_is_left_to_re(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPattern, "_compiled", None)
    pattern = BoundedPattern(r"([\w.+-]+)@")
    assert pattern.fullmatch("me@", allow(1000)) == Match("me@", ((0, 3), (0, 2)))


def test_a_match_tells_its_texts() -> None:
    [found] = BoundedPattern("(a)(b)?").finditer("xa", allow(1000))
    assert (found.group(), found.groups(), found.start(), found.end()) == ("a", ["a", None], 1, 2)


def test_a_pattern_that_repeats_too_much_is_refused() -> None:
    with pytest.raises(re.error):
        BoundedPattern("(?:(?:(?:ab|c){99}){99}){99}").fullmatch("x", allow(1000))
