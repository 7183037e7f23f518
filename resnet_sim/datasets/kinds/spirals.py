"""Spirals: arms wound around each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer, number


@dataclass(frozen=True)
class Spirals(DataSet):
    """(N, 2), one arm per class, both coordinates standardised."""

    name: ClassVar[str] = "spirals"
    title: ClassVar[str] = "Spirals"
    about: ClassVar[str] = "Points in the plane on arms wound around each other, one class per arm."

    examples: int = integer(400, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    classes: int = integer(2, "Classes", "How many arms.", low=2, high=5)
    turns: float = number(1.0, "Turns", "How often an arm winds around the centre.", low=0.1, high=5.0)
    noise: float = number(0.03, "Noise", "How far points stray from their arm, of its length 1.", low=0.0, high=1.0)
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
        radius = np.sqrt(random.uniform(0.01, 1, self.examples))
        angle = 2 * np.pi * (self.turns * radius + y / self.classes)
        X = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
        X += self.noise * random.standard_normal(X.shape)
        return split(X, y, tuple(f"arm {k + 1}" for k in range(self.classes)))
