"""The primitives in NumPy. Each returns bound operations: (function, arguments), arrays and scratch in place.

The tricks (measured on one core): ReLU against an array of zeros, column sums as ones . x, per-channel vectors tiled to
a whole image row, 0-d arrays instead of Python numbers. Their results depend on shapes alone, never on load.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Clock, Hyper
from resnet_sim.engine.backends.numpy_convolution import Convolution
from resnet_sim.engine.backends.numpy_pooling import Pooling
from resnet_sim.engine.backends.numpy_scratch import Scratch, per_row, rows_of
from resnet_sim.engine.plan import Call, Operation
from resnet_sim.state.start import stream

Operations = list[Operation]


class NumpyBackend:
    """Implements engine.backend.Backend; dtype float32 or float64."""

    name = "numpy"

    def __init__(self, dtype: str = "float32") -> None:
        self.dtype = dtype
        self.clock = Clock()
        self._scratch = Scratch(dtype)
        self._convolution = Convolution(self._scratch)
        self._pooling = Pooling(self._scratch)

    def zeros(self, shape: tuple[int, ...]) -> Array:
        return np.zeros(shape, self.dtype)

    def to_host(self, array: Array) -> NDArray[Any]:
        return array.copy()

    def to_device(self, array: NDArray[Any], out: Array) -> None:
        out[...] = array

    def bind(self, call: Call, reads: tuple[Array, ...], writes: tuple[Array | None, ...]) -> Operations:
        for room in (self, self._convolution, self._pooling):
            primitive = getattr(room, call.primitive, None)
            if primitive is not None:
                operations: Operations = primitive(*reads, *writes, **call.settings)
                return operations
        raise AssertionError(f"the NumPy backend has no primitive {call.primitive!r}")

    # --- matrices and sums ----------------------------------------------------------------------------------------

    def gemm(self, a: Array, b: Array, out: Array, transpose_a: bool, transpose_b: bool) -> Operations:
        left = a.T if transpose_a else a
        right = b.T if transpose_b else b
        return [(left.dot, (right, out))]

    def add_rows(self, x: Array, row: Array, out: Array) -> Operations:
        tiled, fill = self._tile(row, x)
        return [*fill, (np.add, (rows_of(x), tiled, rows_of(out)))]

    def sum_rows(self, x: Array, out: Array) -> Operations:
        return self._column_sums(x, out)

    def add(self, *arrays: Array) -> Operations:
        *terms, out = arrays
        first: Operations = [(np.add, (terms[0], terms[1], out))]
        return first + [(np.add, (out, term, out)) for term in terms[2:]]

    def scale(self, x: Array, s: Array, out: Array) -> Operations:
        return [(np.multiply, (x, s, out))]

    def inner(self, x: Array, y: Array, out: Array) -> Operations:
        return [(x.reshape(1, -1).dot, (y.reshape(-1, 1), out.reshape(1, 1)))]

    def multiply(self, x: Array, y: Array, out: Array) -> Operations:
        return [(np.multiply, (x, y, out))]

    def _tile(self, channels: Array, x: Array) -> tuple[Array, Operations]:
        """A per-channel vector laid out along a whole row of x, so that inner loops are long."""
        repeats = per_row(x)
        if repeats == 1:
            return channels, []
        tiled = np.empty((repeats, len(channels)), self.dtype)
        return tiled.reshape(-1), [(np.copyto, (tiled, channels))]

    def _column_sums(self, x: Array, out: Array) -> Operations:
        rows, repeats = rows_of(x), per_row(x)
        ones = self._scratch.ones(len(rows))
        if repeats == 1:
            return [(ones.dot, (rows, out))]
        folded = self._scratch.array("folded", (rows.shape[1],))
        return [
            (ones.dot, (rows, folded)),
            (self._scratch.ones(repeats).dot, (folded.reshape(repeats, -1), out)),
        ]

    # --- g --------------------------------------------------------------------------------------------------------

    def g(self, x: Array, out: Array, function: str, slope: float) -> Operations:
        half = self._scratch.number(0.5)
        if function == "relu":
            return [(partial(np.maximum, out=out), (x, self._scratch.zeros(x.shape)))]
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

    # --- batch norm -----------------------------------------------------------------------------------------------

    def moments(self, x: Array, mean: Array, variance: Array) -> Operations:
        """Two passes: the deviations first, so that nothing cancels when |mean| >> std."""
        share = self._scratch.number(1 / (x.size // x.shape[-1]))
        deviation = self._scratch.array("deviation", x.shape)
        tiled, fill = self._tile(mean, x)
        return [
            *self._column_sums(x, mean),
            (np.multiply, (mean, share, mean)),
            *fill,
            (np.subtract, (rows_of(x), tiled, rows_of(deviation))),
            (np.multiply, (deviation, deviation, deviation)),
            *self._column_sums(deviation, variance),
            (np.multiply, (variance, share, variance)),
        ]

    def run_statistics(
        self, mean: Array, variance: Array, running_mean: Array, running_variance: Array, rows: int, keep: float
    ) -> Operations:
        fresh = np.empty_like(mean)
        unbiased = (1 - keep) * (rows / (rows - 1) if rows > 1 else 1.0)
        kept = self._scratch.number(keep)
        return [
            (np.multiply, (running_mean, kept, running_mean)),
            (np.multiply, (mean, self._scratch.number(1 - keep), fresh)),
            (np.add, (running_mean, fresh, running_mean)),
            (np.multiply, (running_variance, kept, running_variance)),
            (np.multiply, (variance, self._scratch.number(unbiased), fresh)),
            (np.add, (running_variance, fresh, running_variance)),
        ]

    def _inverse_deviation(self, variance: Array, epsilon: float, out: Array) -> Operations:
        return [
            (np.add, (variance, self._scratch.number(epsilon), out)),
            (np.sqrt, (out, out)),
            (np.reciprocal, (out, out)),
        ]

    def normalise(
        self, x: Array, mean: Array, variance: Array, gamma: Array, beta: Array, out: Array, epsilon: float
    ) -> Operations:
        factor = np.empty_like(gamma)
        tiled_mean, fill_mean = self._tile(mean, x)
        tiled_factor, fill_factor = self._tile(factor, x)
        tiled_beta, fill_beta = self._tile(beta, x)
        rows = rows_of(out)
        return [
            *self._inverse_deviation(variance, epsilon, factor),
            (np.multiply, (factor, gamma, factor)),
            *fill_mean,
            *fill_factor,
            *fill_beta,
            (np.subtract, (rows_of(x), tiled_mean, rows)),
            (np.multiply, (rows, tiled_factor, rows)),
            (np.add, (rows, tiled_beta, rows)),
        ]

    def normalise_backward(
        self,
        x: Array,
        mean: Array,
        variance: Array,
        gamma: Array,
        dy: Array,
        dgamma: Array,
        dbeta: Array,
        dx: Array | None,
        epsilon: float,
    ) -> Operations:
        """dx = gamma / sigma (dy - mean(dy) - xhat mean(dy xhat)) (Ioffe and Szegedy 2015)."""
        share = self._scratch.number(1 / (x.size // x.shape[-1]))
        inverse, a, b, c = (np.empty_like(gamma) for _ in range(4))
        xhat, product = self._scratch.array("xhat", x.shape), self._scratch.array("product", x.shape)
        tiled_mean, fill_mean = self._tile(mean, x)
        tiled_inverse, fill_inverse = self._tile(inverse, x)
        operations: Operations = [
            *self._inverse_deviation(variance, epsilon, inverse),
            *fill_mean,
            *fill_inverse,
            (np.subtract, (rows_of(x), tiled_mean, rows_of(xhat))),
            (np.multiply, (rows_of(xhat), tiled_inverse, rows_of(xhat))),
            *self._column_sums(dy, dbeta),
            (np.multiply, (dy, xhat, product)),
            *self._column_sums(product, dgamma),
        ]
        if dx is None:
            return operations
        tiled_a, fill_a = self._tile(a, x)
        tiled_b, fill_b = self._tile(b, x)
        tiled_c, fill_c = self._tile(c, x)
        return [
            *operations,
            (np.multiply, (dgamma, share, a)),
            (np.multiply, (dbeta, share, b)),
            (np.multiply, (gamma, inverse, c)),
            *fill_a,
            *fill_b,
            *fill_c,
            (np.multiply, (rows_of(xhat), tiled_a, rows_of(xhat))),
            (np.subtract, (rows_of(dy), tiled_b, rows_of(dx))),
            (np.subtract, (dx, xhat, dx)),
            (np.multiply, (rows_of(dx), tiled_c, rows_of(dx))),
        ]

    # --- dropout and losses ---------------------------------------------------------------------------------------

    def dropout(self, x: Array, mask: Array, out: Array, keep: float, stream: str) -> Operations:
        return [(self._draw_mask, (mask, keep, stream)), (np.multiply, (x, mask, out))]

    def _draw_mask(self, mask: Array, keep: float, name: str) -> None:
        drawn = stream(self.clock.seed, "dropout", name, str(self.clock.step)).random(mask.shape, np.float32)
        np.divide(drawn < keep, keep, out=mask)

    def softmax_cross_entropy(self, z: Array, y: Array, yhat: Array, loss: Array) -> Operations:
        m, n = z.shape
        shifted, log_sum = self._scratch.array("shifted", (m, n)), self._scratch.array("log_sum", (m, 1))
        largest = self._scratch.array("largest", (m, 1))
        return [
            (partial(np.maximum.reduce, axis=1, keepdims=True, out=largest), (z,)),
            (np.subtract, (z, largest, shifted)),
            (np.exp, (shifted, yhat)),
            (partial(np.add.reduce, axis=1, keepdims=True, out=log_sum), (yhat,)),
            (np.divide, (yhat, log_sum, yhat)),
            (np.log, (log_sum, log_sum)),
            (np.subtract, (log_sum, shifted, shifted)),  # -log yhat
            (shifted.reshape(1, -1).dot, (y.reshape(-1, 1), loss.reshape(1, 1))),
            (np.multiply, (loss, self._scratch.number(1 / m), loss)),
        ]

    def softmax_cross_entropy_backward(self, yhat: Array, y: Array, dz: Array) -> Operations:
        return [(np.subtract, (yhat, y, dz)), (np.multiply, (dz, self._scratch.number(1 / len(y)), dz))]

    def squared_error(self, yhat: Array, y: Array, loss: Array, factor: float) -> Operations:
        error = self._scratch.array("shifted", y.shape)
        return [
            (np.subtract, (yhat, y, error)),
            (error.reshape(1, -1).dot, (error.reshape(-1, 1), loss.reshape(1, 1))),
            (np.multiply, (loss, self._scratch.number(factor / len(y)), loss)),
        ]

    def squared_error_backward(self, yhat: Array, y: Array, dyhat: Array, factor: float) -> Operations:
        share = self._scratch.number(2 * factor / len(y))
        return [(np.subtract, (yhat, y, dyhat)), (np.multiply, (dyhat, share, dyhat))]

    # --- optimisers -----------------------------------------------------------------------------------------------

    def optimiser_step(
        self, kind: str, w: Array, dw: Array, decay: Array, slots: Mapping[str, Array], update: Array, hyper: Hyper
    ) -> Operations:
        if kind == "adam":
            return self._adam(w, dw, decay, slots["m"], slots["s"], update, hyper)
        gradient: Operations = [(np.multiply, (w, decay, update)), (np.add, (update, dw, update))]  # dW + lambda W
        if kind == "momentum":  # v <- beta v + dW + lambda W
            v = slots["v"]
            gradient += [(np.multiply, (v, hyper.beta, v)), (np.add, (v, update, v))]
            gradient += [(np.multiply, (v, hyper.rate, update))]
        else:
            gradient += [(np.multiply, (update, hyper.rate, update))]
        return [*gradient, (np.subtract, (w, update, w))]

    def _adam(self, w: Array, dw: Array, decay: Array, m: Array, s: Array, update: Array, hyper: Hyper) -> Operations:
        """Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
        root = self._scratch.array("root", w.shape)
        return [
            (np.multiply, (dw, hyper.one_minus_beta, update)),
            (np.multiply, (m, hyper.beta, m)),
            (np.add, (m, update, m)),
            (np.multiply, (dw, dw, update)),
            (np.multiply, (update, hyper.one_minus_beta2, update)),
            (np.multiply, (s, hyper.beta2, s)),
            (np.add, (s, update, s)),
            (np.sqrt, (s, root)),
            (np.multiply, (root, hyper.correct2, root)),
            (np.add, (root, hyper.epsilon, root)),
            (np.divide, (m, root, update)),
            (np.multiply, (update, hyper.correct1, update)),
            (np.multiply, (w, decay, root)),
            (np.multiply, (root, hyper.rate, root)),
            (np.add, (update, root, update)),
            (np.subtract, (w, update, w)),
        ]
