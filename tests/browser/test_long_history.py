"""A history of 25,000 events in the viewer: all of it can be reached, and little more than is in sight is there."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.console_pages import WINDOW, history, served
from local.console import build

IN_SIGHT = 60
"""Rows that may be in the page: those in sight, and a few around them."""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The viewer with thousands of iterations of a Map state."""
    folder = tmp_path_factory.mktemp("viewer")
    build.build(folder, lambda _: None)
    file = folder / "map.json"
    with ThreadPoolExecutor() as beside:  # Playwright has an event loop in this thread
        file.write_text(beside.submit(history, "map").result())
    with served() as origin:
        page = browser.new_page(viewport=WINDOW)
        page.goto(f"{origin}/viewer")
        page.locator("input[type=file]").first.set_input_files(file)
        yield page
        page.close()


def test_events_are_reached_from_the_first_to_the_last(page: Page) -> None:
    page.get_by_role("tab", name="Events (25,000)", exact=True).click()
    rows = page.get_by_role("list", name="Events").get_by_role("listitem")
    first = rows.first.get_by_role("button").first
    expect(first).to_contain_text("ExecutionStarted")
    first.focus()
    page.keyboard.press("End")
    last = page.locator('[aria-posinset="25000"]')
    expect(last).to_be_in_viewport()
    expect(last.get_by_role("button").first).to_be_focused()
    expect(last).to_contain_text("ExecutionFailed")
    assert rows.count() < IN_SIGHT


def test_the_search_goes_to_an_event_far_away(page: Page) -> None:
    page.get_by_role("tab", name="Events (25,000)", exact=True).click()
    search = page.get_by_role("searchbox", name="Search in the events")
    search.fill("maximum number of history")
    expect(page.locator(".events-found [role=status]")).to_have_text(re.compile("1 found|1 of 1"))
    search.press("Enter")
    last = page.locator('[aria-posinset="25000"]')
    expect(last).to_be_in_viewport()
    expect(last.locator("mark")).to_be_in_viewport()
    search.fill("")


def test_iterations_are_opened_in_the_timeline_and_gone_through(page: Page) -> None:
    page.get_by_role("tab", name="Timeline", exact=True).click()
    tree = page.get_by_role("tree", name="Timeline")
    rows = tree.get_by_role("treeitem")
    tree.focus()
    page.keyboard.press("Home")
    # The iteration that failed is shown at first, and so all of them are.
    page.keyboard.press("ArrowLeft")
    expect(rows).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(rows.last).to_have_accessible_name(re.compile("^Iteration 2,?[0-9]{3}"))
    assert rows.count() < IN_SIGHT
    page.keyboard.press("Home")
    expect(rows.first).to_have_accessible_name(re.compile("^Each"))
    expect(rows.first).to_be_in_viewport()
