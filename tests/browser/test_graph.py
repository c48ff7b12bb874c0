"""The graph of an execution in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.machines import ORDERS
from tests.browser.seat import Seat
from tests.e2e.bench import Campaigns


@pytest.fixture
def order(campaigns: Campaigns) -> Iterator[str]:
    """The ARN of an execution with a Map state inside a Parallel state, of three items; the second is out of stock."""
    states, machine = campaigns.deployment.aws.stepfunctions, campaigns.deployment.outputs.state_machine_arn

    def become(definition: dict[str, object]) -> None:
        definition.clear()
        definition.update(ORDERS)

    with campaigns.changed_definition(become):
        items = {"items": [{"stock": 3}, {"stock": 0}, {"stock": 1}]}
        arn = states.start_execution(stateMachineArn=machine, input=json.dumps(items))["executionArn"]
        assert campaigns.end(arn) == "SUCCEEDED"
        yield arn


def test_the_iterations_of_a_map_state_are_followed_one_by_one(operator: Seat, order: str) -> None:
    operator.open_execution(order)
    group = operator.page.get_by_role("group", name="Iterations of Pack")
    expect(group).to_contain_text("3 iterations: 3 succeeded")
    while operator.button("Previous iteration of Pack").is_enabled():
        operator.button("Previous iteration of Pack").click()
    operator.expect_states(**{"In stock?": "Succeeded", "Order more": "Not entered", "Pick": "Succeeded"})
    operator.button("Next iteration of Pack").click()
    operator.expect_states(**{"In stock?": "Succeeded", "Order more": "Succeeded", "Pick": "Succeeded"})
    operator.state("Pack").focus()
    operator.page.keyboard.press("Shift+ArrowRight")
    expect(operator.state("Pack")).to_have_accessible_name(re.compile("iteration 3 of 3"))
    operator.expect_states(**{"Order more": "Not entered"})


def test_keys_walk_into_a_map_state_and_select(operator: Seat, order: str) -> None:
    operator.open_execution(order)
    operator.state("Fulfil").focus()
    operator.page.keyboard.press("ArrowDown")
    expect(operator.state("Charge")).to_be_focused()
    operator.page.keyboard.press("Enter")
    expect(operator.state("Charge")).to_have_attribute("aria-selected", "true")


def test_the_wheel_zooms_where_it_points_and_a_drag_moves(operator: Seat, order: str) -> None:
    operator.open_execution(order)
    operator.button("Fit").click()
    operator.state("Pick").scroll_into_view_if_needed()
    box = operator.state("Pick").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    operator.page.mouse.move(x, y)
    operator.page.keyboard.down("Control")
    operator.page.mouse.wheel(0, -200)
    operator.page.keyboard.up("Control")
    operator.page.wait_for_function(
        "width => document.querySelector('[data-state=Pick] .graph-box').getBoundingClientRect().width > width * 1.1",
        arg=box["width"],
    )
    zoomed = operator.state("Pick").bounding_box()
    assert zoomed is not None
    assert zoomed["x"] < x < zoomed["x"] + zoomed["width"]
    operator.page.mouse.down()
    operator.page.mouse.move(x + 40, y + 30, steps=4)
    operator.page.mouse.up()
    moved = operator.state("Pick").bounding_box()
    assert moved is not None
    assert moved["x"] == pytest.approx(zoomed["x"] + 40, abs=12)
    expect(operator.page.get_by_role("option", selected=True)).to_have_count(0)


def test_the_graph_is_saved_as_a_file_with_its_colours(operator: Seat, order: str, tmp_path: Path) -> None:
    operator.open_execution(order)
    operator.expect_states(Fulfil="Succeeded")
    with operator.page.expect_download() as download:
        operator.button("Download as SVG").click()
    path = tmp_path / "graph.svg"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<svg ")
    assert "class=" not in text
    assert all(words in text for words in ("Order more", "rgb(", "Succeeded"))
