"""Moons: two half circles that reach into each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer, number


@dataclass(frozen=True)
class Moons(DataSet):
    """(N, 2), two classes, both coordinates standardised."""

    name: ClassVar[str] = "moons"
    title: ClassVar[str] = "Moons"
    about: ClassVar[str] = "Points in the plane on two half circles that reach into each other."

    examples: int = integer(400, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    noise: float = number(0.1, "Noise", "How far points stray from their moon.", low=0.0, high=1.0)
    seed: int = integer(0, "Seed", "Decides the points.", low=0, high=2**31 - 1)

    @property
    def shape(self) -> DataShape:
        return DataShape((2,), 2, "classification")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(self.examples)

    def load(self) -> Data:
        random = np.random.RandomState(self.seed)
        y = np.arange(self.examples) % 2
        angle = random.uniform(0, np.pi, self.examples)
        upper = np.stack([np.cos(angle), np.sin(angle)], 1)
        lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
        X = np.where(y[:, None] == 0, upper, lower) + self.noise * random.standard_normal((self.examples, 2))
        return split(X, y, ("upper", "lower"))
