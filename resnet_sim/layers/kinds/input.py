"""Input: the examples x = a^{[0]} of the data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, single


@dataclass(frozen=True)
class Input(Layer):
    """The first layer; its size is that of the data set's examples."""

    kind: ClassVar[str] = "input"
    title: ClassVar[str] = "Input"
    help: ClassVar[str] = "The examples x of the data set."
    category: ClassVar[Category] = Category.INPUT
    in_palette: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return single(inputs)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        return at.x[0]

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        return (dy,)

    def formula(self) -> str:
        return r"a^{[0]} = x"

    def pytorch(self) -> str:
        return "x[0]"
