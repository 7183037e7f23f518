"""Inner products for the probes: every pair of arrays once, however many ask, all results in one packed vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Backend
from resnet_sim.engine.plan import Operation, play

CHUNK = 65_536
"""Numbers of a difference that are made at a time: they are read again while they are still in the cache."""

MISSING = -1
"""Stands for the number of a product that there is not."""


@dataclass(frozen=True)
class G:
    """An activation function by its name in the plan."""

    function: str
    slope: float

    def __call__(self, x: Array) -> Array:
        """g of every number of a host array."""
        functions: dict[str, Callable[[], Array]] = {
            "relu": lambda: np.maximum(x, 0),
            "leaky_relu": lambda: np.maximum(x, self.slope * x),
            "tanh": lambda: np.tanh(x),
            "sigmoid": lambda: np.multiply(1 + np.tanh(x / 2), 0.5),
        }
        return functions[self.function]()


class Products:
    """Ask for products first, then `read` them as often as the arrays change. The arrays must stay where they are."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._wanted: list[Operation] = []
        self._numbers: dict[object, int] = {}
        self._operations: tuple[Operation, ...] = ()
        self._packed: Array | None = None

    def inner(self, a: Array, b: Array) -> int:
        """Which number of `read` will be <a, b>, over all axes."""
        if a.flags.c_contiguous and b.flags.c_contiguous:
            left, right = a.reshape(-1), b.reshape(-1)
            return self._want(("inner", *_place(a), *_place(b)), left.dot, right)
        return self._want(("inner", *_place(a), *_place(b)), _scattered_inner, a, b)

    def square(self, a: Array, g: G | None = None) -> int:
        """Which number will be ||a||^2, or ||g(a)||^2."""
        if g is None:
            return self.inner(a, a)
        return self._want(("square", *_place(a), g), _square_of, a, g)

    def distance(self, a: Array, b: Array, g: G | None = None) -> int:
        """Which number will be ||b - a||^2, or ||b - g(a)||^2: exactly 0 where both are equal."""
        key = ("distance", *_place(a), *_place(b), g)
        if g is None and a.flags.c_contiguous and b.flags.c_contiguous:
            room = self._backend.zeros((min(CHUNK, a.size),))
            return self._want(key, _distance, a.reshape(-1), b.reshape(-1), room)
        return self._want(key, _scattered_distance, a, b, g)

    def number(self, a: Array) -> int:
        """Which number will be that of a 0-d array."""
        return self._want(("number", *_place(a)), _copy, a)

    def queue(self) -> None:
        """Begin to work them out, where that goes on beside: `read` then tells of this moment."""

    def _want(self, key: object, function: Callable[..., object], *arguments: Any) -> int:
        assert self._packed is None, "everything is asked for before the first reading"
        if key not in self._numbers:
            self._numbers[key] = len(self._wanted)
            self._wanted.append((function, arguments))
        return self._numbers[key]

    def read(self) -> NDArray[np.float64]:
        """All products of what the arrays hold now, and NaN behind them: the product number MISSING."""
        if self._packed is None:
            packed = self._packed = self._backend.zeros((len(self._wanted),))
            self._operations = tuple(
                (function, (*arguments, packed[k : k + 1].reshape(())))
                for k, (function, arguments) in enumerate(self._wanted)
            )
        play(self._operations)
        return np.append(self._backend.to_host(self._packed).astype(np.float64), np.nan)


def _place(a: Array) -> tuple[object, ...]:
    return (a.__array_interface__["data"][0], a.shape, a.strides)


def _copy(a: Array, out: Array) -> None:
    out[...] = a


def _scattered_inner(a: Array, b: Array, out: Array) -> None:
    out[...] = a.reshape(-1).dot(b.reshape(-1))


def _square_of(a: Array, g: G, out: Array) -> None:
    flat = g(a).reshape(-1)
    flat.dot(flat, out)


def _distance(a: Array, b: Array, room: Array, out: Array) -> None:
    total = 0.0
    for first in range(0, len(a), len(room)):
        some = a[first : first + len(room)]
        difference = room[: len(some)]
        difference[...] = b[first : first + len(room)]
        difference -= some
        total += difference.dot(difference)
    out[...] = total


def _scattered_distance(a: Array, b: Array, g: G | None, out: Array) -> None:
    difference = (b - (a if g is None else g(a))).reshape(-1)
    difference.dot(difference, out)
