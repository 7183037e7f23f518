"""Memory that the NumPy primitives of one lane share: named scratch arrays and constants."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array

Make = Callable[[tuple[int, ...], str], NDArray[Any]]
"""(shape, dtype) -> an array of 0."""

CACHE_LINE = 64


def aligned_zeros(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """An array of 0 that begins at a cache line; elsewhere a vector unit fetches two lines for one (measured: 3 %)."""
    size = prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + CACHE_LINE, np.uint8)
    first = -memory.ctypes.data % CACHE_LINE
    return memory[first : first + size].view(dtype).reshape(shape)


class Scratch:
    """Arrays by name, grown to the largest request. Holds nothing from one primitive to the next."""

    def __init__(self, dtype: str, make: Make = aligned_zeros) -> None:
        self.dtype = dtype
        self._make = make
        self._shared: dict[str, list[NDArray[Any]]] = {}
        self._constants: dict[tuple[str, Any], NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> Array:
        """Room for `shape`; the next request under this name may get the same memory."""
        return self._room(name, shape, self.dtype)

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Room for one truth value per element."""
        return self._room("mask", shape, "bool")

    def _room(self, name: str, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        size = prod(shape)
        rooms = self._shared.setdefault(name, [])
        if not rooms or rooms[-1].size < size:
            rooms.append(self._make((size,), dtype))  # smaller ones stay: operations are bound to them
        return next(room for room in rooms if room.size >= size)[:size].reshape(shape)

    def zeros(self, shape: tuple[int, ...]) -> Array:
        """Zeros that nobody writes to."""
        return self._constant("zeros", prod(shape)).reshape(shape)

    def ones(self, n: int) -> Array:
        """(n,) ones that nobody writes to."""
        return self._constant("ones", n)

    def _constant(self, name: str, size: int) -> Array:
        key = (name, "")
        if key not in self._constants or self._constants[key].size < size:
            made = self._constants[key] = self._make((size,), self.dtype)
            if name == "ones" and made.flags.writeable:
                made.fill(1)
        found: Array = self._constants[key][:size]
        return found

    def number(self, value: float) -> Array:
        """A 0-d array: cheaper in a small operation than a Python number."""
        return self._constants.setdefault(("number", value), np.array(value, self.dtype))

    def framed(self, name: str, shape: tuple[int, ...]) -> Array:
        """An array of its own per shape, 0 at first; its users write the interior only, so its frame stays 0."""
        if (name, shape) not in self._constants:
            self._constants[(name, shape)] = self._make(shape, self.dtype)
        return self._constants[(name, shape)]

    def own(self, shape: tuple[int, ...]) -> Array:
        """A new array of 0 that belongs to who asks."""
        return self._make(shape, self.dtype)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        rooms = [room for each in self._shared.values() for room in each]
        return sum(room.nbytes for room in rooms) + sum(each.nbytes for each in self._constants.values())
