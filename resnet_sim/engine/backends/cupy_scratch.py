"""Device memory that the GPU primitives of one model share: named arrays, grown to the largest request."""

from __future__ import annotations

from math import prod
from typing import Any

from resnet_sim.engine.backend import Array


class DeviceScratch:
    """Holds nothing from one primitive to the next. `xp` is the CuPy module."""

    def __init__(self, xp: Any, dtype: str) -> None:
        self._xp, self._dtype = xp, dtype
        self._rooms: dict[str, list[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> Array:
        """Room for `shape`; the next request under this name may get the same memory."""
        size = max(1, prod(shape))
        rooms = self._rooms.setdefault(name, [])
        if not rooms or rooms[-1].size < size:
            rooms.append(self._xp.empty(size, self._dtype))  # smaller ones stay: operations are bound to them
        found: Array = next(room for room in rooms if room.size >= size)[: prod(shape)].reshape(shape)
        return found
