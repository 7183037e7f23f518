"""Regression output with a squared error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Recorder, Shape, Site, vector
from resnet_sim.settings import choice


@dataclass(frozen=True)
class Regression(Layer):
    """yhat = z. half_squared: L = (1/2)||yhat - y||^2; relative: L = ||yhat - y||^2 / mean ||y||^2 of the training set.

    Both are averaged over the mini-batch.
    """

    kind: ClassVar[str] = "regression"
    title: ClassVar[str] = "Regression"
    help: ClassVar[str] = "Gives the last values as they are; the loss is a squared error."
    category: ClassVar[Category] = Category.OUTPUT

    loss: str = choice(
        "half_squared", ("half_squared", "relative"), "Loss", "Half the squared error, or relative to the targets."
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return (vector(inputs),)

    def _factor(self, r: Recorder) -> float:
        return 0.5 if self.loss == "half_squared" else 1 / r.target_power

    def forward(self, r: Recorder, at: Site) -> Buffer:
        r.squared_error(at.x[0], r.target, r.loss, factor=self._factor(r))
        return at.x[0]

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        """dy is not used: the loss starts here."""
        dz = r.buffer(*at.x[0].shape)
        r.squared_error_backward(at.x[0], r.target, dz, factor=self._factor(r))
        return (dz,)

    def formula(self) -> str:
        if self.loss == "relative":
            return r"\hat{y} = z, \quad L = \frac{\|\hat{y} - y\|^2}{\mathrm{mean}\, \|y\|^2}"
        return r"\hat{y} = z, \quad L = \frac{1}{2} \|\hat{y} - y\|^2"

    def pytorch(self) -> str:
        return "x[0]"
