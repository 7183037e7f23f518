"""Memory that the NumPy primitives of one lane share: named scratch arrays and constants."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array


class Scratch:
    """Arrays by name, grown to the largest request. Holds nothing from one primitive to the next."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
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
            rooms.append(np.zeros(size, dtype))  # smaller ones stay: operations are bound to them
        return next(room for room in rooms if room.size >= size)[:size].reshape(shape)

    def zeros(self, shape: tuple[int, ...]) -> Array:
        """Zeros that nobody writes to."""
        return self._constant("zeros", prod(shape), np.zeros).reshape(shape)

    def ones(self, n: int) -> Array:
        """(n,) ones that nobody writes to."""
        return self._constant("ones", n, np.ones)

    def _constant(self, name: str, size: int, make: Any) -> Array:
        key = (name, "")
        if key not in self._constants or self._constants[key].size < size:
            self._constants[key] = make(size, self.dtype)
        found: Array = self._constants[key][:size]
        return found

    def number(self, value: float) -> Array:
        """A 0-d array: cheaper in a small operation than a Python number."""
        return self._constants.setdefault(("number", value), np.array(value, self.dtype))

    def framed(self, name: str, shape: tuple[int, ...]) -> Array:
        """An array of its own per shape, 0 at first; its users write the interior only, so its frame stays 0."""
        return self._constants.setdefault((name, shape), np.zeros(shape, self.dtype))

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        rooms = [room for each in self._shared.values() for room in each]
        return sum(room.nbytes for room in rooms) + sum(each.nbytes for each in self._constants.values())
