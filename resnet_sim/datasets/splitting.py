"""Train and dev set from one pile of examples, and numbers near 0 with a spread near 1."""

from __future__ import annotations

import numpy as np

from resnet_sim.datasets.base import Data, Floats, one_hot
from resnet_sim.datasets.shipped import Labels

TRAIN_SHARE = 0.8


def train_size(n: int) -> int:
    """How many of n examples are trained on; the others are the dev set."""
    return round(TRAIN_SHARE * n)


def dealt(n: int) -> tuple[int, int]:
    """The sizes of the train and the dev set that n examples make."""
    return train_size(n), n - train_size(n)


def permuted(n: int) -> Labels:
    """The fixed order in which n examples are dealt out: first train, then dev.

    RandomState is the generator whose numbers NumPy keeps for ever.
    """
    return np.random.RandomState(0).permutation(n).astype(np.int64)


def split(X: Floats, y: Labels, class_names: tuple[str, ...], *, per_column: bool = True) -> Data:
    """Classification data: X (N, *shape) dealt out 80/20 and standardised, y (N,) made one-hot.

    per_column: every feature by its own mean and deviation; else one mean and deviation for all (images keep their
    look). Both are those of the training set.
    """
    targets = one_hot(y, len(class_names))
    order = permuted(len(X))
    train, dev = np.split(order, [train_size(len(X))])
    train_x, dev_x = standardised(X[train], X[dev], per_column=per_column)
    return Data(train_x, targets[train], dev_x, targets[dev], "classification", class_names)


def split_regression(X: Floats, y: Floats) -> Data:
    """Regression data: X (N, n) dealt out 80/20 and standardised, y (N, n_out) as it is."""
    train, dev = np.split(permuted(len(X)), [train_size(len(X))])
    train_x, dev_x = standardised(X[train], X[dev])
    return Data(train_x, y[train], dev_x, y[dev], "regression")


def standardised(train_x: Floats, dev_x: Floats, *, per_column: bool = True) -> tuple[Floats, Floats]:
    """Both sets minus the training mean, over the training deviation; what is constant is divided by 1."""
    axis = 0 if per_column else None
    mean = train_x.mean(axis)
    deviation = train_x.std(axis)
    deviation = np.where(deviation > 1e-12 * (1 + np.abs(mean)), deviation, 1.0)
    return (train_x - mean) / deviation, (dev_x - mean) / deviation
