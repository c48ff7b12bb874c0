"""Every page of the console, with something on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import expect

from local.vendors.settings import Behaviour, Outcome
from tests.browser.seat import WORKFLOW, Seat, execution_path
from tests.e2e.bench import Campaigns
from tests.eventually import eventually


@dataclass(frozen=True)
class Content:
    """What the pages are about: a campaign that waits, one that failed, and its failure."""

    waiting: str
    failed: str
    failure_id: str

    @classmethod
    def of(cls, campaigns: Campaigns) -> "Content":
        """Have it made."""
        waiting = waiting_campaign(campaigns, "Waits")
        _, failed = campaigns.request(Behaviour(outcome=Outcome.FAILED, step_seconds=0), subject="Fails")
        campaigns.failure(failed)
        [failure_id] = [found.id for found in campaigns.failures() if failed in str(found.message)]
        return cls(waiting, failed, failure_id)


def waiting_campaign(campaigns: Campaigns, subject: str) -> str:
    """The ARN of an execution that waits for a vendor which will say nothing."""
    _, arn = campaigns.request(Behaviour(outcome=Outcome.SILENT, step_seconds=0), subject=subject)
    # Before that the vendor has no campaign yet, and may be told to behave in another way.
    eventually(lambda: "AwaitStatus" in campaigns.states(arn), f"the wait of {arn}")
    return arn


@dataclass(frozen=True)
class ConsolePage:
    """A page: a name for its pictures, its address, how one sees that it is all there, how high its pictures are."""

    name: str
    path: Callable[[Content], str]
    seen: Callable[[Seat], None]
    height: int = 800

    def show(self, seat: Seat, content: Content) -> None:
        """Open it and wait until it shows what it is about."""
        seat.open(self.path(content))
        expect(seat.page.get_by_role("heading", level=1)).to_be_visible()
        self.seen(seat)


def _text(text: str) -> Callable[[Seat], None]:
    return lambda seat: expect(seat.page.get_by_text(text).first).to_be_visible()


def _row(seat: Seat) -> None:
    expect(seat.page.get_by_role("table").get_by_role("link").first).to_be_visible()


def _role(role: Literal["button", "table"], name: str) -> Callable[[Seat], None]:
    return lambda seat: expect(seat.page.get_by_role(role, name=name).first).to_be_visible()


def _state(name: str) -> Callable[[Seat], None]:
    return lambda seat: expect(seat.state(name)).to_be_visible()


def _states(**statuses: str) -> Callable[[Seat], None]:
    return lambda seat: seat.expect_states(**statuses)


PAGES = (
    ConsolePage("overview", lambda _: "/overview", _text(WORKFLOW)),
    ConsolePage("executions", lambda _: "/executions", _row),
    ConsolePage("execution-waiting", lambda it: execution_path(it.waiting), _states(AwaitStatus="Waiting"), 1200),
    ConsolePage("execution-failed", lambda it: execution_path(it.failed), _states(CampaignFailed="Failed"), 1200),
    ConsolePage("failures", lambda _: "/failures", _text("CampaignNotSent")),
    ConsolePage("failure", lambda it: f"/failures/{it.failure_id}", _text("CampaignNotSent")),
    ConsolePage("workflows", lambda _: "/workflows", _text(WORKFLOW)),
    ConsolePage("workflow", lambda _: f"/workflows/{WORKFLOW}", _state("SendCampaign"), 1200),
    ConsolePage("audit", lambda _: "/audit", _role("table", "Changes")),
    ConsolePage("viewer", lambda _: "/viewer", _role("button", "Choose files")),
)
