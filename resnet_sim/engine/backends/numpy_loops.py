"""Loops over images in NumPy: a few images go through all calls of a loop before the next few; threads share them.

How the images are split depends on their sizes and on the number of threads alone, so the same run gives the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import ceil, prod
from typing import Protocol

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_batch_norm import BatchNorm
from resnet_sim.engine.backends.numpy_channels import Operations, fold
from resnet_sim.engine.backends.numpy_lane import Lane
from resnet_sim.engine.plan import Buffer, Call
from resnet_sim.engine.rewrites.image_loops import BY_IMAGE

CACHE_BYTES = 4_000_000
"""What a few images may touch: about what a core's caches hold."""

Arrays = Mapping[Buffer, Array]


class Sum(Protocol):
    """A write that adds up over the chunks of a loop."""

    def part(self, call: Call, chunk: int, lane: int, arrays: Arrays) -> Operations:
        """What one chunk does; arrays are those of its images."""

    def whole(self) -> Operations:
        """What brings the chunks together, after the last."""


def bind_loop(loop: Call, arrays: Arrays, lanes: list[Lane], cache: int) -> tuple[list[Operations], Operations]:
    """(what each lane plays, what is played after all lanes are done). cache: bytes a chunk may touch."""
    calls: tuple[Call, ...] = loop.settings["calls"]
    passing: tuple[Buffer, ...] = loop.settings["passing"]
    m = _by_image(calls[0])[0].shape[0]
    itemsize = next(iter(arrays.values())).itemsize
    bounds = _chunks(m, len(lanes), _bytes_each(calls, itemsize) / cache)
    single = sum(map(len, bounds)) == 1
    sums = {} if single else {id(call): _sum_of(call, arrays, bounds, lanes) for call in calls if _adds_up(call)}
    played: list[Operations] = [[] for _ in lanes]
    chunk = 0
    for lane, (worker, own) in enumerate(zip(lanes, bounds, strict=True)):
        for first, last in own:
            room = {
                each: worker.scratch.array(f"passing {place}", (last - first, *each.shape[1:]))
                for place, each in enumerate(passing)
            }
            for call in calls:
                some = {**_slices(call, arrays, first, last), **room}
                reducing = sums.get(id(call))
                if reducing is None:
                    played[lane] += worker.bind(call, some)
                else:
                    played[lane] += reducing.part(call, chunk, lane, some)
            chunk += 1
    return played, [each for reducing in sums.values() for each in reducing.whole()]


def _adds_up(call: Call) -> bool:
    return bool(BY_IMAGE[call.primitive].sums)


def _by_image(call: Call) -> list[Buffer]:
    """The buffers of a call that have one entry per image."""
    split = BY_IMAGE[call.primitive]
    reads = [each for index, each in enumerate(call.reads) if index not in split.whole]
    return reads + [each for index, each in enumerate(call.writes) if index not in split.sums and each is not None]


def _slices(call: Call, arrays: Arrays, first: int, last: int) -> dict[Buffer, Array]:
    """The arrays of a call for images first to last."""
    images = set(_by_image(call))
    outside = (each for each in (*call.reads, *call.writes) if each is not None and each in arrays)
    return {each: arrays[each][first:last] if each in images else arrays[each] for each in outside}


def _bytes_each(calls: tuple[Call, ...], itemsize: int) -> int:
    """The most that one call touches per image, patches included."""
    return itemsize * max(sum(prod(each.shape[1:]) for each in _by_image(call)) + _patches(call) for call in calls)


def _patches(call: Call) -> int:
    """Numbers in the patches of one image."""
    if not call.primitive.startswith("convolve"):
        return 0
    images = _by_image(call)
    W = next(each for each in (*call.reads, *call.writes) if each is not None and each not in images)
    f, stride = W.shape[0], call.settings["stride"]
    return f * f * max(prod(each.shape[1:]) for each in images) // (stride * stride) if f > 1 else 0


