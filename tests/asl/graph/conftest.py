"""Definitions of any shape: loops, states that lead to themselves, states within states, names of any characters."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = Any

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
SIMPLE_KINDS = ["Pass", "Task", "Choice", "Succeed", "Fail", "Wait"]
KINDS = [*SIMPLE_KINDS, "Parallel", "Map"]
names = st.text(min_size=1, max_size=80)
errors = st.lists(st.sampled_from(["States.ALL", "Broken", '<Odd> & "quoted"']), min_size=1, max_size=2)


@st.composite
def any_graph(draw: st.DrawFn, depth: int = 2) -> Json:
    """A flow whose states lead anywhere in it; not all that it says is valid, but all of it can be drawn."""
    own = draw(st.lists(names, min_size=1, max_size=6 if depth == 2 else 3, unique=True))
    return {"StartAt": draw(st.sampled_from(own)), "States": {name: draw(any_state(own, depth)) for name in own}}


@st.composite
def any_state(draw: st.DrawFn, own: list[str], depth: int) -> Json:
    target = st.sampled_from(own)
    kind = draw(st.sampled_from(KINDS if depth else SIMPLE_KINDS))
    if kind == "Succeed":
        return {"Type": "Succeed"}
    if kind == "Fail":
        return {"Type": "Fail", "Error": draw(st.text(max_size=20))}
    if kind == "Choice":
        rules = st.builds(
            lambda next_state, value: {"Variable": "$.a", "StringEquals": value, "Next": next_state}, target, st.text()
        )
        default: Json = draw(st.none() | target)
        found = {"Type": "Choice", "Choices": draw(st.lists(rules, min_size=1, max_size=4))}
        return found if default is None else {**found, "Default": default}
    following = draw(target.map(lambda name: {"Next": name}) | st.just({"End": True}))
    if kind in ("Pass", "Wait"):
        return {"Type": kind, **({"Seconds": 1} if kind == "Wait" else {}), **following}
    catchers = st.builds(lambda names, name: {"ErrorEquals": names, "Next": name}, errors, target)
    working = {"Type": kind, "Catch": draw(st.lists(catchers, max_size=3)), **following}
    if kind == "Task":
        return {**working, "Resource": FUNCTION, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    if kind == "Map":
        return {**working, "ItemProcessor": draw(any_graph(depth - 1))}
    return {**working, "Branches": draw(st.lists(any_graph(depth - 1), min_size=1, max_size=2))}
