"""The colours of a picture, on a light page and on a dark one."""

from __future__ import annotations

from typing import Final

FONT: Final = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

# class: (line, fill) on a light page, (line, fill) on a dark one
STATUS: Final = {
    "succeeded": (("#1a7f37", "#dafbe1"), ("#3fb950", "#12261e")),
    "failed": (("#cf222e", "#ffebe9"), ("#f85149", "#2d1517")),
    "caught": (("#9a6700", "#fff8c5"), ("#d29922", "#272115")),
    "partly": (("#9a6700", "#fff8c5"), ("#d29922", "#272115")),
    "running": (("#0969da", "#ddf4ff"), ("#58a6ff", "#121d2f")),
    "stopped": (("#8250df", "#fbefff"), ("#a371f7", "#211830")),
    "untouched": (("#afb8c1", "#f6f8fa"), ("#484f58", "#161b22")),
}


def style_sheet() -> str:
    """The style sheet of a picture; every rule of it is bound to `.asl-graph`."""
    light = [
        *_common(),
        *_palette(page="#ffffff", ink="#1f2328", faint="#59636e", line="#59636e", fill="#f6f8fa", catch="#bc4c00"),
        *_statuses(0),
    ]
    dark = [
        *_palette(page="#0d1117", ink="#e6edf3", faint="#9198a1", line="#9198a1", fill="#161b22", catch="#f0883e"),
        *_statuses(1),
    ]
    return "".join(light) + "@media (prefers-color-scheme:dark){" + "".join(dark) + "}"


def _common() -> list[str]:
    return [
        f".asl-graph text{{font-family:{FONT};font-size:11px;text-anchor:middle}}",
        ".asl-graph .name{font-size:13px;font-weight:600}",
        ".asl-graph text.legend{text-anchor:start}",
        ".asl-graph .box{stroke-width:1.5}",
        ".asl-graph .frame{fill:none;stroke-dasharray:2 3}",
        ".asl-graph .line{fill:none;stroke-width:1.5}",
        ".asl-graph .catch .line{stroke-dasharray:5 3}",
        ".asl-graph .succeed .box,.asl-graph .fail .box{stroke-width:2.5}",
        ".asl-graph .dot.end{fill:none;stroke-width:2}",
        ".asl-graph .edge.taken .line{stroke-width:2.5}",
        ".asl-graph .edge.untouched .label{opacity:.6}",
    ]


def _palette(*, page: str, ink: str, faint: str, line: str, fill: str, catch: str) -> list[str]:
    return [
        f".asl-graph .page,.asl-graph .paper{{fill:{page}}}",
        f".asl-graph text{{fill:{ink}}}",
        f".asl-graph .kind,.asl-graph .retry,.asl-graph .legend{{fill:{faint}}}",
        f".asl-graph .box{{stroke:{line};fill:{fill}}}",
        # A container keeps the colour of the page, so that what is inside it shows: `.state` twice, to outdo a status.
        f".asl-graph .state.state.map .box,.asl-graph .state.state.parallel .box{{fill:{page}}}",
        f".asl-graph .frame{{stroke:{line}}}",
        f".asl-graph .line,.asl-graph .dot.end{{stroke:{line}}}",
        f".asl-graph .head,.asl-graph .dot.start{{fill:{line}}}",
        f".asl-graph .catch .line{{stroke:{catch}}}",
        f".asl-graph .catch .head,.asl-graph .catch .label{{fill:{catch}}}",
    ]


def _statuses(page: int) -> list[str]:
    rules = []
    for name, colours in STATUS.items():
        line, fill = colours[page]
        rules += [
            f".asl-graph .state.{name} .box{{stroke:{line};fill:{fill}}}",
            f".asl-graph .state.{name} .note{{fill:{line}}}",
            f".asl-graph .edge.{name} .line{{stroke:{line}}}",
            f".asl-graph .edge.{name} .head{{fill:{line}}}",
        ]
    taken = STATUS["running"][page][0]
    rules += [
        f".asl-graph .edge.taken .line{{stroke:{taken}}}",
        f".asl-graph .edge.taken .head{{fill:{taken}}}",
    ]
    return rules
