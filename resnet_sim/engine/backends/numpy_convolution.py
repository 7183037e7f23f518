"""Convolution in NumPy: patches of a few images, sized to stay in the cache, times the filters as one matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation

Operations = list[Operation]
CHUNK_BYTES = 1_000_000
"""Patches made at a time: about the second-level cache of a core."""
SMALL_PRODUCT = 1_000_000
"""Up to this M N K OpenBLAS multiplies without packing, which is faster for few channels (measured: 1.4x)."""


class Convolution:
    """The three products of a convolution; images (m, n_H, n_W, n_C), filters (f, f, n_C_prev, n_C)."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def convolve(self, x: Array, W: Array, out: Array, stride: int, padding: int) -> Operations:
        filters = W.reshape(-1, W.shape[3])
        operations: Operations = []
        for first, last, patches, gather in self._patches(x, W.shape[0], out.shape, stride, padding):
            operations += gather
            operations += self._multiply(patches, filters, out[first:last].reshape(-1, out.shape[3]))
        return operations

    def convolve_dW(self, x: Array, dz: Array, dW: Array, stride: int, padding: int) -> Operations:  # noqa: N802
        total = dW.reshape(-1, dW.shape[3])
        part = self._scratch.array("dW", total.shape)
        operations: Operations = []
        for first, last, patches, gather in self._patches(x, dW.shape[0], dz.shape, stride, padding):
            operations += gather
            rows = dz[first:last].reshape(-1, dz.shape[3])
            operations.append((patches.T.dot, (rows, total if first == 0 else part)))
            if first:
                operations.append((np.add, (total, part, total)))
        return operations

    def convolve_dx(self, dz: Array, W: Array, dx: Array, stride: int, padding: int) -> Operations:
        f = W.shape[0]
        if f == 1 and padding == 0:
            return self._pointwise_dx(dz, W, dx, stride)
        if stride == 1:  # the convolution of dz with the filters turned by 180 degrees, channels swapped
            turned = np.empty((f, f, W.shape[3], W.shape[2]), W.dtype)
            swap: Operation = (np.copyto, (turned, W[::-1, ::-1].transpose(0, 1, 3, 2)))
            return [swap, *self.convolve(dz, turned, dx, 1, f - 1 - padding)]
        return self._spread(dz, W, dx, stride, padding)

    def _pointwise_dx(self, dz: Array, W: Array, dx: Array, stride: int) -> Operations:
        filters, rows = W.reshape(W.shape[2], W.shape[3]), dz.reshape(-1, W.shape[3])
        if stride == 1:
            return [(rows.dot, (filters.T, dx.reshape(-1, W.shape[2])))]
        back = self._scratch.array("back", (*dz.shape[:3], W.shape[2]))
        return [
            (rows.dot, (filters.T, back.reshape(-1, W.shape[2]))),
            (dx.fill, (0.0,)),
            (np.copyto, (dx[:, ::stride, ::stride], back)),
        ]

    def _spread(self, dz: Array, W: Array, dx: Array, stride: int, padding: int) -> Operations:
        """Each patch's gradient is added to where the patch was cut out."""
        f, _, before, _ = W.shape
        m, n_H, n_W, _ = dz.shape
        filters = W.reshape(-1, W.shape[3])
        per_image = n_H * n_W * f * f * before * W.itemsize
        at_once = max(1, min(m, CHUNK_BYTES // per_image))
        operations: Operations = []
        for first in range(0, m, at_once):
            last = min(m, first + at_once)
            rows = dz[first:last].reshape(-1, W.shape[3])
            patches = self._scratch.array("patches", (last - first, n_H, n_W, f, f, before))
            framed = self._scratch.array(
                "spread", (last - first, dx.shape[1] + 2 * padding, dx.shape[2] + 2 * padding, before)
            )
            operations.append((rows.dot, (filters.T, patches.reshape(-1, f * f * before))))
            operations.append((framed.fill, (0.0,)))
            for u in range(f):
                for v in range(f):
                    place = framed[:, u : u + stride * n_H : stride, v : v + stride * n_W : stride]
                    operations.append((np.add, (place, patches[:, :, :, u, v], place)))
            inside = framed[:, padding : padding + dx.shape[1], padding : padding + dx.shape[2]]
            operations.append((np.copyto, (dx[first:last], inside)))
        return operations

    def _patches(
        self, x: Array, f: int, out: tuple[int, ...], stride: int, padding: int
    ) -> Iterator[tuple[int, int, Array, Operations]]:
        """(first image, last image, patches as rows, operations that gather them), chunk by chunk."""
        m, height, width, channels = x.shape
        _, n_H, n_W, _ = out
        if f == 1 and stride == 1 and padding == 0:
            yield 0, m, x.reshape(-1, channels), []
            return
        per_image = n_H * n_W * f * f * channels * x.itemsize
        at_once = max(1, min(m, CHUNK_BYTES // per_image))
        for first in range(0, m, at_once):
            last = min(m, first + at_once)
            n = last - first
            gather: Operations = []
            source = x[first:last]
            if padding:
                framed = self._scratch.framed(
                    f"framed by {padding}", (n, height + 2 * padding, width + 2 * padding, channels)
                )
                inside = framed[:, padding : padding + height, padding : padding + width]
                gather.append((np.copyto, (inside, source)))
                source = framed
            a, b, c, d = source.strides
            cut = as_strided(source, (n, n_H, n_W, f, f, channels), (a, b * stride, c * stride, b, c, d))
            patches = self._scratch.array("patches", cut.shape)
            if c == channels * d:  # a window row is one run of memory
                cut = as_strided(source, (n, n_H, n_W, f, f * channels), (a, b * stride, c * stride, b, d))
                gather.append((np.copyto, (patches.reshape(cut.shape), cut)))
            else:
                gather.append((np.copyto, (patches, cut)))
            yield first, last, patches.reshape(-1, f * f * channels), gather

    def _multiply(self, patches: Array, filters: Array, out: Array) -> Operations:
        rows, (k, n) = len(patches), filters.shape
        block = small_block(rows, k, n)
        if not block:
            return [(patches.dot, (filters, out))]
        return [(np.matmul, (patches.reshape(-1, block, k), filters, out.reshape(-1, block, n)))]


def small_block(rows: int, k: int, n: int) -> int:
    """Rows per block for a tall, narrow product as a stack of small ones; 0: not worth it. Depends on shapes alone."""
    if n > 32:
        return 0
    fitting = (p for p in range(min(rows, SMALL_PRODUCT // (k * n)), 31, -1) if rows % p == 0)
    block = next(fitting, 0)
    return block if block < rows else 0
