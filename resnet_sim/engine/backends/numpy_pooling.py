"""Pooling and zero padding of channels in NumPy: strided slices, one per place in the window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation

Operations = list[Operation]


class Pooling:
    """Windows over images (m, n_H, n_W, n_C), channel by channel."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    def max_pool(self, x: Array, out: Array, size: int, stride: int) -> Operations:
        first, *others = _places(x, out, (size, size), (stride, stride))
        operations: Operations = [(np.copyto, (out, first))]
        return operations + [(partial(np.maximum, out=out), (out, place)) for place in others]

    def max_pool_backward(self, x: Array, y: Array, dy: Array, dx: Array, size: int, stride: int) -> Operations:
        """Only the first largest value of a window gets the gradient, as in PyTorch."""
        here, open_, share = (np.empty(y.shape, bool), np.empty(y.shape, bool), self._scratch.array("share", y.shape))
        operations: Operations = [(dx.fill, (0.0,)), (open_.fill, (True,))]
        windows = zip(
            _places(x, y, (size, size), (stride, stride)), _places(dx, y, (size, size), (stride, stride)), strict=True
        )
        for value, gradient in windows:
            operations += [
                (np.equal, (value, y, here)),
                (np.logical_and, (here, open_, here)),
                (np.greater, (open_, here, open_)),  # closed where it was taken
                (np.multiply, (dy, here, share)),
                (np.add, (gradient, share, gradient)),
            ]
        return operations

    def average_pool(self, x: Array, out: Array, size: tuple[int, int], stride: tuple[int, int]) -> Operations:
        share = self._scratch.number(1 / (size[0] * size[1]))
        if size == x.shape[1:3]:
            reduce = partial(np.add.reduce, axis=(1, 2), keepdims=True, out=out)
            return [(reduce, (x,)), (np.multiply, (out, share, out))]
        first, *others = _places(x, out, size, stride)
        operations: Operations = [(np.copyto, (out, first))]
        operations += [(np.add, (out, place, out)) for place in others]
        return [*operations, (np.multiply, (out, share, out))]

    def average_pool_backward(self, dy: Array, dx: Array, size: tuple[int, int], stride: tuple[int, int]) -> Operations:
        share = self._scratch.array("share", dy.shape)
        operations: Operations = [
            (np.multiply, (dy, self._scratch.number(1 / (size[0] * size[1])), share)),
        ]
        if size == dx.shape[1:3]:
            return [*operations, (np.copyto, (dx, share))]
        operations.append((dx.fill, (0.0,)))
        return operations + [(np.add, (place, share, place)) for place in _places(dx, dy, size, stride)]

    def pad_channels(self, x: Array, out: Array, stride: int) -> Operations:
        return [(out.fill, (0.0,)), (np.copyto, (out[..., : x.shape[-1]], _every(x, stride)))]

    def pad_channels_backward(self, dy: Array, dx: Array, stride: int) -> Operations:
        return [(dx.fill, (0.0,)), (np.copyto, (_every(dx, stride), dy[..., : dx.shape[-1]]))]


def _places(x: Array, out: Array, size: tuple[int, int], stride: tuple[int, int]) -> Iterator[Array]:
    """For each place (u, v) of the window, in row order: that element of every window, shaped like `out`."""
    n_H, n_W = out.shape[1:3]
    for u in range(size[0]):
        for v in range(size[1]):
            yield x[:, u : u + stride[0] * n_H : stride[0], v : v + stride[1] * n_W : stride[1]]


def _every(x: Array, stride: int) -> Array:
    return x[:, ::stride, ::stride] if x.ndim == 4 else x
