"""What a data set is: a frozen dataclass with settings that makes train and dev sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from resnet_sim.layers.base import DataShape, Task
from resnet_sim.settings import check_settings

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Data:
    """Examples ready to train on, float64.

    train_x, dev_x: (N, *shape), images (N, n_H, n_W, n_C), standardised. train_y, dev_y: (N, n_out), one-hot for
    classification. dev sets may be empty (N = 0). class_names: one per output, () for regression.
    """

    train_x: Floats
    train_y: Floats
    dev_x: Floats
    dev_y: Floats
    task: Task
    class_names: tuple[str, ...] = ()

    @property
    def shape(self) -> DataShape:
        """Size of one example, number of outputs, task."""
        return DataShape(tuple(self.train_x.shape[1:]), int(self.train_y.shape[1]), self.task)

    @property
    def rms(self) -> float:
        """The root mean square of all numbers in train_x."""
        flat = self.train_x.reshape(-1)
        return float(np.sqrt(flat.dot(flat) / flat.size))


@dataclass(frozen=True)
class DataSet:
    """One kind of data set as a value: its fields are its settings. `load` gives the same numbers every time."""

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def shape(self) -> DataShape:
        """What `load().shape` will be, without loading."""
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, int]:
        """How many examples `load()` will give to train on and to check with, without loading."""
        raise NotImplementedError

    def load(self) -> Data:
        """Train and dev set. Raises FileError when a shipped file is missing."""
        raise NotImplementedError


def one_hot(labels: NDArray[np.integer], classes: int) -> Floats:
    """(N,) class numbers -> (N, classes) with a single 1 per row."""
    rows: Floats = np.eye(classes)[labels]
    return rows
