"""What is shown on the canvas for a moment: an edit before it is made, and what mouse and keyboard point at."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_sim.network.graph import Network
from resnet_sim.network.problems import Report
from resnet_sim.ui.canvas.shapes import Key


@dataclass(frozen=True)
class Preview:
    """A network that is shown before it is made; `ghosts` are the ids that are new in it."""

    network: Network
    report: Report
    ghosts: frozenset[str]


@dataclass
class Pointing:
    """What mouse and keyboard point at, by key: the reason of all marks but selection and ghosts."""

    hover: Key = ""
    focus: str = ""
    target: Key = ""
    candidates: frozenset[str] = frozenset()
