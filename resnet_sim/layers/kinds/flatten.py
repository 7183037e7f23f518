"""Flatten: an image becomes one vector, in the order (n_H, n_W, n_C)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, single


@dataclass(frozen=True)
class Flatten(Layer):
    """n_H x n_W x n_C numbers in one row; no number changes."""

    kind: ClassVar[str] = "flatten"
    title: ClassVar[str] = "Flatten"
    help: ClassVar[str] = "Lays an image out as one vector, so that FC layers can read it."
    category: ClassVar[Category] = Category.SHAPING

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return (prod(single(inputs)),)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        return r.view(at.x[0], r.m, *self.output_shape([at.x[0].shape[1:]]))

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        return (r.view(dy, *at.x[0].shape),)

    def formula(self) -> str:
        return r"a^{[l]}_{(i n_W + j) n_C + c} = a^{[l-1]}_{ijc}"

    def pytorch(self) -> str:
        return "x[0].reshape(len(x[0]), -1)"
