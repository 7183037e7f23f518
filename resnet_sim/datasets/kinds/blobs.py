"""Blobs: one cloud of points per class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.splitting import dealt, split
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer, number


@dataclass(frozen=True)
class Blobs(DataSet):
    """(N, 2), one normal cloud per class with centres evenly on the unit circle, both coordinates standardised."""

    name: ClassVar[str] = "blobs"
    title: ClassVar[str] = "Blobs"
    about: ClassVar[str] = "Points in the plane in round clouds, one class per cloud."

    examples: int = integer(400, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    classes: int = integer(3, "Classes", "How many clouds.", low=2, high=10)
    noise: float = number(0.25, "Noise", "How far points stray from the centre of their cloud.", low=0.0, high=2.0)
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
        angle = 2 * np.pi * y / self.classes
        X = np.stack([np.cos(angle), np.sin(angle)], 1) + self.noise * random.standard_normal((self.examples, 2))
        return split(X, y, tuple(f"cloud {k + 1}" for k in range(self.classes)))
