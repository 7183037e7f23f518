"""Exclusive or: opposite quadrants belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer, number


@dataclass(frozen=True)
class Xor(DataSet):
    """(N, 2), class 1 where the coordinates have different signs, both standardised. No straight line parts them."""

    name: ClassVar[str] = "xor"
    title: ClassVar[str] = "Exclusive or"
    about: ClassVar[str] = "Points in a square; opposite quadrants belong to one class."

    examples: int = integer(400, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    noise: float = number(0.05, "Noise", "How far points stray after their class is decided.", low=0.0, high=1.0)
    seed: int = integer(0, "Seed", "Decides the points.", low=0, high=2**31 - 1)

    @property
    def shape(self) -> DataShape:
        return DataShape((2,), 2, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(self.examples)

    def load(self) -> Data:
        random = np.random.RandomState(self.seed)
        quadrant = np.arange(self.examples) % 4
        signs = np.stack([1 - 2 * (quadrant % 2), 1 - 2 * (quadrant // 2)], 1)
        X = signs * random.uniform(0, 1, (self.examples, 2)) + self.noise * random.standard_normal((self.examples, 2))
        y = (signs[:, 0] != signs[:, 1]).astype(np.int64)
        return split(X, y, ("same signs", "different signs"))
