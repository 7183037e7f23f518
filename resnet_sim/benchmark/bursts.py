"""Timing that survives a busy machine: contenders take turns in short bursts, and medians are compared."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Step = Callable[[], object]


@dataclass(frozen=True)
class Queued:
    """A contender whose steps return before they are done, as on a GPU. settle: waits until all are."""

    step: Step
    settle: Step

    def __call__(self) -> object:
        return self.step()


@dataclass(frozen=True)
class Effort:
    """rounds: how often each contender has its turn. burst: seconds of one turn. most: steps of one turn."""

    rounds: int = 15
    burst: float = 0.05
    most: int = 500


@dataclass(frozen=True)
class Timing:
    """Seconds per step: the median, and the quartiles as its spread. steps: how many were timed."""

    median: float
    low: float
    high: float
    steps: int

    @property
    def ms(self) -> float:
        """The median in milliseconds."""
        return 1000 * self.median


def interleave(
    contenders: Mapping[str, Step], effort: Effort, turn: Callable[[], None] | None = None
) -> dict[str, Timing]:
    """Time every contender: round robin, each turn one step that is not timed (it finds the caches as the one before
    left them) and then k timed ones, as many as fill a burst. What slows the machine down meets all alike. Steps that
    queue are timed by the burst: each counts with its mean, the wait for the last included.

    turn: called after each turn.
    """
    counts = {name: _steps_of(step, effort) for name, step in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    collecting = gc.isenabled()
    for _ in range(effort.rounds):
        for name, step in contenders.items():
            gc.disable()  # a collection belongs to no step; it comes between the turns
            try:
                step()
                times[name] += _timed(step, counts[name])
            finally:
                if collecting:
                    gc.enable()
            if turn is not None:
                turn()
    return {name: timing(taken) for name, taken in times.items()}


def _timed(step: Step, count: int) -> list[float]:
    """Seconds of each of `count` steps."""
    clock = time.perf_counter
    if isinstance(step, Queued):
        step.settle()
        began = clock()
        for _ in range(count):
            step()
        step.settle()
        return count * [(clock() - began) / count]
    taken = []
    for _ in range(count):
        began = clock()
        step()
        taken.append(clock() - began)
    return taken


def _steps_of(step: Step, effort: Effort) -> int:
    """How many steps fill a burst: two to warm up, one to see."""
    step()
    step()
    (seconds,) = _timed(step, 1)
    return max(1, min(effort.most, int(effort.burst / max(seconds, 1e-7))))


def timing(seconds: list[float]) -> Timing:
    """Median and quartiles of at least one time."""
    low, median, high = np.quantile(seconds, (0.25, 0.5, 0.75))
    return Timing(float(median), float(low), float(high), len(seconds))
