"""A strict stand-in for CuPy on a machine without a GPU: what it does not have, the program must not use.

Device arrays refuse every silent way to the host and every mixture with host arrays; kernels run from their own CUDA
source, compiled as C++ (see kernels.py); each copy between host and device is counted in `traffic`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import cuda as cuda
from .arrays import ndarray as ndarray
from .arrays import traffic as traffic
from .kernels import RawKernel as RawKernel
from .kernels import RawModule as RawModule

__version__ = "14.0.fake"


def empty(shape: Any, dtype: Any = float) -> ndarray:
    """Not 0: what nobody wrote must not be read."""
    made = np.empty(shape, dtype)
    made.fill(np.nan if made.dtype.kind == "f" else -1)
    return ndarray.own(made)


def zeros(shape: Any, dtype: Any = float) -> ndarray:
    return ndarray.own(np.zeros(shape, dtype))


def asarray(a: Any, dtype: Any = None) -> ndarray:
    """To the device, counted; a device array as it is."""
    if isinstance(a, ndarray):
        assert dtype is None or a.dtype == dtype
        return a
    if not isinstance(a, np.ndarray):
        raise TypeError("only a NumPy array goes to the device here")
    traffic.to_device += 1
    return ndarray.own(np.array(a, dtype, order="C"))


def asnumpy(a: ndarray) -> np.ndarray[Any, Any]:
    return a.get()


def get_default_memory_pool() -> cuda.MemoryPool:
    return cuda.POOL
