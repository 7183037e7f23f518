"""Long series as few points: what a screen column can show, and no more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resnet_sim.state.record import Series
from resnet_sim.ui.plots.chart import HUGE

Floats = NDArray[np.float64]


def sampled(series: Series, points: int) -> tuple[Floats, Floats]:
    """At most 2 * points of a smooth series: every 2^k-th and the newest. NaN where the value is undefined.

    The stride is a power of two counted from the first point, so a growing line does not shimmer.
    """
    n = len(series.steps)
    stride = 1
    while n // stride > 2 * points:
        stride *= 2
    steps, values = series.steps[::stride], series.values[::stride]
    if n and (n - 1) % stride:
        steps, values = [*steps, series.steps[-1]], [*values, series.values[-1]]
    return np.asarray(steps, np.float64), clean(values)


def clean(values: list[float | None]) -> Floats:
    """float64, undefined and infinite values NaN, the rest clamped so that drawing never fails."""
    found = np.array(values, np.float64)
    found[~np.isfinite(found)] = np.nan
    return np.clip(found, -HUGE, HUGE)


class Mirror:
    """A series as arrays, kept up to date by what is new: for noisy lines, where every point counts."""

    def __init__(self) -> None:
        self._x = np.zeros(1024)
        self._y = np.zeros(1024)
        self._n = 0

    def follow(self, series: Series) -> tuple[Floats, Floats]:
        """All points of the series so far."""
        total = len(series.steps)
        if total < self._n or (self._n and series.steps[self._n - 1] != self._x[self._n - 1]):
            self._n = 0  # thinned or cut: read it again
        if total > len(self._x):
            room = max(total, 2 * len(self._x))
            self._x, self._y = np.resize(self._x, room), np.resize(self._y, room)
        self._x[self._n : total] = series.steps[self._n :]
        self._y[self._n : total] = clean(series.values[self._n :])
        self._n = total
        return self._x[:total], self._y[:total]

    def forget(self) -> None:
        """Read everything again next time."""
        self._n = 0


def columns(x: Floats, y: Floats, count: int) -> tuple[Floats, Floats]:
    """Smallest and largest of each of `count` columns, in turn: shape and spikes of a noisy line are kept."""
    if len(x) <= 2 * count:
        return x, y
    size = 1
    while len(x) // size > count:
        size *= 2
    whole = len(x) // size * size
    rows = y[:whole].reshape(-1, size)
    out = np.empty(2 * len(rows))
    low = np.where(np.isnan(rows), np.inf, rows).min(axis=1)
    high = np.where(np.isnan(rows), -np.inf, rows).max(axis=1)
    out[0::2], out[1::2] = low, high
    out[~np.isfinite(out)] = np.nan
    at = np.repeat(x[:whole].reshape(-1, size)[:, 0], 2)
    return np.concatenate([at, x[whole:]]), np.concatenate([out, y[whole:]])


def smoothed(y: Floats, window: int) -> Floats:
    """The mean over `window` points around each; undefined points are left out, NaN where none is left."""
    if window <= 1 or len(y) < 3:
        return y
    defined = np.isfinite(y)
    sums = np.concatenate([[0.0], np.cumsum(np.where(defined, y, 0.0))])
    counts = np.concatenate([[0.0], np.cumsum(defined)])
    at = np.arange(len(y))
    low, high = np.maximum(at - window // 2, 0), np.minimum(at + window // 2 + 1, len(y))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (sums[high] - sums[low]) / (counts[high] - counts[low])
    return mean
