"""Convolution on the GPU: patches of the whole batch (or of as many images as fit) times the filters, one product."""

from __future__ import annotations

from typing import Any

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.cupy_kernels import Kernels
from resnet_sim.engine.backends.cupy_scratch import DeviceScratch
from resnet_sim.engine.plan import Operation

Operations = list[Operation]
MOST_PATCHES = 2**28
"""Numbers in the patch matrix at a time: 1 GiB in float32."""


class Convolution:
    """The three products of a convolution; images (m, n_H, n_W, n_C), filters (f, f, n_C_prev, n_C).

    cuBLAS multiplies; CuPy's own bindings to cuDNN are gone since version 14.
    """

    def __init__(self, kernels: Kernels, scratch: DeviceScratch) -> None:
        self._kernels, self._scratch = kernels, scratch

    def convolve(self, x: Array, W: Array, out: Array, stride: int, padding: int) -> Operations:
        filters = W.reshape(-1, W.shape[3])
        operations: Operations = []
        for images in self._portions(x, W, out):
            patches, gather = self._patches(x[images], W, out[images], stride, padding)
            operations += [*gather, (patches.dot, (filters, out[images].reshape(-1, W.shape[3])))]
        return operations

    def convolve_dW(self, x: Array, dz: Array, dW: Array, stride: int, padding: int) -> Operations:  # noqa: N802 - mathematics
        whole = dW.reshape(-1, dW.shape[3])
        operations: Operations = []
        for number, images in enumerate(self._portions(x, dW, dz)):
            patches, gather = self._patches(x[images], dW, dz[images], stride, padding)
            rows = dz[images].reshape(-1, dW.shape[3])
            into = self._scratch.array("dW", whole.shape) if number else whole
            operations += [*gather, (patches.T.dot, (rows, into))]
            if number:
                operations.append(self._sum(whole, into))
        return operations

    def _sum(self, whole: Array, part: Array) -> Operation:
        n = whole.size
        whole, part = whole.reshape(-1), part.reshape(-1)
        unused = (whole,) * 4
        return self._kernels.each("join", n, whole, *unused, part, whole, whole, whole, n, 1, 0, True, 0, 0.0, 0.0)

    def convolve_dx(self, dz: Array, W: Array, dx: Array, stride: int, padding: int) -> Operations:
        filters = W.reshape(-1, W.shape[3])
        operations: Operations = []
        for images in self._portions(dx, W, dz):
            rows = dz[images].reshape(-1, W.shape[3])
            target = dx[images]
            if _is_plain(W, stride, padding):
                operations.append((rows.dot, (filters.T, target.reshape(-1, W.shape[2]))))
                continue
            patches = self._scratch.array("patches", (len(rows), len(filters)))
            operations.append((rows.dot, (filters.T, patches)))
            sizes = self._sizes(target, dz, W, stride, padding)
            operations.append(self._kernels.each("patches_back", target.size, patches, target, target.size, *sizes))
        return operations

    def _patches(self, x: Array, W: Array, out: Array, stride: int, padding: int) -> tuple[Array, Operations]:
        """(patches as rows, what gathers them). A 1x1 filter of stride 1 needs none: the image is its patches."""
        if _is_plain(W, stride, padding):
            return x.reshape(-1, W.shape[2]), []
        m, n_H, n_W, _ = out.shape
        patches = self._scratch.array("patches", (m * n_H * n_W, W.shape[0] ** 2 * W.shape[2]))
        sizes = self._sizes(x, out, W, stride, padding)
        return patches, [self._kernels.each("patches_of", patches.size, x, patches, patches.size, *sizes)]

    @staticmethod
    def _sizes(x: Array, out: Array, W: Array, stride: int, padding: int) -> tuple[int, ...]:
        return (*x.shape[1:], *out.shape[1:3], W.shape[0], stride, padding)

    @staticmethod
    def _portions(x: Array, W: Any, out: Array) -> list[slice]:
        """Runs of images whose patches fit."""
        per_image = out.shape[1] * out.shape[2] * W.shape[0] ** 2 * W.shape[2]
        at_once = max(1, min(len(x), MOST_PATCHES // per_image))
        return [slice(first, min(len(x), first + at_once)) for first in range(0, len(x), at_once)]


def _is_plain(W: Array, stride: int, padding: int) -> bool:
    return W.shape[0] == 1 and stride == 1 and padding == 0
