"""Convolution: z = W * a + b, the course's convolution (cross-correlation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.errors import ShapeError, sentence
from resnet_sim.layers.base import Buffer, Category, Layer, Parameter, Recorder, Role, Shape, Site, image, windows
from resnet_sim.layers.initialise import STARTS, constant, weights
from resnet_sim.settings import choice, integer, number, switch


@dataclass(frozen=True)
class Conv2D(Layer):
    """z^{[l]} = W^{[l]} * a^{[l-1]} + b^{[l]}, W of shape (f, f, n_C_prev, n_C), images (n_H, n_W, n_C)."""

    kind: ClassVar[str] = "conv2d"
    title: ClassVar[str] = "Conv"
    help: ClassVar[str] = "Filters slide over the image; each makes one channel."
    category: ClassVar[Category] = Category.WEIGHTED
    shortcut_key: ClassVar[str] = "C"

    filters: int = integer(8, "Filters", "How many channels the layer computes.", low=1, high=4096, symbol="n_C^{[l]}")
    size: int = integer(3, "Filter size", "Height and width of each filter.", low=1, high=15, symbol="f^{[l]}")
    stride: int = integer(1, "Stride", "Steps of the filter across the image.", low=1, high=8, symbol="s^{[l]}")
    padding: str = choice(
        "same", ("same", "valid"), "Padding", "same: p = (f-1)/2 zeros around the image; valid: none.", symbol="p^{[l]}"
    )
    bias: bool = switch(True, "Bias", "Adds a learned number b to every channel.", symbol="b^{[l]}")
    start: str = choice("he", STARTS, "Start weights", "How W is drawn before training.")
    start_scale: float = number(1.0, "Start scale", "The drawn W is multiplied by this.", low=0.0, high=100.0)
    start_sigma: float = number(0.01, "Start sigma", "Standard deviation of the normal start.", low=0.0, high=10.0)

    @property
    def pad(self) -> int:
        """p: zeros added on each side."""
        return (self.size - 1) // 2 if self.padding == "same" else 0

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        n_H, n_W, _ = image(inputs)
        if self.padding == "same" and self.size % 2 == 0:
            raise ShapeError(sentence("has “same” padding, which needs an odd filter size, but f is {f}", f=self.size))
        height, width = (windows(n, self.size, self.stride, self.pad) for n in (n_H, n_W))
        return (height, width, self.filters)

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        channels = image(inputs)[2]
        area = self.size * self.size
        start = weights(self.start, area * channels, area * self.filters, self.start_sigma, self.start_scale)
        W = Parameter("W", (self.size, self.size, channels, self.filters), Role.WEIGHT, "W^{[l]}", start)
        b = Parameter("b", (self.filters,), Role.BIAS, "b^{[l]}", constant(0.0))
        return (W, b) if self.bias else (W,)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        shape = (r.m, *self.output_shape([at.x[0].shape[1:]]))
        z = r.buffer(*shape)
        r.convolve(at.x[0], at.p["W"], z, stride=self.stride, padding=self.pad)
        if not self.bias:
            return z
        y = r.buffer(*shape)
        r.add_rows(z, at.p["b"], y)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        r.convolve_dW(at.x[0], dy, at.dp["W"], stride=self.stride, padding=self.pad)
        if self.bias:
            r.sum_rows(dy, at.dp["b"])
        if not at.wanted[0]:
            return (None,)
        dx = r.buffer(*at.x[0].shape)
        r.convolve_dx(dy, at.p["W"], dx, stride=self.stride, padding=self.pad)
        return (dx,)

    def formula(self) -> str:
        return r"z^{[l]} = W^{[l]} * a^{[l-1]} + b^{[l]}" if self.bias else r"z^{[l]} = W^{[l]} * a^{[l-1]}"

    def pytorch(self) -> str:
        return (
            "F.conv2d(x[0].permute(0, 3, 1, 2), p['W'].permute(3, 2, 0, 1), p.get('b'), "
            f"stride={self.stride}, padding={self.pad}).permute(0, 2, 3, 1)"
        )
