"""Breast cancer: malignant or benign by thirty measurements of cell nuclei."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape


@dataclass(frozen=True)
class BreastCancer(DataSet):
    """455 samples to train on and 114 to check with, (N, 30), every column standardised.

    Source: Wolberg, Mangasarian, Street and Street 1995, UCI Machine Learning Repository.
    """

    name: ClassVar[str] = "breast-cancer"
    title: ClassVar[str] = "Breast cancer"
    about: ClassVar[str] = "569 tissue samples, malignant or benign, described by 30 measurements of cell nuclei."

    @property
    def shape(self) -> DataShape:
        return DataShape((30,), 2, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(569)

    def load(self) -> Data:
        X, y = shipped("breast_cancer")
        return split(X, y, ("malignant", "benign"))
