"""Scale: one learned number times the layer before (ReZero)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Parameter, Recorder, Role, Shape, Site, single
from resnet_sim.layers.initialise import constant
from resnet_sim.settings import number


@dataclass(frozen=True)
class Scale(Layer):
    """y = s z with one learned s, 0 at the start (ReZero, Bachlechner et al. 2020, arXiv 2003.04887)."""

    kind: ClassVar[str] = "scale"
    title: ClassVar[str] = "Scale"
    help: ClassVar[str] = "Multiplies by one learned number; at 0 a residual block copies its input."
    category: ClassVar[Category] = Category.NORMALISATION

    value: float = number(0.0, "Start value", "The number before training.", low=-10.0, high=10.0, symbol="s^{[l]}")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return single(inputs)

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        return (Parameter("s", (1,), Role.SCALE, "s^{[l]}", constant(self.value)),)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        y = r.buffer(*at.x[0].shape)
        r.scale(at.x[0], at.p["s"], y)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        r.inner(dy, at.x[0], at.dp["s"])  # ds = sum dy * z
        if not at.wanted[0]:
            return (None,)
        dx = r.buffer(*at.x[0].shape)
        r.scale(dy, at.p["s"], dx)
        return (dx,)

    def formula(self) -> str:
        return r"\tilde{z}^{[l]} = s^{[l]} z^{[l]}"

    def pytorch(self) -> str:
        return "x[0] * p['s']"
