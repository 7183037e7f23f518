"""Wine: three cultivars by thirteen measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape


@dataclass(frozen=True)
class Wine(DataSet):
    """142 wines to train on and 36 to check with, (N, 13), every column standardised.

    Source: Aeberhard and Forina 1991, UCI Machine Learning Repository.
    """

    name: ClassVar[str] = "wine"
    title: ClassVar[str] = "Wine"
    about: ClassVar[str] = "178 wines of 3 cultivars, described by 13 measurements."

    @property
    def shape(self) -> DataShape:
        return DataShape((13,), 3, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(178)

    def load(self) -> Data:
        X, y = shipped("wine")
        return split(X, y, ("cultivar 1", "cultivar 2", "cultivar 3"))
