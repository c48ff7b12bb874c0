"""What is said about the states and transitions of a definition: how an execution went, what tests covered.

A picture shows it as colours, notes and a legend.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSES = ("succeeded", "failed", "caught", "running", "stopped", "taken", "untouched", "partly")


@dataclass(frozen=True, slots=True)
class Overlay:
    """Classes and notes by JSON pointer, of a state (`/States/Ship`) or a transition (`/States/Ship/Catch/0/Next`).

    A class of `CLASSES` has a colour in both formats; any other is written to the SVG for a style sheet to find. A
    state has at most one note, a few words that its box shows as a line. The legend lists classes with what they mean.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    legend: tuple[tuple[str, str], ...] = ()
    description: str = ""


NOTHING = Overlay()
