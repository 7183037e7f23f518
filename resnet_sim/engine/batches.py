"""The examples of a run where its backend can read them, and the mini-batches drawn from them."""

from __future__ import annotations

import numpy as np

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Array, Backend
from resnet_sim.engine.model import BoundPlan
from resnet_sim.state.checkpoint import Progress
from resnet_sim.state.start import stream


class Batches:
    """Both sets, and the order of the present epoch: a function of seed and epoch, drawn by NumPy."""

    def __init__(self, data: Data, backend: Backend) -> None:
        self._backend = backend
        self.train_x, self.train_y, self.dev_x, self.dev_y = (
            backend.place(np.asarray(each, backend.dtype))
            for each in (data.train_x, data.train_y, data.dev_x, data.dev_y)
        )
        self._order: tuple[tuple[int, int], Array] | None = None

    def load(self, plan: BoundPlan, at: Progress) -> None:
        """Fill x and y of a plan with the next mini-batch."""
        key = (at.seed, at.epoch)
        if self._order is None or self._order[0] != key:
            drawn = stream(at.seed, "batches", str(at.epoch)).permutation(len(self.train_x))
            self._order = (key, self._backend.place(drawn))
        self._backend.take(self.train_x, self._order[1], at.taken, plan.x)
        self._backend.take(self.train_y, self._order[1], at.taken, plan.y)

    def show(self, plan: BoundPlan, example: int) -> None:
        """Fill a plan of one example with this row of the training set, or the nearest there is."""
        row = min(max(example, 0), len(self.train_x) - 1)
        plan.x[0], plan.y[0] = self.train_x[row], self.train_y[row]
