"""Live measurements of one training step, taken between backward and update so that all are of one and the same step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SAMPLES = 512
"""Values of a layer that its histogram and its statistics are taken from."""
BINS = 32


@dataclass(frozen=True)
class Probe:
    """What to measure in a step: `series` (norms, statistics, blocks), histograms and channel pictures of some parts.

    example: which row of the training set the pictures show.
    """

    series: bool = True
    histograms: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    example: int = 0


@dataclass(frozen=True)
class Histogram:
    """counts (BINS,) int32 over [low, high] of the sampled values."""

    counts: NDArray[np.int32]
    low: float
    high: float


@dataclass(frozen=True)
class Measurement:
    """What a probe found. A series that is undefined (a dead layer, ||a|| = 0) is None."""

    series: dict[str, float | None] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)
