"""Device arrays that never mix with the host's: no conversion, no arithmetic with NumPy arrays, copies counted."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from .cuda import POOL


@dataclass
class Traffic:
    """Copies between host and device."""

    to_host: int = 0
    to_device: int = 0


traffic = Traffic()


class ndarray:  # noqa: N801 - CuPy's name
    """Owns or views a NumPy array that nobody else sees. Has what the program uses of CuPy, and no more."""

    __array_ufunc__ = None  # NumPy must not take it
    __array_priority__ = 100
    __slots__ = ("__weakref__", "_a")

    def __init__(self, *arguments: object) -> None:
        raise TypeError("device arrays are made by empty, zeros and asarray")

    @classmethod
    def own(cls, a: np.ndarray[Any, Any]) -> ndarray:
        """New memory on the device."""
        POOL.take(a.nbytes)
        made = cls._view(a)
        weakref.finalize(a, POOL.give, a.nbytes)
        return made

    @classmethod
    def _view(cls, a: np.ndarray[Any, Any]) -> ndarray:
        made = object.__new__(cls)
        made._a = a
        return made

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self._a.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._a.dtype

    @property
    def size(self) -> int:
        return self._a.size

    @property
    def ndim(self) -> int:
        return self._a.ndim

    @property
    def nbytes(self) -> int:
        return self._a.nbytes

    @property
    def itemsize(self) -> int:
        return self._a.itemsize

    @property
    def data(self) -> Pointer:
        return Pointer(self._a.ctypes.data)

    @property
    def flags(self) -> Any:
        return self._a.flags

    @property
    def strides(self) -> tuple[int, ...]:
        return self._a.strides

    def __len__(self) -> int:
        return len(self._a)

    # --- no way to the host but `get` -----------------------------------------------------------------------------

    def _refuse(self, *arguments: object, **named: object) -> NoReturn:
        raise TypeError("a device array is not converted implicitly: use get() or asnumpy()")

    __array__ = __float__ = __int__ = __index__ = __bool__ = __iter__ = __complex__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = _refuse
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse  # type: ignore[assignment] # NumPy's compare elementwise
    __hash__ = None  # type: ignore[assignment] # as CuPy's

    def get(self) -> np.ndarray[Any, Any]:
        traffic.to_host += 1
        return self._a.copy()

    def set(self, arr: np.ndarray[Any, Any]) -> None:
        """As strict as CuPy's: same dtype, same shape, no gaps."""
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {arr.shape}")
        if not self._a.flags.c_contiguous:
            raise RuntimeError("Cannot set to non-contiguous array")
        traffic.to_device += 1
        self._a[...] = arr

    # --- on the device --------------------------------------------------------------------------------------------

    @property
    def T(self) -> ndarray:  # noqa: N802 - CuPy's name
        return self._view(self._a.T)

    def reshape(self, *shape: Any) -> ndarray:
        """A view; a copy here would be one that the program does not know of."""
        found = self._a.reshape(*shape)
        assert found.size == 0 or np.shares_memory(found, self._a), "reshape would copy"
        return self._view(found)

    def copy(self) -> ndarray:
        return self.own(self._a.copy())

    def fill(self, value: float) -> None:
        assert isinstance(value, int | float), "fill takes a number"
        self._a.fill(value)

    def __getitem__(self, key: Any) -> ndarray:
        _plain(key)
        return self._view(self._a[key] if self._a[key].__class__ is np.ndarray else self._a[key, ...])

    def __setitem__(self, key: Any, value: Any) -> None:
        _plain(key)
        if isinstance(value, ndarray):
            self._a[key] = value._a
        elif isinstance(value, int | float | np.generic):
            self._a[key] = value
        else:
            raise TypeError(f"a {type(value).__name__} is not put into a device array")

    def dot(self, b: ndarray, out: ndarray | None = None) -> ndarray:
        """As CuPy's: out without gaps, of the right dtype and size."""
        if not isinstance(b, ndarray) or not isinstance(out, ndarray):
            raise TypeError("dot takes device arrays, and an array to write to")
        if out.dtype != np.result_type(self.dtype, b.dtype):
            raise ValueError("Not supported dtype combination.")
        if not out._a.flags.c_contiguous:
            raise ValueError("Output array must be C-contiguous")
        found = self._a.dot(b._a)
        assert found.shape == out.shape, f"{found.shape} into {out.shape}"
        out._a[...] = found
        return out


@dataclass(frozen=True)
class Pointer:
    """As cupy.cuda.MemoryPointer."""

    ptr: int


def _plain(key: Any) -> None:
    for each in key if isinstance(key, tuple) else (key,):
        if not (each is Ellipsis or isinstance(each, int | slice)):
            raise TypeError(f"index {each!r} is not plain")
