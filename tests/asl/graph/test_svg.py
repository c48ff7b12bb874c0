"""Pictures as SVG: whatever the definition, everything is there once, readable, and nothing lies on anything else."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl.definition.outline import FlowOutline, outline
from asl.graph import Overlay, svg
from asl.graph.layout import Box, FlowPicture, layout
from tests.asl.graph.conftest import any_graph

SVG = "{http://www.w3.org/2000/svg}"
CAMPAIGN = Path(__file__).parents[3] / "workflows" / "email_campaign" / "definition.asl.json"
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pointers(flow: FlowOutline) -> Counter[str]:
    """Where they have characters that XML cannot hold, they stand as JSON escapes them."""
    states = [state.pointer for state in flow.all_states()]
    found = states + [way.pointer for inner in flow.flows() for way in inner.transitions()]
    return Counter(UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", pointer) for pointer in found)


def drawn(text: str) -> Counter[str]:
    root = ET.fromstring(text)
    return Counter(group.get("data-pointer", "") for group in root.iter(f"{SVG}g") if group.get("data-pointer"))


def overlap(one: Box, other: Box) -> bool:
    apart_x = one.x + one.width <= other.x + 1e-6 or other.x + other.width <= one.x + 1e-6
    apart_y = one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
    return not (apart_x or apart_y)


def within(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x - 1e-6
        and inner.y >= outer.y - 1e-6
        and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )


def check_boxes(picture: FlowPicture) -> None:
    """The states and labels of a flow lie side by side in its frame, inner flows side by side in their state."""
    labels = [arrow.label.box for arrow in picture.arrows if arrow.label]
    boxes = [state.box for state in picture.states] + labels
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one, other), (one, other)
    for box in boxes:
        assert within(box, picture.box)
    for state in picture.states:
        for flow in state.flows:
            assert within(flow.box, state.box)
            check_boxes(flow)
        for one, other in itertools.combinations([flow.box for flow in state.flows], 2):
            assert not overlap(one, other)


def check_lines(picture: FlowPicture) -> None:
    """No arrow passes through a state: its upright parts lie beside every box, its curves between the layers."""
    for arrow in picture.arrows:
        for before, after in itertools.pairwise(arrow.points):
            left, right = sorted((before.x, after.x))
            top, bottom = sorted((before.y, after.y))
            stretch = Box(left, top, right - left, bottom - top)
            for state in picture.states:
                assert not overlap(stretch, state.box), (arrow.transition, state.state.name)


@quick
@given(any_graph())
def test_any_definition_is_drawn_with_every_state_and_transition_once(definition: Any) -> None:
    flow = outline(definition)
    assert drawn(svg(flow, title="any")) == pointers(flow)


@quick
@given(any_graph())
def test_nothing_lies_on_anything_else(definition: Any) -> None:
    picture = layout(outline(definition), {})
    check_boxes(picture)
    for flow in picture.all_flows():
        check_lines(flow)


@quick
@given(any_graph(), st.text(max_size=30))
def test_any_text_is_escaped(definition: Any, text: str) -> None:
    flow = outline(definition)
    pointer = next(flow.all_states()).pointer
    overlay = Overlay({pointer: text}, {pointer: text}, ((text, text),), text)
    root = ET.fromstring(svg(flow, title=text, description=text, overlay=overlay))
    assert root.find(f"{SVG}title") is not None


def test_the_same_definition_gives_the_same_picture() -> None:
    flow = outline(json.loads(CAMPAIGN.read_text()))
    assert svg(flow, title="campaign") == svg(flow, title="campaign")


def test_it_says_what_it_shows_to_those_who_cannot_see_it() -> None:
    root = ET.fromstring(svg(outline(json.loads(CAMPAIGN.read_text())), title="campaign"))
    assert (root.get("role"), root.get("aria-label")) == ("img", "campaign")
    assert root.findtext(f"{SVG}title") == "campaign"
    assert root.findtext(f"{SVG}desc") == "A state machine of 20 states and 29 transitions that starts at SendCampaign."
    titles = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")]
    assert "AwaitStatus \u2192 AskStatus: catches States.HeartbeatTimeout, States.Timeout" in titles
    assert "CheckStatus \u2192 TooManyWaits: $.waits.count \u2265 500" in titles


def test_it_needs_nothing_from_elsewhere_and_has_colours_for_a_dark_page() -> None:
    text = svg(outline(json.loads(CAMPAIGN.read_text())), title="campaign")
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"(href|src|@import|url\()", text)
    assert text.count("http") == 1  # the namespace


def test_classes_and_notes_are_those_of_the_overlay() -> None:
    flow = outline({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}})
    overlay = Overlay({"/States/A": "mine", "/States/A/Next": "taken"}, {"/States/A": "3 visits"}, (("mine", "Mine"),))
    text = svg(flow, title="x", overlay=overlay)
    assert 'class="state pass mine" data-pointer="/States/A"' in text
    assert 'class="edge next taken" data-pointer="/States/A/Next"' in text
    assert ">3 visits</text>" in text
    assert ">Mine</text>" in text
