"""The record of a run: what was measured, when, bounded however long it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LIMIT = 10_000
"""Points a series may hold; beyond it every second one goes."""


@dataclass
class Series:
    """One measured quantity over steps; None where it was not a finite number."""

    steps: list[int] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)

    def add(self, step: int, value: float | None) -> None:
        """Append a point; at the limit every second older point is dropped, the newest stays."""
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) > LIMIT:
            self.thin(LIMIT)

    def thin(self, points: int) -> None:
        """Leave out every second point until at most `points` are left; the oldest and the newest stay."""
        while len(self.steps) > max(points, 2):
            found = self._every(2)
            self.steps, self.values = found.steps, found.values

    def thinned(self, points: int) -> Series:
        """A copy of at most so many points, two at least; the oldest and the newest stay."""
        return self._every(max(1, -(-(len(self.steps) - 1) // (max(points, 2) - 1))))

    def _every(self, n: int) -> Series:
        steps, values = self.steps[::n], self.values[::n]
        if self.steps and steps[-1] != self.steps[-1]:
            steps.append(self.steps[-1])
            values.append(self.values[-1])
        return Series(steps, values)

    def cut(self, step: int) -> None:
        """Forget every point after `step`."""
        while self.steps and self.steps[-1] > step:
            self.steps.pop()
            self.values.pop()


@dataclass(frozen=True)
class Event:
    """A control that changed during the run: replay and plots need the step at which it held."""

    step: int
    name: str
    value: float | int | str | bool


@dataclass
class Record:
    """Series by name: "loss", "train_loss", "dev_accuracy", "weight_norm/conv1/W", "identity_distance/block1", ..."""

    series: dict[str, Series] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def add(self, step: int, values: Mapping[str, float | None]) -> None:
        """Append one point to each named series."""
        for name, value in values.items():
            self.series.setdefault(name, Series()).add(step, value)

    def note(self, step: int, name: str, value: float | int | str | bool) -> None:
        """Append an event; the newest LIMIT are kept."""
        self.events.append(Event(step, name, value))
        del self.events[:-LIMIT]

    def last(self, name: str) -> float | None:
        """The newest value of a series, None if there is none."""
        found = self.series.get(name)
        return found.values[-1] if found is not None and found.values else None

    def thin(self, points: int) -> None:
        """At most so many points of every series."""
        for each in self.series.values():
            each.thin(points)

    def thinned(self, points: int) -> Record:
        """A copy with at most so many points of every series, two at least."""
        return Record({name: each.thinned(points) for name, each in self.series.items()}, list(self.events))

    def cut(self, step: int) -> None:
        """Forget everything after `step` (going back to a kept step)."""
        for each in self.series.values():
            each.cut(step)
        self.events = [event for event in self.events if event.step <= step]
