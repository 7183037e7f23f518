"""When to step, and when to measure: at most so often a second, and only for a small share of the time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

SHARE = 0.03
"""Of the time goes into snapshots, as far as they can be timed here; with what they push out of the caches it stays
below a twentieth (measured: `resnet-sim benchmark`)."""
MOST_HZ = 30.0
MARK_EVERY = 0.25
"""Seconds between two marks that the speed is read from; at a slow pace every step is one."""


class Pace:
    """Knows how long steps take with and without a probe. All times in seconds of one clock."""

    def __init__(self) -> None:
        self.hz = MOST_HZ
        self._plain: deque[float] = deque(maxlen=31)
        self._probed: deque[float] = deque(maxlen=5)
        self._composed: deque[float] = deque(maxlen=5)
        self._last = float("-inf")
        self._marks: deque[tuple[float, int]] = deque(maxlen=5)

    def due(self, now: float) -> bool:
        """Whether a step that begins now should be measured for a snapshot."""
        since = now - self._last
        return since * self.hz >= 1 and since * SHARE >= self.cost

    def measured(self, at: float) -> None:
        """The step that began `at` is the newest measured one."""
        self._last = at

    def stepped(self, seconds: float, probed: bool) -> None:
        """A step of all runs took so long."""
        (self._probed if probed else self._plain).append(seconds)

    def composed(self, seconds: float) -> None:
        """Making and sending a snapshot took so long."""
        self._composed.append(seconds)

    @property
    def cost(self) -> float:
        """What one snapshot takes from training."""
        extra = typical(self._probed) - typical(self._plain) if self._probed and self._plain else 0.0
        return max(0.0, extra) + typical(self._composed)

    @property
    def expected(self) -> float:
        """How long the next step of all runs should take; 0 before the first."""
        return typical(self._plain or self._probed)

    def mark(self, now: float, step: int) -> None:
        """A step was done; about four times a second that is noted."""
        if self._marks and step < self._marks[-1][1]:
            self._marks.clear()
        if not self._marks or now - self._marks[-1][0] >= MARK_EVERY:
            self._marks.append((now, step))

    def still(self) -> None:
        """Training stands: its speed starts anew."""
        self._marks.clear()

    @property
    def steps_per_second(self) -> float:
        """Over the last marks, about one second or four slow steps."""
        if len(self._marks) < 2:
            return 0.0
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        return (last - first) / (ended - began) if ended > began else 0.0


class Metronome:
    """When the next step may begin. All times in seconds of one clock."""

    def __init__(self) -> None:
        self.gap = 0.0
        """Seconds from step to step, 0: no waiting."""
        self._last = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next step may begin, 0 when it may now."""
        return max(0.0, self._last + self.gap - now) if self.gap else 0.0

    def stepped(self, now: float) -> None:
        """A step began. One that came a little late does not shift those behind it; time lost is not caught up."""
        due = self._last + self.gap
        self._last = due if now - due < self.gap else now

    def still(self) -> None:
        """Training stands: the step after that need not wait."""
        self._last = float("-inf")


def typical(times: Sequence[float] | deque[float]) -> float:
    """The lower median: one slow first time does not count. 0 of none."""
    return sorted(times)[(len(times) - 1) // 2] if times else 0.0
