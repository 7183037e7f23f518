"""Average pooling: the mean of each window, or of the whole image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, image, windows
from resnet_sim.settings import choice, integer


@dataclass(frozen=True)
class AveragePool(Layer):
    """The mean of each f x f window, channel by channel; "global" gives one number per channel, a vector (n_C,)."""

    kind: ClassVar[str] = "average_pool"
    title: ClassVar[str] = "Avg pool"
    help: ClassVar[str] = "Takes the mean of each window, or of each whole channel (global)."
    category: ClassVar[Category] = Category.POOLING
    shortcut_key: ClassVar[str] = "A"

    over: str = choice("global", ("global", "window"), "Over", "The whole image or a moving window.")
    size: int = integer(2, "Window size", "Height and width of the window.", low=1, high=32, symbol="f")
    stride: int = integer(2, "Stride", "Steps of the window across the image.", low=1, high=32, symbol="s")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        n_H, n_W, n_C = image(inputs)
        if self.over == "global":
            return (n_C,)
        return (windows(n_H, self.size, self.stride, 0), windows(n_W, self.size, self.stride, 0), n_C)

    def _window(self, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
        whole = (shape[1], shape[2])
        return (whole, whole) if self.over == "global" else ((self.size, self.size), (self.stride, self.stride))

    def forward(self, r: Recorder, at: Site) -> Buffer:
        x = at.x[0]
        size, stride = self._window(x.shape)
        y = r.buffer(r.m, *self.output_shape([x.shape[1:]]))
        pooled = r.view(y, r.m, 1, 1, x.shape[3]) if self.over == "global" else y
        r.average_pool(x, pooled, size=size, stride=stride)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        if not at.wanted[0]:
            return (None,)
        x = at.x[0]
        size, stride = self._window(x.shape)
        dx = r.buffer(*x.shape)
        pooled = r.view(dy, r.m, 1, 1, x.shape[3]) if self.over == "global" else dy
        r.average_pool_backward(pooled, dx, size=size, stride=stride)
        return (dx,)

    def formula(self) -> str:
        if self.over == "global":
            return r"a^{[l]}_c = \frac{1}{n_H n_W} \sum_{i,j} a^{[l-1]}_{ijc}"
        return r"a^{[l]}_{ijc} = \frac{1}{f^2} \sum_{u,v < f} a^{[l-1]}_{si+u,\, sj+v,\, c}"

    def pytorch(self) -> str:
        if self.over == "global":
            return "x[0].mean((1, 2))"
        return f"F.avg_pool2d(x[0].permute(0, 3, 1, 2), {self.size}, {self.stride}).permute(0, 2, 3, 1)"
