"""Dropout: in training, a random share of the values is set to 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, single
from resnet_sim.settings import number


@dataclass(frozen=True)
class Dropout(Layer):
    """Inverted dropout (Srivastava et al. 2014): what is kept is divided by its share; evaluation changes nothing."""

    kind: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Dropout"
    help: ClassVar[str] = "Sets a random share of the values to 0 in training."
    category: ClassVar[Category] = Category.REGULARISATION

    rate: float = number(0.5, "Share dropped", "The share of values set to 0.", low=0.0, high=0.99)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return single(inputs)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        if not r.learning or self.rate == 0:
            return at.x[0]
        shape = at.x[0].shape
        mask = at.kept["mask"] = r.buffer(*shape)
        y = r.buffer(*shape)
        r.dropout(at.x[0], mask, y, keep=1 - self.rate)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        if self.rate == 0 or not at.wanted[0]:
            return (dy,)
        dx = r.buffer(*at.x[0].shape)
        r.multiply(dy, at.kept["mask"], dx)
        return (dx,)

    def formula(self) -> str:
        return r"\tilde{a}^{[l]} = \frac{d^{[l]}}{1 - p}\, a^{[l]}, \quad d^{[l]} \in \{0, 1\}"

    def pytorch(self) -> str:
        return f"F.dropout(x[0], {self.rate!r}, training=training)"
