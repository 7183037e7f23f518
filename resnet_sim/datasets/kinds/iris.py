"""Iris: three kinds of flowers by four lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape


@dataclass(frozen=True)
class Iris(DataSet):
    """120 flowers to train on and 30 to check with, (N, 4), every column standardised. Source: Fisher 1936."""

    name: ClassVar[str] = "iris"
    title: ClassVar[str] = "Iris"
    about: ClassVar[str] = "150 flowers of 3 kinds, described by 4 lengths and widths."

    @property
    def shape(self) -> DataShape:
        return DataShape((4,), 3, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(150)

    def load(self) -> Data:
        X, y = shipped("iris")
        return split(X, y, ("setosa", "versicolor", "virginica"))
