"""Handwritten digits, 8x8: all 1797 images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape


@dataclass(frozen=True)
class Digits(DataSet):
    """1438 images to train on and 359 to check with, (N, 8, 8, 1), standardised with one mean and deviation.

    Source: Alpaydin and Kaynak 1998, UCI Machine Learning Repository.
    """

    name: ClassVar[str] = "digits"
    title: ClassVar[str] = "Digits 8×8"
    about: ClassVar[str] = "1797 handwritten digits of 8×8 pixels in 10 classes."

    @property
    def shape(self) -> DataShape:
        return DataShape((8, 8, 1), 10, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(1797)

    def load(self) -> Data:
        X, y = shipped("digits")
        return split(X.reshape(-1, 8, 8, 1), y, tuple("0123456789"), per_column=False)
