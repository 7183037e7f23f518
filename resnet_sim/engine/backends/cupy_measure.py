"""Measurements on a GPU: whatever a snapshot shows is worked out there side by side, and comes over in one copy."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.cupy_kernels import FUNCTIONS, THREADS, Kernels
from resnet_sim.engine.model import BoundPlan
from resnet_sim.engine.pictures import Pictures, channels_first
from resnet_sim.engine.products import G, Products
from resnet_sim.engine.samples import Samples, strided_view

PIECE = 2**16
"""Numbers of a product that one block of threads adds up."""
DOT, DISTANCE = 0, 1
FIRST_ROOM = 2**14

Launch = Callable[[], object]


class Pack:
    """Float64 numbers on the device, in regions that measurements reserve; `fetch` brings all of them at once."""

    def __init__(self, xp: Any, kernels: Kernels) -> None:
        self.xp, self.kernels = xp, kernels
        self.array = xp.zeros(FIRST_ROOM, np.float64)
        self.host: NDArray[Any] = np.zeros(0)
        self._free: list[tuple[int, int]] = [(0, FIRST_ROOM)]
        self._ends: dict[int, int] = {}

    def reserve(self, n: int, owner: object) -> slice:
        """Room for n numbers as long as `owner` lives."""
        n = max(1, n)
        at = next((k for k, (first, last) in enumerate(self._free) if last - first >= n), None)
        if at is None:
            self._grow(n)
            at = len(self._free) - 1
        first, last = self._free[at]
        self._free[at : at + 1] = [(first + n, last)] if last - first > n else []
        self._ends[first] = first + n
        weakref.finalize(owner, self._give_back, first).atexit = False
        return slice(first, first + n)

    def _grow(self, n: int) -> None:
        old, size = self.array, self.array.size
        self.array = self.xp.zeros(2 * size + n, np.float64)
        self.array[:size] = old
        self._free.append((size, 2 * size + n))

    def _give_back(self, first: int) -> None:
        regions: list[tuple[int, int]] = []
        for begin, end in sorted([*self._free, (first, self._ends.pop(first))]):
            if regions and regions[-1][1] == begin:
                regions[-1] = (regions[-1][0], end)
            else:
                regions.append((begin, end))
        self._free = regions

    def fetch(self) -> None:
        """Copy all that is reserved to `host`: the one wait for the GPU."""
        self.host = self.array[: max(self._ends.values(), default=1)].get()

    def upload(self, rows: Sequence[Sequence[int]]) -> Any:
        """A table of jobs for a kernel."""
        return self.xp.asarray(np.array(rows, np.int64))


class DeviceProducts(Products):
    """Products whose numbers are queued on the device, and read once they were fetched."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._keys: dict[object, int] = {}
        self._jobs: list[tuple[Array, Array, int, G | None]] = []
        self._launches: list[Launch] | None = None
        self._place = slice(0, 0)
        self._one = pack.xp.asarray(np.ones((), pack.kernels.dtype))

    def inner(self, a: Array, b: Array) -> int:
        return self._ask(a, b, DOT, None)

    def square(self, a: Array, g: G | None = None) -> int:
        if g is None:
            return self._ask(a, a, DOT, None)
        nothing: Any = self._pack.xp.zeros(a.shape, self._pack.kernels.dtype)
        return self._ask(nothing, a, DISTANCE, g)

    def distance(self, a: Array, b: Array, g: G | None = None) -> int:
        return self._ask(b, a, DISTANCE, g)

    def number(self, a: Array) -> int:
        return self._ask(a, self._one, DOT, None)

    def _ask(self, x: Array, y: Array, kind: int, g: G | None) -> int:
        assert self._launches is None, "everything is asked for before the first reading"
        key = (_address(x), _address(y), x.size, kind, g)
        if key not in self._keys:
            self._keys[key] = len(self._jobs)
            self._jobs.append((x, y, kind, g))
        return self._keys[key]

    def queue(self) -> None:
        if self._launches is None:
            self._launches = list(self._prepare()) if self._jobs else []
        for launch in self._launches:
            launch()

    def _prepare(self) -> tuple[Launch, Launch]:
        pack, itemsize = self._pack, np.dtype(self._pack.kernels.dtype).itemsize
        self._place = pack.reserve(len(self._jobs), self)
        pieces: list[tuple[int, ...]] = []
        spans: list[tuple[int, int]] = []
        slopes = [0.0]
        for x, y, kind, g in self._jobs:
            begin = len(pieces)
            slopes.append(0.0 if g is None else g.slope)
            function = 0 if g is None else FUNCTIONS[g.function]
            for first in range(0, x.size, PIECE):
                apart, numbers = first * itemsize, min(PIECE, x.size - first)
                at = (_address(x) + apart, _address(y) + apart)
                pieces.append((*at, numbers, kind, function, len(slopes) - 1))
            spans.append((begin, len(pieces)))
        table, slope_table = pack.upload(pieces), pack.xp.asarray(np.array(slopes, np.float64))
        parts = pack.xp.zeros(len(pieces), np.float64)
        sums = pack.upload([(*span, k) for k, span in enumerate(spans)])
        measure = pack.kernels.launch("measure_part", (len(pieces),), (THREADS,), table, slope_table, parts)
        place, kernels = self._place, pack.kernels

        def whole() -> None:
            n = len(spans)
            function, arguments = kernels.each("measure_whole", n, parts, sums, pack.array[place], n)
            function(*arguments)

        return partial(measure[0], *measure[1]), whole

    def read(self) -> NDArray[np.float64]:
        return np.append(self._pack.host[self._place], np.nan)


