"""Matrices, sums, g and dropout in NumPy, element by element.

The tricks (measured on one core): ReLU against an array of zeros, column sums as ones . x, 0-d arrays instead of Python
numbers.
"""

from __future__ import annotations

from functools import partial
from math import isqrt

import numpy as np

from resnet_sim.engine.backend import Array, Clock
from resnet_sim.engine.backends.numpy_channels import NARROW, Operations, by_channel, column_sums, products
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation
from resnet_sim.state.start import stream

FEW_ROWS = 4
"""As many rows in a line are worth one call more."""
FEW = 1024
"""Up to this many numbers a call costs more than they do."""


class Elements:
    """The primitives that know no windows."""

    def __init__(self, scratch: Scratch, clock: Clock) -> None:
        self._scratch = scratch
        self._clock = clock

    # --- matrices and sums ----------------------------------------------------------------------------------------

    def gemm(self, a: Array, b: Array, out: Array, transpose_a: bool, transpose_b: bool) -> Operations:
        left = a.T if transpose_a else a
        right = b.T if transpose_b else b
        return [(left.dot, (right, out))]

    def stacked_gemm(self, a: Array, b: Array, out: Array, transpose_a: bool, transpose_b: bool) -> Operations:
        left = a.swapaxes(-1, -2) if transpose_a else a
        right = b.swapaxes(-1, -2) if transpose_b else b
        return [(np.matmul, (left, right, out))]

    def rows(self, row: Array, out: Array) -> Operations:
        """Each row of out is `row`; many short rows in two goes: a few rows in a line, then that line."""
        m, n = out.shape[-2:]
        few = max(k for k in range(1, isqrt(m) + 1) if m % k == 0)
        if few < FEW_ROWS or not out.flags.c_contiguous:
            return [(np.copyto, (out, row[..., None, :]))]
        line = self._scratch.array("line", (*out.shape[:-2], few, n))
        lines = line.reshape(*out.shape[:-2], 1, few * n)
        return [
            (np.copyto, (line, row[..., None, :])),
            (np.copyto, (out.reshape(*out.shape[:-2], m // few, few * n), lines)),
        ]

    stacked_rows = rows

    def add_rows(self, x: Array, row: Array, out: Array) -> Operations:
        if x.ndim < 4 and x.shape[-1] <= NARROW:  # a product with ones lays the rows out in half the time
            rows = self._scratch.array("rows", x.shape)
            ones = self._scratch.ones(x.shape[-2]).reshape(-1, 1)
            return [*products(ones, row[..., None, :], rows), (np.add, (x, rows, out))]
        return by_channel(np.add, self._scratch, x, row, out)

    stacked_add_rows = add_rows

    def sum_rows(self, x: Array, out: Array) -> Operations:
        return column_sums(self._scratch, x, out)

    def stacked_sum_rows(self, x: Array, out: Array) -> Operations:
        ones = self._scratch.ones(x.shape[-2]).reshape(1, -1)
        return [(np.matmul, (ones, x, out[..., None, :]))]

    def add(self, *arrays: Array) -> Operations:
        *terms, out = arrays
        first: Operations = [(np.add, (terms[0], terms[1], out))]
        return first + [(np.add, (out, term, out)) for term in terms[2:]]

    stacked_add = add

    def scale(self, x: Array, s: Array, out: Array) -> Operations:
        return [(np.multiply, (x, s, out))]

    def inner(self, x: Array, y: Array, out: Array) -> Operations:
        return [(x.reshape(1, -1).dot, (y.reshape(-1, 1), out.reshape(1, 1)))]

    def multiply(self, x: Array, y: Array, out: Array) -> Operations:
        return [(np.multiply, (x, y, out))]

    stacked_multiply = multiply

    # --- g --------------------------------------------------------------------------------------------------------

    def g(self, x: Array, out: Array, function: str, slope: float) -> Operations:
        half = self._scratch.number(0.5)
        if function == "relu":
            return [(partial(np.maximum, out=(out,)), (x, self._scratch.zeros(x.shape)))]
        if function == "leaky_relu":
            return [(np.multiply, (x, self._scratch.number(slope), out)), (partial(np.maximum, out=out), (x, out))]
        if function == "tanh":
            return [(np.tanh, (x, out))]
        return [  # sigmoid(x) = (1 + tanh(x / 2)) / 2: never overflows
            (np.multiply, (x, half, out)),
            (np.tanh, (out, out)),
            (np.multiply, (out, half, out)),
            (np.add, (out, half, out)),
        ]

    def g_backward(self, y: Array, dy: Array, dx: Array, function: str, slope: float) -> Operations:
        one = self._scratch.number(1.0)
        if function in ("relu", "leaky_relu"):
            positive = self._scratch.mask(y.shape)
            mask: Operation = (np.greater, (y, self._scratch.zeros(y.shape), positive))
            if function == "relu":
                return [mask, (np.multiply, (dy, positive, dx))]
            return [
                mask,
                (np.multiply, (positive, self._scratch.number(1 - slope), dx)),
                (np.add, (dx, self._scratch.number(slope), dx)),
                (np.multiply, (dx, dy, dx)),
            ]
        if function == "tanh":  # g' = 1 - a^2
            return [(np.multiply, (y, y, dx)), (np.subtract, (one, dx, dx)), (np.multiply, (dx, dy, dx))]
        return [  # g' = a (1 - a)
            (np.subtract, (one, y, dx)),
            (np.multiply, (dx, y, dx)),
            (np.multiply, (dx, dy, dx)),
        ]

    stacked_g, stacked_g_backward = g, g_backward

    def mask(self, y: Array, out: Array) -> Operations:
        """out = 1 where y > 0, else 0: g' of ReLU, whose y is never negative."""
        if y.size <= FEW:  # slower per number, but one call
            return [(np.sign, (y, out))]
        positive = self._scratch.mask(y.shape)
        return [(np.greater, (y, self._scratch.zeros(y.shape), positive)), (np.copyto, (out, positive))]

    stacked_mask = mask

    # --- dropout --------------------------------------------------------------------------------------------------

    def dropout(self, x: Array, mask: Array, out: Array, keep: float, stream: str) -> Operations:
        return [(self._draw_mask, (mask, keep, stream)), (np.multiply, (x, mask, out))]

    def _draw_mask(self, mask: Array, keep: float, name: str) -> None:
        drawn = stream(self._clock.seed, "dropout", name, str(self._clock.step)).random(mask.shape, np.float32)
        np.divide(drawn < keep, keep, out=mask)