def _chunks(m: int, lanes: int, share: float) -> list[list[tuple[int, int]]]:
    """Per lane the (first, last) images of its chunks, all of about the same size. share: of a chunk that one takes.

    Images that fit in one chunk stay in the first lane: bringing lanes together would take longer than it saves.
    """
    used = min(lanes, m) if m * share > 1 else 1
    found: list[list[tuple[int, int]]] = [[] for _ in range(lanes)]
    for lane in range(used):
        first, last = m * lane // used, m * (lane + 1) // used
        count = max(1, min(last - first, ceil((last - first) * share)))
        edges = [first + (last - first) * k // count for k in range(count + 1)]
        found[lane] = list(pairwise(edges))
    return found


def _sum_of(call: Call, arrays: Arrays, bounds: list[list[tuple[int, int]]], lanes: list[Lane]) -> Sum:
    kind = Moments if call.primitive == "moments" else Rows
    return kind(call, arrays, bounds, lanes)


class Rows:
    """Each chunk writes a row of its own; the rows are added up at the end, always in the same order."""

    def __init__(self, call: Call, arrays: Arrays, bounds: list[list[tuple[int, int]]], lanes: list[Lane]) -> None:
        self._lanes = lanes
        count = sum(map(len, bounds))
        split = BY_IMAGE[call.primitive]
        x = _by_image(call)[0]
        self._rows: dict[Buffer, tuple[Array, Array]] = {}
        for index in split.sums:
            buffer = call.writes[index]
            assert buffer is not None
            out = arrays[buffer]
            size = x.shape[2] * x.shape[3] if out.ndim == 1 else out.size  # per channel: as a line, folded at the end
            self._rows[buffer] = (lanes[0].scratch.own((count, size)), out)

    def part(self, call: Call, chunk: int, lane: int, arrays: Arrays) -> Operations:
        some = dict(arrays)
        for buffer, (rows, out) in self._rows.items():
            some[buffer] = rows[chunk] if out.ndim == 1 else rows[chunk].reshape(out.shape)
        return self._lanes[lane].bind(call, some)

    def whole(self) -> Operations:
        operations: Operations = []
        scratch = self._lanes[0].scratch
        for rows, out in self._rows.values():
            ones = scratch.ones(len(rows))
            if rows.shape[1] == out.size:
                operations.append((ones.dot, (rows, out.reshape(-1))))
            else:
                line = scratch.array("folded", (rows.shape[1],))
                operations += [(ones.dot, (rows, line)), *fold(scratch, line, out)]
        return operations


class Moments:
    """Mean and variance over chunks: deviations from the mean of the lane's first chunk, then brought together.

    That mean is at most sqrt(chunks) standard deviations from the lane's, so next to nothing cancels. Lanes are brought
    together as in Chan, Golub and LeVeque 1979.
    """

    def __init__(self, call: Call, arrays: Arrays, bounds: list[list[tuple[int, int]]], lanes: list[Lane]) -> None:
        (read,), (mean, variance) = call.reads, call.writes
        assert mean is not None
        assert variance is not None
        self._lanes = lanes
        self._mean, self._variance = arrays[mean], arrays[variance]
        used = [chunks for chunks in bounds if chunks]
        dtype, count = self._mean.dtype, sum(map(len, used))
        _, n_H, n_W, n_C = read.shape
        own = lanes[0].scratch.own
        self._sums, self._squares = own((count, n_W * n_C)), own((count, n_W * n_C))
        self._middles, self._lines = own((len(used), n_C)), own((len(used), n_W, n_C))
        self._rows = np.array([[n_H * n_W * sum(b - a for a, b in chunks)] for chunks in used], dtype)
        self._of_lane = np.repeat(np.eye(len(used), dtype=dtype), list(map(len, used)), axis=1)
        self._begun: set[int] = set()

    def part(self, call: Call, chunk: int, lane: int, arrays: Arrays) -> Operations:
        x = arrays[call.reads[0]]
        room = self._lanes[lane].room(BatchNorm)
        start: Operations = []
        if lane not in self._begun:
            self._begun.add(lane)
            start = [*room.mean(x, self._middles[lane]), (np.copyto, (self._lines[lane], self._middles[lane]))]
        return [*start, *room.spread(x, self._lines[lane].reshape(-1), self._sums[chunk], self._squares[chunk])]

    def whole(self) -> Operations:
        return [(self._together, ())]

    def _together(self) -> None:
        lanes, channels = self._middles.shape
        sums, squares = (
            (self._of_lane @ each).reshape(lanes, -1, channels).sum(1) for each in (self._sums, self._squares)
        )
        means = self._middles + sums / self._rows
        share = self._rows / self._rows.sum()
        self._mean[...] = (share * means).sum(0)
        squares += self._rows * (means - self._mean) ** 2 - sums**2 / self._rows
        np.divide(squares.sum(0), self._rows.sum(), out=self._variance)
