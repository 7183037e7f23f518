"""(+): the main path and the skip connections that land here are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.errors import ShapeError, sentence
from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, size_text


@dataclass(frozen=True)
class Add(Layer):
    """z^{[l+2]} + a^{[l]}: exists only while a skip connection lands on it.

    He et al. 2015, arXiv 1512.03385, eq. 1.
    """

    kind: ClassVar[str] = "add"
    title: ClassVar[str] = "(+)"
    help: ClassVar[str] = "Adds what the skip connections bring to the main path."
    category: ClassVar[Category] = Category.MERGE
    in_palette: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if not inputs:
            raise ShapeError(sentence("needs a main path"))
        for other in inputs[1:]:
            if other != inputs[0]:
                raise ShapeError(
                    sentence(
                        "cannot add {main} on the main path and {skip} on the skip path",
                        main=size_text(inputs[0]),
                        skip=size_text(other),
                    )
                )
        return inputs[0]

    def forward(self, r: Recorder, at: Site) -> Buffer:
        if len(at.x) == 1:
            return at.x[0]
        y = r.buffer(*at.x[0].shape)
        r.add(at.x, y)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        return (dy,) * len(at.x)  # the SAME du enters every path

    def formula(self) -> str:
        return r"u = z^{[l+2]} + a^{[l]}"

    def pytorch(self) -> str:
        return "sum(x[1:], x[0])"
