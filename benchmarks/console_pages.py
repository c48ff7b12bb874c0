"""How fluid a long history is in the console: 25,000 events in the viewer, in Chromium.

make web && python -m benchmarks.console_pages                    # both histories, the built pages
python -m benchmarks.console_pages --history map --seconds 10

Two histories of an execution that ran into AWS's limit of 25,000 events, run by the engine: `loop`, a few states that
are visited thousands of times, and `map`, thousands of iterations of three states. Each is opened as a file. What is
measured: the time from choosing the file until the page shows the history, has painted, and takes what comes next;
then, while the wheel turns in each list, the time between frames. Chromium paints without a GPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from asl.engine import event_to_api
from asl.testing import Failure, Workflow, in_turn
from console import hosting
from local.console import DIST
from tests.asl.integrations.mirror import serving
from tests.browser import chromium

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from playwright.sync_api import CDPSession, Page, ViewportSize

WINDOW: Final[ViewportSize] = {"width": 1280, "height": 900}
WHEEL_PIXELS: Final = 240
FRAMES: Final = """
    () => {
      const gaps = [];
      let last = null;
      const frame = (now) => {
        if (last !== null) gaps.push(now - last);
        last = now;
        if (window.measuring) requestAnimationFrame(frame);
      };
      window.measuring = true;
      requestAnimationFrame(frame);
      window.measured = () => { window.measuring = false; return gaps; };
    }
"""
"""Notes the time between frames until `measured()`."""
READY: Final = """
    (text) => new Promise((done) => {
      const begun = performance.now();
      const look = () => {
        if (!document.body.textContent.includes(text)) return requestAnimationFrame(look);
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
      };
      look();
    })
"""
"""Milliseconds until the page shows a text, has painted, and takes the next task."""

WORK: Final = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Work",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2}],
}
LOOP: Final = {
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Pass", "Result": {"count": 0}, "Next": "Work"},
        "Work": {**WORK, "ResultPath": "$.result", "Next": "Count"},
        "Count": {"Type": "Pass", "Parameters": {"count.$": "States.MathAdd($.count, 1)"}, "Next": "Pause"},
        "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Enough"},
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.count", "NumericGreaterThan": 9_000, "Next": "Done"}],
            "Default": "Work",
        },
        "Done": {"Type": "Succeed"},
    },
}
MAP: Final = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "MaxConcurrency": 10,
            "ItemProcessor": {
                "StartAt": "Load",
                "States": {
                    "Load": {"Type": "Pass", "Next": "Work"},
                    "Work": {**WORK, "Next": "Store"},
                    "Store": {"Type": "Pass", "End": True},
                },
            },
            "End": True,
        }
    },
}
HISTORIES: Final[dict[str, tuple[dict[str, Any], Any]]] = {"loop": (LOOP, {}), "map": (MAP, list(range(3_000)))}


def main() -> int:
    """Measure and print; 1 where there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", choices=HISTORIES, action="append", help="both if not given")
    parser.add_argument("--seconds", type=float, default=5.0, help="of scrolling in each list")
    options = parser.parse_args()
    if not (DIST / "index.html").exists() or chromium.executable() is None:
        print(f"needs the built pages: make web; {chromium.MISSING}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.json" for name in options.history or HISTORIES}
        for name, file in files.items():
            file.write_text(history(name))
        with served() as origin, chromium.running() as browser:
            for name, file in files.items():
                page = browser.new_page(viewport=WINDOW)
                page.on("pageerror", lambda error: print(f"page error: {error}", file=sys.stderr))
                measure(page, f"{origin}/viewer", name, file, options.seconds)
                page.close()
    return 0


