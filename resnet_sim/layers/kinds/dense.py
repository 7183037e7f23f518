"""Dense (fully connected): z = W a + b."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Parameter, Recorder, Role, Shape, Site, vector
from resnet_sim.layers.initialise import STARTS, constant, weights
from resnet_sim.settings import choice, integer, number, switch


@dataclass(frozen=True)
class Dense(Layer):
    """z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}, W of shape (n_out, n_in)."""

    kind: ClassVar[str] = "dense"
    title: ClassVar[str] = "FC"
    help: ClassVar[str] = "Fully connected: every unit sees every value of the layer before."
    category: ClassVar[Category] = Category.WEIGHTED
    shortcut_key: ClassVar[str] = "F"

    units: int = integer(32, "Units", "How many values the layer computes.", low=1, high=65536, symbol="n^{[l]}")
    bias: bool = switch(True, "Bias", "Adds a learned number b to every unit.", symbol="b^{[l]}")
    start: str = choice("he", STARTS, "Start weights", "How W is drawn before training.")
    start_scale: float = number(1.0, "Start scale", "The drawn W is multiplied by this.", low=0.0, high=100.0)
    start_sigma: float = number(0.01, "Start sigma", "Standard deviation of the normal start.", low=0.0, high=10.0)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        vector(inputs)
        return (self.units,)

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        n = vector(inputs)
        start = weights(self.start, n, self.units, self.start_sigma, self.start_scale)
        W = Parameter("W", (self.units, n), Role.WEIGHT, "W^{[l]}", start)
        b = Parameter("b", (self.units,), Role.BIAS, "b^{[l]}", constant(0.0))
        return (W, b) if self.bias else (W,)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        z = r.buffer(r.m, self.units)
        r.gemm(at.x[0], at.p["W"], z, transpose_b=True)
        if not self.bias:
            return z
        y = r.buffer(r.m, self.units)
        r.add_rows(z, at.p["b"], y)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        r.gemm(dy, at.x[0], at.dp["W"], transpose_a=True)  # dW = dz a^T, the sum over the mini-batch (dz holds 1/m)
        if self.bias:
            r.sum_rows(dy, at.dp["b"])
        if not at.wanted[0]:
            return (None,)
        dx = r.buffer(*at.x[0].shape)
        r.gemm(dy, at.p["W"], dx)  # da = W^T dz
        return (dx,)

    def formula(self) -> str:
        return r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}" if self.bias else r"z^{[l]} = W^{[l]} a^{[l-1]}"

    def pytorch(self) -> str:
        return "F.linear(x[0], p['W'], p.get('b'))"
