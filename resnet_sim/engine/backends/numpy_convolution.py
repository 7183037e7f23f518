"""Convolution in NumPy: patches of a few images, sized to stay in the cache, times the filters as one matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation

CHUNK_BYTES = 4_000_000
"""Patches made at a time: what a core's caches hold."""
SMALL_PRODUCT = 1_000_000
"""Up to this M N K OpenBLAS multiplies without packing, which is faster for few channels (measured: 1.1x to 1.4x)."""
SMALL_GRADIENT = 600_000
"""The same for dW, where the long side is summed over."""
NARROW = 32
"""Up to this many columns a stack of small products pays."""


class Patches(NamedTuple):
    """The patches of images first to last as rows (n n_H n_W, f f n_C), and the operations that gather them."""

    first: int
    last: int
    rows: Array
    gather: Operations


class Convolution:
    """The three products of a convolution; images (m, n_H, n_W, n_C), filters (f, f, n_C_prev, n_C)."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def convolve(self, x: Array, W: Array, out: Array, stride: int, padding: int) -> Operations:
        filters = W.reshape(-1, W.shape[3])
        operations: Operations = []
        for patches in self._patches(x, W.shape[0], out.shape, stride, padding):
            operations += patches.gather
            operations += multiply(patches.rows, filters, _rows(out, patches))
        return operations

    def convolve_dW(self, x: Array, dz: Array, dW: Array, stride: int, padding: int) -> Operations:  # noqa: N802
        """dW = patches(x)^T dz."""
        total = dW.reshape(-1, dW.shape[3])
        operations: Operations = []
        for patches in self._patches(x, dW.shape[0], dz.shape, stride, padding):
            operations += patches.gather
            operations += self._add_products(patches.rows, _rows(dz, patches), total, patches.first > 0)
        return operations

    def convolve_dx(self, dz: Array, W: Array, dx: Array, stride: int, padding: int) -> Operations:
        f = W.shape[0]
        if f == 1 and padding == 0:
            return self._pointwise_dx(dz, W, dx, stride)
        if stride == 1:
            turned, turn = _turned(W)
            return [turn, *self.convolve(dz, turned, dx, 1, f - 1 - padding)]
        return self._spread(dz, W, dx, stride, padding)

    def convolve_backward(
        self, x: Array, dz: Array, W: Array, dW: Array, dx: Array, stride: int, padding: int
    ) -> Operations:
        """Both gradients. With stride 1 the patches of dz serve: dx = patches W_turned, dW_turned = patches^T x."""
        f, _, before, after = W.shape
        if stride > 1 or f == 1:
            return [
                *self.convolve_dW(x, dz, dW, stride, padding),
                *self.convolve_dx(dz, W, dx, stride, padding),
            ]
        turned, turn = _turned(W)
        products = self._scratch.array("dW turned", (f * f * after, before))
        operations: Operations = [turn]
        for patches in self._patches(dz, f, x.shape, 1, f - 1 - padding):
            operations += patches.gather
            operations += multiply(patches.rows, turned.reshape(-1, before), _rows(dx, patches))
            operations += self._add_products(patches.rows, _rows(x, patches), products, patches.first > 0)
        apart = products.reshape(f, f, after, before)[::-1, ::-1].transpose(0, 1, 3, 2)
        return [*operations, (np.copyto, (dW, apart))]

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
        at_once = images_at_once(m, patch_bytes(dz.shape, f, dx))
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

    def _patches(self, x: Array, f: int, out: tuple[int, ...], stride: int, padding: int) -> Iterator[Patches]:
        """All patches, a few images at a time. A window row, f n_C numbers in one run of memory, moves as one item."""
        m, height, width, channels = x.shape
        _, n_H, n_W, _ = out
        if f == 1 and stride == 1 and padding == 0:
            yield Patches(0, m, x.reshape(-1, channels), [])
            return
        at_once = images_at_once(m, patch_bytes(out, f, x))
        run = np.dtype((np.void, f * channels * x.itemsize))
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
            image, row, pixel, _ = source.strides
            cut = np.ndarray((n, n_H, n_W, f), run, source, 0, (image, row * stride, pixel * stride, row))
            patches = self._scratch.array("patches", (n, n_H, n_W, f, f * channels))
            gather.append((np.copyto, (patches.view(run)[..., 0], cut)))
            yield Patches(first, last, patches.reshape(-1, f * f * channels), gather)

    def _add_products(self, left: Array, right: Array, total: Array, more: bool) -> Operations:
        """total = left^T right, or total += left^T right."""
        rows, (k, n) = len(left), total.shape
        part = self._scratch.array("products", total.shape) if more else total
        block = small_block(rows, k, n, SMALL_GRADIENT)
        operations: Operations
        if block:
            stack = self._scratch.array("stack", (rows // block, k, n))
            operations = [
                (np.matmul, (left.reshape(-1, block, k).transpose(0, 2, 1), right.reshape(-1, block, n), stack)),
                (self._scratch.ones(len(stack)).dot, (stack.reshape(len(stack), -1), part.reshape(-1))),
            ]
        else:
            operations = [(left.T.dot, (right, part))]
        return [*operations, (np.add, (total, part, total))] if more else operations


def multiply(patches: Array, filters: Array, out: Array) -> Operations:
    """out = patches filters, as a stack of small products where that is faster."""
    rows, (k, n) = len(patches), filters.shape
    block = small_block(rows, k, n, SMALL_PRODUCT)
    if not block:
        return [(patches.dot, (filters, out))]
    return [(np.matmul, (patches.reshape(-1, block, k), filters, out.reshape(-1, block, n)))]


def small_block(rows: int, k: int, n: int, limit: int) -> int:
    """Rows per block for a tall, narrow product as a stack of small ones; 0: not worth it. Depends on shapes alone."""
    if min(k, n) > NARROW:
        return 0
    fitting = (p for p in range(min(rows, limit // (k * n)), 31, -1) if rows % p == 0)
    block = next(fitting, 0)
    return block if block < rows else 0


def patch_bytes(out: tuple[int, ...], f: int, x: Array) -> int:
    """Bytes of the patches of one image."""
    return int(out[1] * out[2] * f * f * x.shape[3] * x.itemsize)


def images_at_once(m: int, bytes_each: int) -> int:
    """How many of m images whose patches fit in a chunk."""
    return max(1, min(m, CHUNK_BYTES // bytes_each))


def _turned(W: Array) -> tuple[Array, Operation]:
    """The filters turned by 180 degrees, channels swapped: the convolution of dz with them gives dx."""
    turned = np.empty((*W.shape[:2], W.shape[3], W.shape[2]), W.dtype)
    return turned, (np.copyto, (turned, W[::-1, ::-1].transpose(0, 1, 3, 2)))


def _rows(x: Array, patches: Patches) -> Array:
    return x[patches.first : patches.last].reshape(-1, x.shape[3])
