"""A little of each W^{[l]}, as its card shows it: one filter of a convolution, a thinned matrix of a dense layer."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array
from resnet_sim.engine.measuring import samples_of
from resnet_sim.engine.model import Model

ROWS, COLUMNS = 24, 12
"""Of a matrix, at most: its rows are thinned as the bars of the layer beside it are."""


class SmallWeights:
    """Of those of the parts that have a W. It comes over with everything else that is measured."""

    def __init__(self, model: Model, parts: tuple[str, ...]) -> None:
        self.parts = parts
        self._shapes: dict[str, tuple[int, int]] = {}
        views: list[Array] = []
        for part in parts:
            W = model.parameters.get((part, "W"))
            if W is not None:
                views.append(little_of(W))
                self._shapes[part] = (W.shape[0], W.shape[0]) if W.ndim > 2 else views[-1].shape
        self._samples = samples_of(views, model.backend) if views else None

    def queue(self) -> None:
        """Begin to copy, where that goes on beside."""
        if self._samples is not None:
            self._samples.queue()

    def taken(self) -> dict[str, NDArray[np.float32]]:
        """part -> (f, f) or (rows, columns) of W as it is now; on a GPU as it was fetched."""
        if self._samples is None:
            return {}
        self._samples.take()
        pieces = zip(self._shapes.items(), self._samples.pieces(), strict=True)
        return {part: piece.reshape(shape).astype(np.float32) for (part, shape), piece in pieces}


def little_of(W: Array) -> Array:
    """A view of at most as many values as a sample has.

    Of W (f, f, n_C_prev, n_C), (f * f,): the filter that makes the first channel of the first one. Of W (n_out, n_in),
    (rows, columns): evenly thinned.
    """
    if W.ndim > 2:
        return W.reshape(W.shape[0] ** 2, -1)[:, 0]
    n_out, n_in = W.shape
    return W[:: ceil(n_out / ROWS), :: ceil(n_in / COLUMNS)]
