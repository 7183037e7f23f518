"""Vectors to be copied: can a network learn the identity?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import integer

TRAIN, DEV, SIZE = 512, 128, 16


@dataclass(frozen=True)
class IdentityVectors(DataSet):
    """512 vectors a = |N(0, 1)| to train on and 128 to check with, (N, 16); the target is the input itself.

    Not standardised: only vectors without negative numbers pass a ReLU unchanged.
    """

    name: ClassVar[str] = "identity-vectors"
    title: ClassVar[str] = "Identity"
    about: ClassVar[str] = "Vectors of 16 positive numbers; the network shall give back what it gets."

    seed: int = integer(0, "Seed", "Decides the vectors.", low=0, high=2**31 - 1)

    @property
    def shape(self) -> DataShape:
        return DataShape((SIZE,), SIZE, "regression")

    @property
    def sizes(self) -> tuple[int, int]:
        return TRAIN, DEV

    def load(self) -> Data:
        a = np.abs(np.random.RandomState(self.seed).standard_normal((TRAIN + DEV, SIZE)))
        train, dev = a[:TRAIN], a[TRAIN:]
        return Data(train, train.copy(), dev, dev.copy(), "regression")
