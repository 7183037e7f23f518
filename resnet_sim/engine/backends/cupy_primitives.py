"""The primitives of the plan on the GPU, plain and fused (see cupy_fusion.py), except convolution and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.cupy_kernels import FUNCTIONS, THREADS, Columns, Kernels
from resnet_sim.engine.backends.cupy_scratch import DeviceScratch
from resnet_sim.engine.plan import Operation

Operations = list[Operation]
MOST_PARTS = 256


@dataclass(frozen=True)
class G:
    """An activation function as kernels take it."""

    function: int = 0
    slope: float = 0.0

    @classmethod
    def of(cls, function: str, slope: float) -> G:
        """By the name that the plan uses."""
        return cls(FUNCTIONS[function], float(slope))


class Primitives:
    """Each gives bound operations. halted: (1,) int32 on the device; not 0 once training stands still."""

    def __init__(self, kernels: Kernels, scratch: DeviceScratch, halted: Any) -> None:
        self._kernels, self._scratch, self._halted = kernels, scratch, halted

    # --- matrices -------------------------------------------------------------------------------------------------

    def gemm(self, a: Array, b: Array, out: Array, transpose_a: bool, transpose_b: bool) -> Operations:
        left = a.T if transpose_a else a
        right = b.T if transpose_b else b
        return [(left.dot, (right, out))]

    def inner(self, x: Array, y: Array, out: Array) -> Operations:
        return self._inner(x, y, out, squares=False, factor=1.0)

    def _inner(self, x: Array, y: Array, out: Array, squares: bool, factor: float) -> Operations:
        blocks = max(1, min(MOST_PARTS, -(-x.size // (4 * THREADS))))
        parts = self._scratch.array("inner", (blocks,))
        return [
            self._kernels.launch("inner_part", (blocks,), (THREADS,), x, y, parts, x.size, squares),
            self._kernels.one_block("total", parts, out, blocks, factor),
        ]

    # --- one pass behind a product --------------------------------------------------------------------------------

    def _join(
        self,
        x: Array,
        *,
        row: Array | None = None,
        batch_norm: tuple[Array, ...] = (),
        epsilon: float = 0.0,
        first: Array | None = None,
        term: Array | None = None,
        sum: Array | None = None,
        g: G | None = None,
        out: Array | None = None,
    ) -> Operation:
        """x, then + row or batch norm (-> first), then + term (-> sum), then g (-> out), as far as given."""
        before = 2 if batch_norm else 1 if row is not None else 0
        vectors = batch_norm or (x, x, x, x if row is None else row)  # x stands where nothing is read
        channels = vectors[3].size if before else 1
        g = g or G()
        return self._kernels.each(
            "join",
            x.size,
            x,
            *vectors,
            x if term is None else term,
            x if first is None else first,
            x if sum is None else sum,
            x if out is None else out,
            x.size,
            channels,
            before,
            term is not None,
            g.function,
            g.slope,
            float(epsilon),
        )

    def add_rows(self, x: Array, row: Array, out: Array) -> Operations:
        return [self._join(x, row=row, first=out)]

    def add(self, *arrays: Array) -> Operations:
        first, *others, out = arrays
        found = [self._join(first, term=others[0], sum=out)]
        return found + [self._join(out, term=each, sum=out) for each in others[1:]]

    def g(self, x: Array, out: Array, function: str, slope: float) -> Operations:
        return [self._join(x, g=G.of(function, slope), out=out)]

    def normalise(
        self, x: Array, mean: Array, variance: Array, gamma: Array, beta: Array, out: Array, epsilon: float
    ) -> Operations:
        return [self._join(x, batch_norm=(mean, variance, gamma, beta), epsilon=epsilon, first=out)]

    def joined(
        self,
        *arrays: Array,
        before: str,
        adds: bool,
        function: str,
        slope: float,
        epsilon: float,
    ) -> Operations:
        """`before` (add_rows, normalise or ""), a term and g in one pass; arrays: x, vectors, term, then results."""
        rest = list(arrays)
        x = rest.pop(0)
        row = rest.pop(0) if before == "add_rows" else None
        batch_norm = tuple(rest.pop(0) for _ in range(4)) if before == "normalise" else ()
        term = rest.pop(0) if adds else None
        first = rest.pop(0) if before else None
        total = rest.pop(0) if adds else None
        g, out = (G.of(function, slope), rest.pop(0)) if function else (None, None)
        return [
            self._join(
                x, row=row, batch_norm=batch_norm, epsilon=epsilon, first=first, term=term, sum=total, g=g, out=out
            )
        ]

    def scale(self, x: Array, s: Array, out: Array) -> Operations:
        return [self._kernels.each("scale", x.size, x, s, out, x.size)]

    def multiply(self, x: Array, y: Array, out: Array) -> Operations:
        return [self._kernels.each("multiply", x.size, x, y, out, x.size)]

    def g_backward(self, y: Array, dy: Array, dx: Array, function: str, slope: float) -> Operations:
        g = G.of(function, slope)
        return [self._kernels.each("g_backward", y.size, y, dy, dx, y.size, g.function, g.slope)]

    # --- sums over rows -------------------------------------------------------------------------------------------

    def sum_rows(self, x: Array, out: Array) -> Operations:
        at = Columns.of(x.size, x.shape[-1])
        if at.parts == 1:
            return [self._kernels.tiles("sum_rows", at, x, out, at.rows, at.columns, at.slab)]
        parts = self._scratch.array("parts", (at.parts, at.channels))
        return [
            self._kernels.tiles("sum_rows", at, x, parts, at.rows, at.columns, at.slab),
            self._sum_parts(at, parts, out),
        ]

    def _sum_parts(self, at: Columns, parts: Array, out: Array) -> Operation:
        return self._kernels.tall_tiles("sum_rows", at.channels, parts, out, at.parts, at.channels, at.parts)

    def g_backward_sum(self, y: Array, dy: Array, dx: Array, total: Array, function: str, slope: float) -> Operations:
        """dz = da g'(z) and db, its sum over rows, in one pass over da."""
        return self._back(dy, dx, total, y=y, g=G.of(function, slope))

    def g_normalise_backward(
        self,
        y: Array,
        dy: Array,
        x: Array,
        mean: Array,
        variance: Array,
        gamma: Array,
        du: Array,
        dgamma: Array,
        dbeta: Array,
        dx: Array | None,
        function: str,
        slope: float,
        epsilon: float,
    ) -> Operations:
        """du = da g' and the sums of batch norm in one pass over da, then dx."""
        g = G.of(function, slope)
        sums = self._back(dy, du, dbeta, y=y, g=g, norm=(x, mean, variance), dgamma=dgamma, epsilon=epsilon)
        return [*sums, *self._normalise_dx(x, mean, variance, gamma, du, dgamma, dbeta, dx, epsilon)]

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
        sums = self._back(dy, dy, dbeta, norm=(x, mean, variance), dgamma=dgamma, epsilon=epsilon)
        return [*sums, *self._normalise_dx(x, mean, variance, gamma, dy, dgamma, dbeta, dx, epsilon)]

    def _back(
        self,
        dy: Array,
        dz: Array,
        total: Array,
        *,
        y: Array | None = None,
        g: G | None = None,
        norm: tuple[Array, ...] = (),
        dgamma: Array | None = None,
        epsilon: float = 0.0,
    ) -> Operations:
        """dz (if g) and the sums of dz, with `norm` also those of dz xhat, over all rows."""
        at = Columns.of(dy.size, dy.shape[-1])
        g = g or G()
        straight = at.parts == 1
        parts = total if straight else self._scratch.array("parts", (at.parts, at.channels))
        xhat_parts = parts
        if dgamma is not None:
            xhat_parts = dgamma if straight else self._scratch.array("xhat parts", (at.parts, at.channels))
        x, mean, variance = norm or (dy, dy, dy)
        operations = [
            self._kernels.tiles(
                "back_part",
                at,
                x,
                mean,
                variance,
                dy if y is None else y,
                dy,
                dz,
                parts,
                xhat_parts,
                at.rows,
                at.columns,
                at.channels,
                at.slab,
                2 if norm else 1,
                g.function,
                g.slope,
                float(epsilon),
            )
        ]
        if not straight:
            operations.append(self._sum_parts(at, parts, total))
            if dgamma is not None:
                operations.append(self._sum_parts(at, xhat_parts, dgamma))
        return operations

    def _normalise_dx(
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
        if dx is None:
            return []
        channels = gamma.size
        arrays = (x, mean, variance, gamma, dy, dgamma, dbeta, dx)
        share = channels / x.size
        return [self._kernels.each("normalise_dx", x.size, *arrays, x.size, channels, float(epsilon), share)]

    # --- batch norm's statistics ----------------------------------------------------------------------------------

    def moments(self, x: Array, mean: Array, variance: Array) -> Operations:
        return self._moments(x, mean, variance, mean, variance, runs=False, keep=0.0, unbiased=0.0)

    def moments_run(
        self,
        x: Array,
        mean: Array,
        variance: Array,
        running_mean: Array,
        running_variance: Array,
        rows: int,
        keep: float,
    ) -> Operations:
        """Mean and variance, and the running ones with them."""
        unbiased = _unbiased(rows, keep)
        return self._moments(x, mean, variance, running_mean, running_variance, runs=True, keep=keep, unbiased=unbiased)

    def _moments(
        self,
        x: Array,
        mean: Array,
        variance: Array,
        running_mean: Array,
        running_variance: Array,
        *,
        runs: bool,
        keep: float,
        unbiased: float,
    ) -> Operations:
        at = Columns.of(x.size, x.shape[-1])
        means = self._scratch.array("parts", (at.parts, at.channels))
        squares = self._scratch.array("xhat parts", (at.parts, at.channels))
        vectors = (mean, variance, running_mean, running_variance)
        sizes = (at.rows, at.slab, at.fold, at.channels, at.parts)
        last = (runs, float(keep), float(unbiased), self._halted)
        return [
            self._kernels.tiles("moments_part", at, x, means, squares, at.rows, at.columns, at.slab),
            self._kernels.tall_tiles("moments_whole", at.channels, means, squares, *vectors, *sizes, *last),
        ]

    def run_statistics(
        self, mean: Array, variance: Array, running_mean: Array, running_variance: Array, rows: int, keep: float
    ) -> Operations:
        vectors = (mean, variance, running_mean, running_variance)
        numbers = (mean.size, float(keep), _unbiased(rows, keep), self._halted)
        return [self._kernels.each("run_statistics", mean.size, *vectors, *numbers)]

    # --- losses ---------------------------------------------------------------------------------------------------

    def softmax_cross_entropy(self, z: Array, y: Array, yhat: Array, loss: Array) -> Operations:
        m, n = z.shape
        losses = self._scratch.array("losses", (m,))
        return [
            self._kernels.each("softmax_cross_entropy", m, z, y, yhat, losses, m, n),
            self._kernels.one_block("total", losses, loss, m, 1 / m),
        ]

    def softmax_cross_entropy_backward(self, yhat: Array, y: Array, dz: Array) -> Operations:
        return [self._kernels.each("difference", y.size, yhat, y, dz, y.size, 1 / len(y))]

    def squared_error(self, yhat: Array, y: Array, loss: Array, factor: float) -> Operations:
        return self._inner(yhat, y, loss, squares=True, factor=factor / len(y))

    def squared_error_backward(self, yhat: Array, y: Array, dyhat: Array, factor: float) -> Operations:
        return [self._kernels.each("difference", y.size, yhat, y, dyhat, y.size, 2 * factor / len(y))]


def _unbiased(rows: int, keep: float) -> float:
    return (1 - keep) * (rows / (rows - 1) if rows > 1 else 1.0)
