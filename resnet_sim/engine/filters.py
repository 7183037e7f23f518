"""One filter of each convolution, as its card shows it: what W^{[l]} makes of the first channel for the first one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.measuring import samples_of
from resnet_sim.engine.model import Model

IMAGE_W = 4
"""Dimensions of the W of a convolution, (f, f, n_C_prev, n_C)."""


class Filters:
    """Of those of the parts that have filters. They come over with everything else that is measured."""

    def __init__(self, model: Model, parts: tuple[str, ...]) -> None:
        self.parts = parts
        known = {part: W for part in parts if (W := model.parameters.get((part, "W"))) is not None}
        self._sides = {part: W.shape[0] for part, W in known.items() if W.ndim == IMAGE_W}
        first = [known[part].reshape(f * f, -1)[:, 0] for part, f in self._sides.items()]
        self._samples = samples_of(first, model.backend) if first else None

    def queue(self) -> None:
        """Begin to copy, where that goes on beside."""
        if self._samples is not None:
            self._samples.queue()

    def taken(self) -> dict[str, NDArray[np.float32]]:
        """part -> (f, f): W[:, :, 0, 0] as it is now; on a GPU as it was fetched."""
        if self._samples is None:
            return {}
        self._samples.take()
        pieces = zip(self._sides.items(), self._samples.pieces(), strict=True)
        return {part: piece.reshape(f, f).astype(np.float32) for (part, f), piece in pieces}