def history(name: str) -> str:
    """An exported history with as many events as there can be."""
    definition, given = HISTORIES[name]
    answers = in_turn(*(Failure("Busy") if number % 50 == 7 else {"done": number} for number in range(9_000)))
    run = Workflow.from_definition(definition, name=name).run(given, handlers={"Work": answers})
    events = [event_to_api(event) for event in run.history]
    content = {
        "format": "baton-history/1",
        "workflow": name,
        "name": f"{name}-of-{len(events)}-events",
        "status": run.status,
        "started_at": None,
        "ended_at": None,
        "input": json.dumps(given),
        "output": None,
        "error": run.error,
        "cause": run.cause,
        "definition": json.dumps(definition),
        "events": events,
    }
    return json.dumps(content)


def measure(page: Page, url: str, name: str, file: Path, seconds: float) -> None:
    """Open the history and scroll through it, as a person would."""
    events = len(json.loads(file.read_text())["events"])
    page.goto(url)
    page.locator("input[type=file]").first.wait_for(state="attached")
    page.evaluate(f"(text) => {{ window.shown = ({READY})(text); }}", f"Events ({events:,})")
    page.locator("input[type=file]").first.set_input_files(file)
    print(f"{name}: {events:,} events, {file.stat().st_size / 1e6:.1f} MB")
    print(f"  opened and interactive after {page.evaluate('() => window.shown') / 1000:.2f} s")
    for tab, rows in (("Timeline", ".timeline-scroll"), (f"Events ({events:,})", ".events-scroll")):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(rows).wait_for()
        page.locator(rows).scroll_into_view_if_needed()
        closed = page.locator('.timeline-row[aria-level="1"][aria-expanded="false"] .timeline-label')
        if closed.count():
            closed.first.click()
        scroll(page, f"{tab}, scrolling", rows, seconds)
        if tab == "Timeline":
            scroll(page, f"{tab}, zooming", rows, seconds, zoom=True)


def scroll(page: Page, what: str, selector: str, seconds: float, *, zoom: bool = False) -> None:
    """Turn the wheel and report how that went: frames, and the share of the time in which the page was busy."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _busy(session)
    gaps = frames(page, selector, seconds, zoom=zoom)
    after = _busy(session)
    session.detach()
    percentiles = quantiles(gaps, n=100)
    late = sum(gap > 1000 / 30 for gap in gaps)
    passed = after["Timestamp"] - before["Timestamp"]
    busy, script = ((after[key] - before[key]) / passed for key in ("TaskDuration", "ScriptDuration"))
    print(
        f"  {what}: {len(gaps)} frames, p50 {percentiles[49]:.1f} ms, p95 {percentiles[94]:.1f} ms, "
        f"max {max(gaps):.1f} ms, {late} longer than 33 ms; busy {busy:.0%}, of that script {script / busy:.0%}"
    )


def _busy(session: CDPSession) -> dict[str, float]:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] for metric in metrics}


def frames(page: Page, selector: str, seconds: float, *, zoom: bool) -> list[float]:
    """Milliseconds between frames while the wheel turns, up and down again; with Ctrl held where it zooms."""
    page.locator(selector).hover()
    if zoom:
        page.keyboard.down("Control")
    page.evaluate(FRAMES)
    turns = int(seconds * 30)
    for turn in range(turns):
        down = turn < turns * 2 // 3
        page.mouse.wheel(
            0, (-WHEEL_PIXELS if zoom else WHEEL_PIXELS) if down else (WHEEL_PIXELS if zoom else -WHEEL_PIXELS)
        )
        page.wait_for_timeout(1000 / 30)
    gaps: list[float] = page.evaluate("() => window.measured()")
    if zoom:
        page.keyboard.up("Control")
    return gaps


def served() -> AbstractContextManager[str]:
    """The built pages with the headers that they have everywhere; the origin."""
    return serving(partial(Pages, directory=str(DIST)))


class Pages(SimpleHTTPRequestHandler):
    """Files, and the application's page for every path that is none."""

    def do_GET(self) -> None:
        """Answer with a file."""
        if not hosting.is_file(self.path):
            self.path = hosting.INDEX
        super().do_GET()

    def end_headers(self) -> None:
        """Add the policy that browsers hold the pages to."""
        self.send_header("Content-Security-Policy", hosting.content_security_policy())
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


if __name__ == "__main__":
    raise SystemExit(main())
