"""Activation: a = g(z)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, single
from resnet_sim.settings import choice, number

FUNCTIONS = ("none", "relu", "leaky_relu", "tanh", "sigmoid")


@dataclass(frozen=True)
class Activation(Layer):
    """a^{[l]} = g(z^{[l]}), element by element."""

    kind: ClassVar[str] = "activation"
    title: ClassVar[str] = "ReLU"
    help: ClassVar[str] = "The non-linear function g, applied to every value."
    category: ClassVar[Category] = Category.ACTIVATION
    shortcut_key: ClassVar[str] = "G"

    function: str = choice("relu", FUNCTIONS, "Function", "Which function g is.", symbol="g")
    slope: float = number(0.01, "Slope", "Slope of the leaky ReLU below 0.", low=0.0, high=1.0)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return single(inputs)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        if self.function == "none":
            return at.x[0]
        y = r.buffer(*at.x[0].shape)
        r.g(self.function, at.x[0], y, slope=self.slope)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        if self.function == "none" or not at.wanted[0]:
            return (dy,)
        dx = r.buffer(*at.x[0].shape)
        r.g_backward(self.function, at.output, dy, dx, slope=self.slope)  # dz = da * g'(z)
        return (dx,)

    def formula(self) -> str:
        right = {
            "none": r"z^{[l]}",
            "relu": r"\max(0, z^{[l]})",
            "leaky_relu": r"\max(" + f"{self.slope:g}" + r" z^{[l]}, z^{[l]})",
            "tanh": r"\tanh(z^{[l]})",
            "sigmoid": r"\frac{1}{1 + e^{-z^{[l]}}}",
        }[self.function]
        return r"a^{[l]} = g(z^{[l]}) = " + right

    def pytorch(self) -> str:
        return {
            "none": "x[0]",
            "relu": "torch.relu(x[0])",
            "leaky_relu": f"F.leaky_relu(x[0], {self.slope!r})",
            "tanh": "torch.tanh(x[0])",
            "sigmoid": "torch.sigmoid(x[0])",
        }[self.function]
