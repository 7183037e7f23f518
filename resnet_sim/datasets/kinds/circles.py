"""Circles: rings around one centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer, number


@dataclass(frozen=True)
class Circles(DataSet):
    """(N, 2), one ring per class with radii 1/K, 2/K, ... 1, both coordinates standardised."""

    name: ClassVar[str] = "circles"
    title: ClassVar[str] = "Circles"
    about: ClassVar[str] = "Points in the plane on rings around one centre, one class per ring."

    examples: int = integer(400, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    classes: int = integer(2, "Classes", "How many rings.", low=2, high=5)
    noise: float = number(0.05, "Noise", "How far points stray from their ring.", low=0.0, high=1.0)
    seed: int = integer(0, "Seed", "Decides the points.", low=0, high=2**31 - 1)

    @property
    def shape(self) -> DataShape:
        return DataShape((2,), self.classes, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(self.examples)

    def load(self) -> Data:
        random = np.random.RandomState(self.seed)
        y = np.arange(self.examples) % self.classes
        radius = (y + 1) / self.classes
        angle = random.uniform(0, 2 * np.pi, self.examples)
        X = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
        X += self.noise * random.standard_normal(X.shape)
        return split(X, y, tuple(f"ring {k + 1}" for k in range(self.classes)))
