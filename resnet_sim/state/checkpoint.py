"""A checkpoint: everything a run needs to go on exactly as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
ArrayKey = tuple[str, str]
"""(part id, parameter name): ("conv1", "W"), ("skip1", "W_s"), ("skip1/batch_norm", "gamma")."""
SlotKey = tuple[str, str, str]
"""(part id, parameter name, slot): slot "v" (momentum), "m" and "s" (Adam)."""


class Progress(NamedTuple):
    """Where a run stands. Batches and dropout are drawn from (seed, epoch) and (seed, step): this IS the random state.

    epoch counts finished passes; `taken` counts the examples of the current one already used. updates counts optimiser
    steps since its slots were last zeroed (Adam's t).
    """

    seed: int = 0
    step: int = 0
    epoch: int = 0
    taken: int = 0
    updates: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """Weights, optimiser slots and progress. Arrays are never written to once they are here: versions share them."""

    arrays: Mapping[ArrayKey, Array] = field(default_factory=dict)
    slots: Mapping[SlotKey, Array] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(a.nbytes for a in self.arrays.values()) + sum(a.nbytes for a in self.slots.values())