class Collected:
    """Copies of strided values of some arrays."""

    def __init__(self, pack: Pack, arrays: Sequence[Array]) -> None:
        """arrays: one-dimensional views; they must stay where they are."""
        self._pack, self._arrays = pack, arrays
        jobs: list[tuple[int, ...]] = []
        n = 0
        for each in arrays:
            stride = each.strides[0] // each.itemsize if each.size > 1 else 1
            jobs.append((_address(each), stride, each.size, n))
            n += each.size
        self.place = pack.reserve(n, self)
        self._table = pack.upload(jobs)

    def queue(self) -> None:
        """Begin to copy."""
        into = self._pack.array[self.place]
        function, arguments = self._pack.kernels.launch("collect", (len(self._arrays),), (THREADS,), self._table, into)
        function(*arguments)

    @property
    def values(self) -> NDArray[Any]:
        """All of them, one array behind the other, as they were fetched."""
        return self._pack.host[self.place]


class DeviceSamples(Samples):
    """Samples taken on the device."""

    def __init__(self, arrays: Sequence[Array], pack: Pack) -> None:
        views = [lines_of(each) for each in arrays]
        self._collected = Collected(pack, [line for each in views for line in each])
        self._arrange([sum(line.size for line in each) for each in views])

    def queue(self) -> None:
        self._collected.queue()

    def take(self) -> None:
        self._values[...] = self._collected.values


class DevicePictures(Pictures):
    """Pictures copied with everything else."""

    def __init__(self, plan: BoundPlan, places: Mapping[str, str], pack: Pack) -> None:
        super().__init__(plan, places)
        flat = [plan.activation(place)[0].reshape(-1) for place in places.values()]
        self._collected = Collected(pack, flat)
        self._ends = np.cumsum([each.size for each in flat])

    def queue(self) -> None:
        self._collected.queue()

    def taken(self) -> dict[str, NDArray[np.float32]]:
        pieces = np.split(self._collected.values.astype(np.float32), self._ends[:-1])
        found: dict[str, NDArray[np.float32]] = {}
        for (part, place), values in zip(self.places.items(), pieces, strict=True):
            found[part] = channels_first(values.reshape(self.plan.activation(place).shape[1:]))
        return found


def lines_of(values: Array) -> list[Array]:
    """Views in one dimension: of an array in one piece a sample, of a thinned matrix each row."""
    if values.flags.c_contiguous or values.ndim == 1:
        return [strided_view(values)]
    return [values[k] for k in range(len(values))]


def _address(a: Any) -> int:
    address: int = a.data.ptr
    return address
