"""Statistics and histograms from a sample of each layer's values: all layers in one array, counted in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Backend

SAMPLES = 512
"""Values of a layer that its histogram and its statistics are taken from, at most."""
BINS = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """counts (BINS,) int32 over [low, high] of the finite sampled values."""

    counts: NDArray[np.int32]
    low: float
    high: float


@dataclass(frozen=True)
class Statistics:
    """Per array: mean, standard deviation and share of exact zeros of the sampled values."""

    means: Floats
    deviations: Floats
    zeros: Floats


class Samples:
    """Evenly strided values of some arrays, taken anew by `take`. The arrays must stay where they are."""

    def __init__(self, arrays: Sequence[Array], backend: Backend) -> None:
        self._backend = backend
        self._sources = [strided(each) for each in arrays]
        sizes = self._arrange([source[index].size for source, index in self._sources])
        self._packed = backend.zeros((int(sizes.sum()),))
        room = np.split(self._packed, np.cumsum(sizes)[:-1])
        self._targets = [
            each.reshape(source[index].shape) for each, (source, index) in zip(room, self._sources, strict=True)
        ]

    def _arrange(self, counts: Sequence[int]) -> NDArray[np.intp]:
        """Room for so many values of each array; the counts as an array."""
        sizes = np.array(counts)
        self._counts, self._starts = sizes, np.cumsum(sizes) - sizes
        self._array = np.repeat(np.arange(len(sizes)), sizes)
        self._values, self._work = np.zeros(len(self._array)), np.zeros(len(self._array))
        self._bin, self._first_bin = np.zeros(len(self._array), np.intp), BINS * self._array

        return sizes

    def queue(self) -> None:
        """Begin to copy, where that goes on beside: `take` then takes what the arrays hold at this moment."""

    def take(self) -> None:
        """Copy what the arrays hold now."""
        for target, (source, index) in zip(self._targets, self._sources, strict=True):
            target[...] = source[index]
        self._values[...] = self._backend.to_host(self._packed)

    def pieces(self) -> list[Floats]:
        """The values taken of each array."""
        return np.split(self._values, self._starts[1:])

    def statistics(self) -> Statistics:
        """Of all arrays; not finite where a value is not."""
        values, work, starts = self._values, self._work, self._starts
        means = np.add.reduceat(values, starts) / self._counts
        np.take(means, self._array, out=work, mode="clip")
        np.subtract(values, work, out=work)
        np.multiply(work, work, out=work)
        variances = np.add.reduceat(work, starts) / self._counts
        np.equal(values, 0, out=work)
        zeros = np.add.reduceat(work, starts) / self._counts
        return Statistics(means, np.sqrt(variances), zeros)

    def histograms(self) -> list[Histogram]:
        """One per array, over the range of its own finite values; all are counted at once."""
        values, work, starts = self._values, self._work, self._starts
        if not np.isfinite(values).all():
            return [histogram(piece) for piece in self.pieces()]
        lows, highs = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        spans = highs - lows
        factors = (BINS - 1e-6) / np.where(spans > 0, spans, 1.0)
        np.take(lows, self._array, out=work, mode="clip")
        np.subtract(values, work, out=work)
        np.multiply(work, factors[self._array], out=work)
        np.add(work, self._first_bin, out=work)
        np.copyto(self._bin, work, casting="unsafe")
        counts = np.bincount(self._bin, minlength=BINS * len(starts)).astype(np.int32).reshape(-1, BINS)
        return [Histogram(*each) for each in zip(counts, lows.tolist(), highs.tolist(), strict=True)]


def strided(values: Array) -> tuple[Array, Any]:
    """(array, index): at most SAMPLES values, evenly strided over the array, a view where its memory is one piece or
    it is as small as that."""
    if values.flags.c_contiguous:
        return strided_view(values), ...
    if values.size <= SAMPLES:
        return values, ...
    stride = _stride(values)
    return values, np.unravel_index(np.arange(0, values.size, stride)[:SAMPLES], values.shape)


def strided_view(values: Array) -> Array:
    """At most SAMPLES values, evenly strided over an array whose memory is one piece."""
    return values.reshape(-1)[:: _stride(values)][:SAMPLES]


def _stride(values: Array) -> int:
    stride = max(1, values.size // SAMPLES)
    if stride > 1 and stride % 2 == 0:
        stride += 1  # an odd step does not always meet the same channels
    return stride


def histogram(values: Floats) -> Histogram:
    """Counts of the finite values in BINS equal bins from the smallest to the largest."""
    values = values[np.isfinite(values)]
    if not values.size:
        return Histogram(np.zeros(BINS, np.int32), 0.0, 0.0)
    low, high = float(values.min()), float(values.max())
    index = ((values - low) * ((BINS - 1e-6) / (high - low or 1.0))).astype(np.intp)
    return Histogram(np.bincount(index, minlength=BINS).astype(np.int32), low, high)
