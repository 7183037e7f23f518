"""Losses and their gradients in NumPy."""

from __future__ import annotations

from functools import partial

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import NARROW, Operations, products
from resnet_sim.engine.backends.numpy_scratch import Scratch

MANY_ROWS = 32
"""From this many examples on."""


class Losses:
    """Cross-entropy behind softmax, and squared errors; z, y, yhat are (m, n), or stacks (L, m, n) with losses (L,)."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def softmax_cross_entropy(self, z: Array, y: Array, yhat: Array, loss: Array) -> Operations:
        *stack, m, n = z.shape
        narrow = n <= NARROW
        shifted = self._scratch.array("shifted", z.shape)
        log_sum = self._scratch.array("log_sum", (*stack, m, n if narrow else 1))
        add_up: Operations = [(partial(np.add.reduce, axis=-1, keepdims=True, out=log_sum), (yhat,))]
        if narrow:  # a product with ones gives each sum n times, in less time than one reduction
            add_up = products(yhat, self._scratch.ones(n * n).reshape(n, n), log_sum)
        return [
            *self._less_their_largest(z, shifted),
            (np.exp, (shifted, yhat)),
            *add_up,
            (np.divide, (yhat, log_sum, yhat)),
            (np.log, (log_sum, log_sum)),
            (np.subtract, (log_sum, shifted, shifted)),  # -log yhat
            *self._share_of_product(shifted, y, 1 / m, loss),
        ]

    def _share_of_product(self, x: Array, y: Array, share: float, loss: Array) -> Operations:
        """loss = share x . y"""
        *stack, m, n = x.shape
        total = self._scratch.array("total", (*stack, 1, 1))
        return [
            *products(x.reshape(*stack, 1, m * n), y.reshape(*stack, m * n, 1), total),
            # one number in place takes thrice the time
            (np.multiply, (total.reshape(loss.shape), self._scratch.number(share), loss)),
        ]

    def _less_their_largest(self, z: Array, out: Array) -> Operations:
        """out (m, n) = z - the largest of each row, so that no exponential overflows."""
        *stack, m, n = z.shape
        largest = self._scratch.array("largest", (*stack, m, 1))
        found = self._largest_of_rows(z, largest)
        if n > NARROW:
            return [*found, (np.subtract, (z, largest, out))]
        spread = self._scratch.array("spread", z.shape)
        lay_out = products(largest, self._scratch.ones(n).reshape(1, n), spread)
        return [*found, *lay_out, (np.subtract, (z, spread, out))]

    def _largest_of_rows(self, z: Array, out: Array) -> Operations:
        """out (m, 1): a reduction along short rows asks for each row; along columns the rows go side by side."""
        *stack, m, n = z.shape
        if n == 2:
            return [(partial(np.maximum, out=(out[..., 0],)), (z[..., 0], z[..., 1]))]
        if n > NARROW or m < MANY_ROWS:
            return [(partial(np.maximum.reduce, axis=-1, keepdims=True, out=out), (z,))]
        columns = self._scratch.array("columns", (*stack, n, m))
        return [
            (np.copyto, (columns, z.swapaxes(-1, -2))),
            (partial(np.maximum.reduce, axis=-2, out=(out[..., 0],)), (columns,)),
        ]

    def softmax_cross_entropy_backward(self, yhat: Array, y: Array, dz: Array) -> Operations:
        share = self._scratch.number(1 / y.shape[-2])
        return [(np.subtract, (yhat, y, dz)), (np.multiply, (dz, share, dz))]

    def squared_error(self, yhat: Array, y: Array, loss: Array, factor: float) -> Operations:
        error = self._scratch.array("shifted", y.shape)
        share = factor / y.shape[-2]
        return [(np.subtract, (yhat, y, error)), *self._share_of_product(error, error, share, loss)]

    def squared_error_backward(self, yhat: Array, y: Array, dyhat: Array, factor: float) -> Operations:
        share = self._scratch.number(2 * factor / y.shape[-2])
        return [(np.subtract, (yhat, y, dyhat)), (np.multiply, (dyhat, share, dyhat))]

    stacked_softmax_cross_entropy = softmax_cross_entropy
    stacked_softmax_cross_entropy_backward = softmax_cross_entropy_backward
    stacked_squared_error, stacked_squared_error_backward = squared_error, squared_error_backward
