"""Losses and their gradients in NumPy."""

from __future__ import annotations

from functools import partial

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import NARROW, Operations
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation

MANY_ROWS = 32
"""From this many examples on."""


class Losses:
    """Cross-entropy behind softmax, and squared errors; z, y, yhat are (m, n)."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def softmax_cross_entropy(self, z: Array, y: Array, yhat: Array, loss: Array) -> Operations:
        m, n = z.shape
        narrow = n <= NARROW
        shifted = self._scratch.array("shifted", (m, n))
        total = self._scratch.array("total", ())
        log_sum = self._scratch.array("log_sum", (m, n if narrow else 1))
        add_up: Operation = (partial(np.add.reduce, axis=1, keepdims=True, out=log_sum), (yhat,))
        if narrow:  # a product with ones gives each sum n times, in less time than one reduction
            add_up = (yhat.dot, (self._scratch.ones(n * n).reshape(n, n), log_sum))
        return [
            *self._less_their_largest(z, shifted),
            (np.exp, (shifted, yhat)),
            add_up,
            (np.divide, (yhat, log_sum, yhat)),
            (np.log, (log_sum, log_sum)),
            (np.subtract, (log_sum, shifted, shifted)),  # -log yhat
            (shifted.reshape(1, -1).dot, (y.reshape(-1, 1), total.reshape(1, 1))),
            (np.multiply, (total, self._scratch.number(1 / m), loss)),  # one number in place takes thrice the time
        ]

    def _less_their_largest(self, z: Array, out: Array) -> Operations:
        """out (m, n) = z - the largest of each row, so that no exponential overflows."""
        m, n = z.shape
        largest = self._scratch.array("largest", (m, 1))
        found = self._largest_of_rows(z, largest)
        if n > NARROW:
            return [*found, (np.subtract, (z, largest, out))]
        spread = self._scratch.array("spread", (m, n))
        return [*found, (largest.dot, (self._scratch.ones(n).reshape(1, n), spread)), (np.subtract, (z, spread, out))]

    def _largest_of_rows(self, z: Array, out: Array) -> Operations:
        """out (m, 1): a reduction along short rows asks for each row; along columns the rows go side by side."""
        m, n = z.shape
        if n == 2:
            return [(partial(np.maximum, out=out[:, 0]), (z[:, 0], z[:, 1]))]
        if n > NARROW or m < MANY_ROWS:
            return [(partial(np.maximum.reduce, axis=1, keepdims=True, out=out), (z,))]
        columns = self._scratch.array("columns", (n, m))
        return [
            (np.copyto, (columns, z.T)),
            (partial(np.maximum.reduce, axis=0, out=out[:, 0]), (columns,)),
        ]

    def softmax_cross_entropy_backward(self, yhat: Array, y: Array, dz: Array) -> Operations:
        return [(np.subtract, (yhat, y, dz)), (np.multiply, (dz, self._scratch.number(1 / len(y)), dz))]

    def squared_error(self, yhat: Array, y: Array, loss: Array, factor: float) -> Operations:
        error, total = self._scratch.array("shifted", y.shape), self._scratch.array("total", ())
        return [
            (np.subtract, (yhat, y, error)),
            (error.reshape(1, -1).dot, (error.reshape(-1, 1), total.reshape(1, 1))),
            (np.multiply, (total, self._scratch.number(factor / len(y)), loss)),
        ]

    def squared_error_backward(self, yhat: Array, y: Array, dyhat: Array, factor: float) -> Operations:
        share = self._scratch.number(2 * factor / len(y))
        return [(np.subtract, (yhat, y, dyhat)), (np.multiply, (dyhat, share, dyhat))]
