"""Softmax output with the cross-entropy loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, vector


@dataclass(frozen=True)
class Softmax(Layer):
    """yhat_k = e^{z_k} / sum_j e^{z_j}; L = -sum_k y_k log yhat_k, natural logarithm, averaged over the mini-batch."""

    kind: ClassVar[str] = "softmax"
    title: ClassVar[str] = "Softmax"
    help: ClassVar[str] = "Turns the last values into class probabilities; the loss is the cross-entropy."
    category: ClassVar[Category] = Category.OUTPUT

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return (vector(inputs),)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        yhat = r.buffer(*at.x[0].shape)
        r.softmax_cross_entropy(at.x[0], r.target, yhat, r.loss)
        return yhat

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        """dy is not used: the loss starts here."""
        dz = r.buffer(*at.x[0].shape)
        r.softmax_cross_entropy_backward(at.output, r.target, dz)
        return (dz,)

    def formula(self) -> str:
        return r"\hat{y}_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \quad L = -\sum_k y_k \log \hat{y}_k"

    def pytorch(self) -> str:
        return "torch.softmax(x[0], 1)"
