"""Pooling and zero padding of channels on the GPU."""

from __future__ import annotations

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.cupy_kernels import Kernels
from resnet_sim.engine.plan import Operation

Operations = list[Operation]


class Pooling:
    """Windows over images (m, n_H, n_W, n_C), channel by channel."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    def max_pool(self, x: Array, out: Array, size: int, stride: int) -> Operations:
        return [self._kernels.each("max_pool", out.size, x, out, out.size, *_sizes(x, out), size, stride)]

    def max_pool_backward(self, x: Array, y: Array, dy: Array, dx: Array, size: int, stride: int) -> Operations:
        sizes = _sizes(x, y)
        return [self._kernels.each("max_pool_backward", dx.size, x, y, dy, dx, dx.size, *sizes, size, stride)]

    def average_pool(self, x: Array, out: Array, size: tuple[int, int], stride: tuple[int, int]) -> Operations:
        window = (*size, *stride, 1 / (size[0] * size[1]))
        return [self._kernels.each("average_pool", out.size, x, out, out.size, *_sizes(x, out), *window)]

    def average_pool_backward(self, dy: Array, dx: Array, size: tuple[int, int], stride: tuple[int, int]) -> Operations:
        window = (*size, *stride, 1 / (size[0] * size[1]))
        return [self._kernels.each("average_pool_backward", dx.size, dy, dx, dx.size, *_sizes(dx, dy), *window)]

    def pad_channels(self, x: Array, out: Array, stride: int) -> Operations:
        sizes = (*_sizes(x, out), out.shape[-1], stride)
        return [self._kernels.each("pad_channels", out.size, x, out, out.size, *sizes)]

    def pad_channels_backward(self, dy: Array, dx: Array, stride: int) -> Operations:
        sizes = (*_sizes(dx, dy), dy.shape[-1], stride)
        return [self._kernels.each("pad_channels_backward", dx.size, dy, dx, dx.size, *sizes)]


def _sizes(whole: Array, small: Array) -> tuple[int, ...]:
    """n_H, n_W, n_C of the larger images and n_H, n_W of the smaller; a vector is an image of height and width 1."""
    if whole.ndim == 4:
        return (*whole.shape[1:], *small.shape[1:3])
    return (1, 1, whole.shape[-1], 1, 1)
