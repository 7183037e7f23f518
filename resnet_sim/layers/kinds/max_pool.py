"""Max pooling: the largest value of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, image, windows
from resnet_sim.settings import integer


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest value of each f x f window, channel by channel, no padding."""

    kind: ClassVar[str] = "max_pool"
    title: ClassVar[str] = "Max pool"
    help: ClassVar[str] = "Keeps the largest value of each window; the image gets smaller."
    category: ClassVar[Category] = Category.POOLING
    shortcut_key: ClassVar[str] = "P"

    size: int = integer(2, "Window size", "Height and width of the window.", low=1, high=32, symbol="f")
    stride: int = integer(2, "Stride", "Steps of the window across the image.", low=1, high=32, symbol="s")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        n_H, n_W, n_C = image(inputs)
        return (windows(n_H, self.size, self.stride, 0), windows(n_W, self.size, self.stride, 0), n_C)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        y = r.buffer(r.m, *self.output_shape([at.x[0].shape[1:]]))
        r.max_pool(at.x[0], y, size=self.size, stride=self.stride)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        if not at.wanted[0]:
            return (None,)
        dx = r.buffer(*at.x[0].shape)
        r.max_pool_backward(at.x[0], at.output, dy, dx, size=self.size, stride=self.stride)
        return (dx,)

    def formula(self) -> str:
        return r"a^{[l]}_{ijc} = \max_{u,v < f} a^{[l-1]}_{si+u,\, sj+v,\, c}"

    def pytorch(self) -> str:
        return f"F.max_pool2d(x[0].permute(0, 3, 1, 2), {self.size}, {self.stride}).permute(0, 2, 3, 1)"
