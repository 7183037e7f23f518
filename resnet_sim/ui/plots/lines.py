"""The lines of a plot as numbers: what hovering reads, and what its table and its CSV hold."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from resnet_sim.state.record import Series

ALL_NAMED = 9
"""Up to so many lines all have a name; of more only the first, the last and the selected one."""


@dataclass(frozen=True)
class Line:
    """One line: the name of its series (heading in a CSV), in words (heading in a table), and its short label.

    since: the step from which on it says anything.
    """

    name: str
    words: str
    label: str
    role: str
    series: Series
    maths: bool = False
    strong: bool = False
    since: int = 0

    def nearest(self, step: int) -> float | None:
        """The value at the recorded step nearest to `step`; None where there is none or it is undefined."""
        steps = self.series.steps
        if not steps:
            return None
        at = bisect_left(steps, step)
        if at == len(steps) or (at and step - steps[at - 1] < steps[at] - step):
            at -= 1
        return self.series.values[at]


def named(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Those lines there is room to name."""
    last = len(lines) - 1
    return tuple(line for i, line in enumerate(lines) if last < ALL_NAMED or i in (0, last) or line.strong)
