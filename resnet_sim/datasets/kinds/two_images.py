"""Two 4x4 images small enough to compute a residual block by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import choice


@dataclass(frozen=True)
class TwoImages(DataSet):
    """(N, 4, 4, 1) with N = 2, or 1 if only one is chosen; no dev set; the numbers stay as they are.

    First: 2 at the two middle pixels of the diagonal, y = 2. Second: 2 at those of the anti-diagonal, y = 1.
    """

    name: ClassVar[str] = "two-images"
    title: ClassVar[str] = "Two images"
    about: ClassVar[str] = "A diagonal and an anti-diagonal of 4×4 pixels: every number can be checked by hand."

    examples: str = choice("both", ("both", "first", "second"), "Examples", "Train on both images or on one of them.")

    @property
    def shape(self) -> DataShape:
        return DataShape((4, 4, 1), 1, "regression")

    @property
    def sizes(self) -> tuple[int, int]:
        return 2 if self.examples == "both" else 1, 0

    def load(self) -> Data:
        X = np.zeros((2, 4, 4, 1))
        X[0, (1, 2), (1, 2)] = 2
        X[1, (1, 2), (2, 1)] = 2
        y = np.array([[2.0], [1.0]])
        chosen = {"both": slice(0, 2), "first": slice(0, 1), "second": slice(1, 2)}[self.examples]
        return Data(X[chosen], y[chosen], np.zeros((0, 4, 4, 1)), np.zeros((0, 1)), "regression")
