"""A person at the console: a browser context of their own, what they do there, and what went wrong in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect

Theme = Literal["light", "dark"]
Role = Literal["operator", "viewer"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")

PATIENCE_MS: Final = 30_000
WORKFLOW: Final = "email-campaign"

_FAILED_REQUEST: Final = "Failed to load resource"
"""How Chromium logs every answer from 400 on, and every broken connection: the page shows those itself."""


@dataclass
class Seat:
    """One signed-in person. `problems` is what pages logged as errors and what the content security policy refused."""

    page: Page
    origin: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to an address as if it had been typed."""
        self.page.goto(self.origin + path)

    def open_execution(self, arn: str) -> None:
        """Go to the page of an execution."""
        self.open(execution_path(arn))

    def state(self, name: str) -> Locator:
        """The box of a state in the graph."""
        return self.page.get_by_role("option", name=re.compile(rf"^{re.escape(name)}, "))

    def expect_states(self, **statuses: str) -> None:
        """Wait until the graph says this of each of these states."""
        for name, status in statuses.items():
            expect(self.state(name)).to_have_accessible_name(re.compile(rf", {status}\b"))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def change(self, button: str, confirm: str, reason: str = "the vendor told us by phone") -> None:
        """Ask for a change, say why, and have it made."""
        self.button(button).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill(reason)
        dialog.get_by_role("button", name=confirm, exact=True).click()
        expect(dialog).to_be_hidden()

    def answer_reload(self) -> bool:
        """Whether the page was loaded anew since `mark_page`."""
        return bool(self.page.evaluate("() => window.batonTest !== 'here'"))

    def mark_page(self) -> None:
        """Leave a mark that a reload takes away."""
        self.page.evaluate("() => { window.batonTest = 'here'; }")


def execution_path(arn: str) -> str:
    """The address of the page of an execution."""
    return f"/executions/{WORKFLOW}/{quote(arn.rpartition(':')[2])}"


@contextmanager
def seat(
    browser: Browser, origin: str, role: Role = "operator", theme: Theme = "light", **context_options: Any
) -> Iterator[Seat]:
    """Somebody of this role at the console, in a browser that knows nothing of earlier ones."""
    context = browser.new_context(color_scheme=theme, reduced_motion="reduce", locale="en-GB", **context_options)
    context.set_default_timeout(PATIENCE_MS)
    if role == "viewer":
        context.route("**/oauth2/authorize?*", _as_viewer)
    page = context.new_page()
    seated = Seat(page, origin)
    page.on("console", lambda message: _note(seated, message))
    page.on("pageerror", lambda error: seated.problems.append(f"uncaught: {error}"))
    try:
        yield seated
    finally:
        context.close()


def _as_viewer(route: Route) -> None:
    url = route.request.url
    route.continue_(url=url if "login_hint=" in url else f"{url}&login_hint=viewer")


def _note(seated: Seat, message: ConsoleMessage) -> None:
    if message.type == "error" and not message.text.startswith(_FAILED_REQUEST):
        seated.problems.append(message.text)
