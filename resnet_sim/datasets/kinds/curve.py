"""Curve: one number in, one number out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from resnet_sim.datasets.base import Data, DataSet, Floats
from resnet_sim.datasets.splitting import dealt, split_regression
from resnet_sim.layers.base import DataShape
from resnet_sim.settings import choice, integer, number


def _sine(x: Floats) -> Floats:
    return np.sin(np.pi * x)


_FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {"sine": _sine, "parabola": np.square, "corner": np.abs, "step": np.sign}
)


@dataclass(frozen=True)
class Curve(DataSet):
    """x (N, 1) from [-1, 1], standardised; y (N, 1) = f(x) + noise, as it is."""

    name: ClassVar[str] = "curve"
    title: ClassVar[str] = "Curve"
    about: ClassVar[str] = "Points on a curve: the network shall give y for every x."

    function: str = choice("sine", tuple(_FUNCTIONS), "Function", "The curve without noise.")
    examples: int = integer(200, "Examples", "Points of the train and dev set together.", low=10, high=20_000)
    noise: float = number(0.05, "Noise", "How far y strays from the curve.", low=0.0, high=2.0)
    seed: int = integer(0, "Seed", "Decides the points.", low=0, high=2**31 - 1)

    @property
    def shape(self) -> DataShape:
        return DataShape((1,), 1, "regression")

    @property
    def sizes(self) -> tuple[int, int]:
        return dealt(self.examples)

    def load(self) -> Data:
        random = np.random.RandomState(self.seed)
        x = random.uniform(-1, 1, (self.examples, 1))
        clean = _FUNCTIONS[self.function](x)
        return split_regression(x, clean + self.noise * random.standard_normal((self.examples, 1)))
