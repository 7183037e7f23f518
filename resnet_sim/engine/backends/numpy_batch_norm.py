"""Batch norm in NumPy: statistics that do not cancel, and per-channel numbers laid out along rows."""

from __future__ import annotations

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import Operations, by_channel, column_sums, line, per_channel, rows_of
from resnet_sim.engine.backends.numpy_scratch import Scratch


class BatchNorm:
    """Mean and variance per channel, normalising, and the way back."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    # --- statistics -----------------------------------------------------------------------------------------------

    def moments(self, x: Array, mean: Array, variance: Array) -> Operations:
        """Two passes: the deviations first, so that nothing cancels when |mean| >> std."""
        share = self._scratch.number(1 / per_channel(x))
        deviation = self._scratch.array("deviation", x.shape)
        return [
            *self.mean(x, mean),
            *by_channel(np.subtract, self._scratch, x, mean, deviation),
            (np.multiply, (deviation, deviation, deviation)),
            *column_sums(self._scratch, deviation, variance),
            (np.multiply, (variance, share, variance)),
        ]

    def mean(self, x: Array, mean: Array) -> Operations:
        """mean (n_C,) over all axes but the last."""
        share = self._scratch.number(1 / per_channel(x))
        return [*column_sums(self._scratch, x, mean), (np.multiply, (mean, share, mean))]

    def spread(self, x: Array, middle: Array, sums: Array, squares: Array) -> Operations:
        """sums and squares, lines: the sums of x - middle and of its squares, the line middle near the mean."""
        deviation = self._scratch.array("deviation", x.shape)
        return [
            (np.subtract, (rows_of(x), middle, rows_of(deviation))),
            *column_sums(self._scratch, deviation, sums),
            (np.multiply, (deviation, deviation, deviation)),
            *column_sums(self._scratch, deviation, squares),
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

    # --- in lines ---------------------------------------------------------------------------------------------------

    def normalise_line(
        self,
        mean: Array,
        variance: Array,
        gamma: Array,
        beta: Array,
        factor: Array,
        offset: Array,
        inverse: Array,
        epsilon: float,
    ) -> Operations:
        """inverse = 1 / sqrt(variance + epsilon), factor = gamma inverse, offset = beta - mean factor."""
        (slope, shift), fill = _room(gamma, factor, offset)
        return [
            *self._inverse_deviation(variance, epsilon, inverse),
            (np.multiply, (inverse, gamma, slope)),
            (np.multiply, (mean, slope, shift)),
            (np.subtract, (beta, shift, shift)),
            *fill,
        ]

    def affine(self, x: Array, factor: Array, offset: Array, out: Array) -> Operations:
        """out = factor x + offset."""
        return [
            *by_channel(np.multiply, self._scratch, x, factor, out),
            *by_channel(np.add, self._scratch, out, offset, out),
        ]

    def normalise_sums(self, x: Array, dy: Array, products: Array, dbeta: Array) -> Operations:
        """dbeta = sum dy, products = sum dy x."""
        product = self._scratch.array("product", x.shape)
        return [
            *column_sums(self._scratch, dy, dbeta),
            (np.multiply, (x, dy, product)),
            *column_sums(self._scratch, product, products),
        ]

    def normalise_slopes(
        self,
        products: Array,
        dbeta: Array,
        mean: Array,
        inverse: Array,
        factor: Array,
        dgamma: Array,
        b: Array,
        c: Array,
        rows: int,
    ) -> Operations:
        """dgamma = sum dy xhat = (sum dy x - mean sum dy) / sigma, and dx as A dy + B x + C.

        dx = gamma / sigma (dy - mean(dy) - xhat mean(dy xhat)) (Ioffe and Szegedy 2015, section 3), so that
        A = gamma / sigma, the factor of the way forward, B = -A mean(dy xhat) / sigma and C = -A mean(dy) - B mean.
        """
        part = np.empty_like(mean)
        slope = factor if factor.shape == mean.shape else factor[0]
        (bend, shift), fill = _room(mean, b, c)
        share = self._scratch.number(-1 / rows)
        return [
            (np.multiply, (mean, dbeta, part)),
            (np.subtract, (products, part, part)),
            (np.multiply, (part, inverse, dgamma)),
            (np.multiply, (dgamma, share, bend)),
            (np.multiply, (bend, inverse, bend)),
            (np.multiply, (bend, slope, bend)),
            (np.multiply, (dbeta, share, shift)),
            (np.multiply, (shift, slope, shift)),
            (np.multiply, (bend, mean, part)),
            (np.subtract, (shift, part, shift)),
            *fill,
        ]

    def blend(self, dy: Array, a: Array, x: Array, b: Array, c: Array, out: Array) -> Operations:
        """out = a dy + b x + c."""
        bent = self._scratch.array("product", x.shape)
        return [
            *by_channel(np.multiply, self._scratch, x, b, bent),
            *by_channel(np.add, self._scratch, bent, c, bent),
            *by_channel(np.multiply, self._scratch, dy, a, out),
            (np.add, (out, bent, out)),
        ]

    def _inverse_deviation(self, variance: Array, epsilon: float, out: Array) -> Operations:
        return [
            (np.add, (variance, self._scratch.number(epsilon), out)),
            (np.sqrt, (out, out)),
            (np.reciprocal, (out, out)),
        ]

    # --- in stacks --------------------------------------------------------------------------------------------------

    stacked_moments = moments
    stacked_run_statistics = run_statistics
    stacked_normalise_line = normalise_line
    stacked_affine = affine
    stacked_normalise_sums = normalise_sums
    stacked_normalise_slopes = normalise_slopes
    stacked_blend = blend

    # --- at once: what the plain plan calls -------------------------------------------------------------------------

    def normalise(
        self, x: Array, mean: Array, variance: Array, gamma: Array, beta: Array, out: Array, epsilon: float
    ) -> Operations:
        factor = np.empty_like(gamma)
        tiled_mean, fill_mean = line(mean, x)
        tiled_factor, fill_factor = line(factor, x)
        tiled_beta, fill_beta = line(beta, x)
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
        tiled_mean, fill_mean = line(mean, x)
        tiled_inverse, fill_inverse = line(inverse, x)
        operations: Operations = [
            *self._inverse_deviation(variance, epsilon, inverse),
            *fill_mean,
            *fill_inverse,
            (np.subtract, (rows_of(x), tiled_mean, rows_of(xhat))),
            (np.multiply, (rows_of(xhat), tiled_inverse, rows_of(xhat))),
            *column_sums(self._scratch, dy, dbeta),
            (np.multiply, (dy, xhat, product)),
            *column_sums(self._scratch, product, dgamma),
        ]
        if dx is None:
            return operations
        tiled_a, fill_a = line(a, x)
        tiled_b, fill_b = line(b, x)
        tiled_c, fill_c = line(c, x)
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


def _room(like: Array, *lines: Array) -> tuple[list[Array], Operations]:
    """For each line one number per channel to work on, and what then fills the lines: nothing where they are these."""
    if lines[0].size == like.size:
        return [each.reshape(like.shape) for each in lines], []
    made = [np.empty_like(like) for _ in lines]
    return made, [(np.copyto, (line, each)) for line, each in zip(lines, made, strict=True)]
