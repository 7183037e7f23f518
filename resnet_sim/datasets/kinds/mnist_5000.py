"""Handwritten digits, 28x28: a balanced part of MNIST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape


@dataclass(frozen=True)
class Mnist5000(DataSet):
    """4000 images to train on and 1000 to check with, (N, 28, 28, 1), standardised with one mean and deviation.

    Source: LeCun and Cortes, a derivative of NIST data.
    """

    name: ClassVar[str] = "mnist-5000"
    title: ClassVar[str] = "MNIST, 5000"
    about: ClassVar[str] = "5000 handwritten digits of 28×28 pixels in 10 classes, 500 of each."

    @property
    def shape(self) -> DataShape:
        return DataShape((28, 28, 1), 10, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(5000)

    def load(self) -> Data:
        X, y = shipped("mnist_5000")
        return split(X.reshape(-1, 28, 28, 1), y, tuple("0123456789"), per_column=False)
