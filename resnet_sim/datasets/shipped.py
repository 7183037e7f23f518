"""The data sets that ship with the program: npz files in resources/datasets, read once."""

from __future__ import annotations

import zipfile
from functools import cache

import numpy as np
from numpy.typing import NDArray

from resnet_sim.assets import resources
from resnet_sim.datasets.base import Floats
from resnet_sim.errors import FileError, sentence

Labels = NDArray[np.int64]


@cache
def shipped(name: str) -> tuple[Floats, Labels]:
    """X (N, n) float64 and y (N,) class numbers of resources/datasets/<name>.npz, both read-only.

    Raises FileError when the file is missing or damaged.
    """
    path = resources() / "datasets" / f"{name}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            X = np.asarray(archive["X"], np.float64)
            y = np.asarray(archive["y"], np.int64)
    except FileNotFoundError:
        raise FileError(
            sentence("The data file “{path}” is missing; please install the program again.", path=str(path))
        ) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise FileError(
            sentence(
                "The data file “{path}” cannot be read ({problem}); please install the program again.",
                path=str(path),
                problem=str(problem),
            )
        ) from None
    X.flags.writeable = False
    y.flags.writeable = False
    return X, y
