"""What commands print: plain lines wherever they go, with colour and a spinner on a terminal."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from local.errors import LocalError
from local.follow import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Screen:
    """Standard output for results, standard error for errors."""

    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    def line(self, text: str, style: str = "") -> None:
        """A line of text, taken literally."""
        self.out.print(Text(text, style=style))

    def error(self, error: LocalError) -> None:
        """What went wrong and what to do."""
        self.err.print(Text.assemble(("error: ", "bold red"), error.message))
        if error.hint:
            self.err.print(Text.assemble(("hint: ", "bold"), error.hint))

    def moment(self, moment: Moment, seconds: float) -> None:
        """A thing that happened in an execution, so many seconds after it started."""
        style = "red" if moment.bad else "cyan" if moment.actor == "webhook" else ""
        self.line(f"{seconds:7.1f}s  {moment.actor:<19} {moment.text}", style)

    @contextmanager
    def step(self, title: str) -> "Iterator[Callable[[str], None]]":
        """A long step. It yields a function to say what is being done; each saying is a line with the time it took."""
        started = time.monotonic()

        def say(what: str) -> None:
            self.line(f"  {time.monotonic() - started:5.1f}s  {what}", "dim")
            status.update(f"{title}: {what}")

        self.line(title, "bold")
        with self.out.status(title) as status:
            yield say
