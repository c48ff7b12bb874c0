"""What holds for every page: it can be used with any aid, fits a telephone, logs no error and breaks no policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local.console import WEB
from local.deployment import Deployment
from tests.browser.pages import PAGES, ConsolePage, Content
from tests.browser.seat import THEMES, Seat, seat
from tests.e2e.bench import Campaigns

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 780}, "has_touch": True, "is_mobile": True}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def content(deployment: Deployment) -> Content:
    return Content.of(Campaigns(deployment))


@pytest.fixture(scope="module")
def reader(browser: Browser, origin: str) -> Iterator[Seat]:
    # The policy lets no script in that isn't the console's own, and axe is none.
    with seat(browser, origin, "operator", bypass_csp=True) as seated:
        yield seated


@pytest.fixture(scope="module")
def phone(browser: Browser, origin: str) -> Iterator[Seat]:
    with seat(browser, origin, "viewer", **PHONE) as seated:
        yield seated


@every_page
def test_a_page_has_no_serious_barrier_light_or_dark(page: ConsolePage, content: Content, reader: Seat) -> None:
    page.show(reader, content)
    reader.page.add_script_tag(path=AXE)
    for theme in THEMES:
        reader.page.emulate_media(color_scheme=theme)
        expect(reader.page.locator("html")).to_have_css("color-scheme", theme)
        assert barriers(reader) == [], theme


@every_page
def test_a_page_fits_a_telephone_and_keeps_to_the_policy(page: ConsolePage, content: Content, phone: Seat) -> None:
    page.show(phone, content)
    wider = phone.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"the page is {wider} px wider than the screen"
    assert phone.problems == []


def test_a_breach_of_the_policy_is_noticed(operator: Seat) -> None:
    PAGES[0].show(operator, Content("", "", ""))
    with operator.page.expect_event("console", lambda message: message.type == "error"):
        operator.page.evaluate(
            "() => document.head.append(document.createElement('style').appendChild(new Text('p{}')).parentNode)"
        )
    assert any("Content Security Policy" in problem for problem in operator.problems), operator.problems
    operator.problems.clear()


def barriers(reader: Seat) -> list[str]:
    """What axe finds serious."""
    found = reader.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
