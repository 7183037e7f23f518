"""Numbers per channel against whole images: laid out along a row, and summed down the rows.

An array x is (m, n), images (m, n_H, n_W, n_C), or a stack of L matrices (L, m, n) with channels (L, n).
"""

from __future__ import annotations

import numpy as np

from resnet_sim.engine.backend import Array
from resnet_sim.engine.backends.numpy_scratch import Scratch
from resnet_sim.engine.plan import Operation

Operations = list[Operation]

NARROW = 16
"""Up to this many columns NumPy takes longer to begin each row anew than for the row itself."""


def per_row(x: Array) -> int:
    """How often a per-channel vector repeats along one row of `rows_of(x)`: n_W for images, 1 for vectors."""
    return x.shape[-2] if x.ndim == 4 else 1


def rows_of(x: Array) -> Array:
    """(m, n) and stacks as they are; (m, n_H, n_W, n_C) as (m n_H, n_W n_C)."""
    return x.reshape(-1, per_row(x) * x.shape[-1]) if x.ndim == 4 else x


def per_channel(x: Array) -> int:
    """How many numbers of x belong to one channel."""
    return int(x.shape[-2] if x.ndim == 3 else x.size // x.shape[-1])


def products(a: Array, b: Array, out: Array) -> Operations:
    """out = a b. A stack takes one each: `matmul` over two small ones takes longer than both. A matrix is for all."""
    if out.ndim == 2:
        return [(a.dot, (b, out))]
    lefts, rights = (each if each.ndim == 3 else [each] * len(out) for each in (a, b))
    return [(left.dot, (right, place)) for left, right, place in zip(lefts, rights, out, strict=True)]


def line(channels: Array, x: Array) -> tuple[Array, Operations]:
    """A vector per channel (n_C,) laid out along a whole row of x, so that inner loops are long; a line as it is."""
    length = per_row(x) * x.shape[-1]
    if channels.size == length:
        return channels.reshape(-1), []
    made = np.empty((per_row(x), x.shape[-1]), x.dtype)
    return made.reshape(-1), [(np.copyto, (made, channels))]


def by_channel(ufunc: np.ufunc, scratch: Scratch, x: Array, channels: Array, out: Array) -> Operations:
    """out = ufunc(x, a number per channel); for images from a vector or a line.

    For matrices the numbers are laid out first: two calls take less time than one that begins every row anew. A step
    of 20 layers with batch norm takes 0.94 of its time with 8 units, 0.96 with 32, the same with 128 (measured).
    """
    if x.ndim == 4:
        tiled, fill = line(channels, x)
        return [*fill, (ufunc, (rows_of(x), tiled, rows_of(out)))]
    room = scratch.array("by channel", x.shape) if out is x else out
    return [(np.copyto, (room, channels[..., None, :])), (ufunc, (x, room, out))]


def column_sums(scratch: Scratch, x: Array, out: Array) -> Operations:
    """out (n_C,) = the sum over everything else, as ones . x: many times faster than adding up axis by axis.

    Where out is a line, the places of a row stay apart.
    """
    if x.ndim == 3:
        ones = scratch.ones(x.shape[1])
        return [(ones.dot, each) for each in zip(x, out, strict=True)]
    rows = rows_of(x)
    ones = scratch.ones(len(rows))
    if out.size == rows.shape[1]:
        return [(ones.dot, (rows, out.reshape(-1)))]
    folded = scratch.array("folded", (rows.shape[1],))
    return [(ones.dot, (rows, folded)), *fold(scratch, folded, out)]


def fold(scratch: Scratch, line: Array, out: Array) -> Operations:
    """out (n_C,) = the sum over the places of a line (n_W n_C,)."""
    repeats = line.size // out.size
    return [(scratch.ones(repeats).dot, (line.reshape(repeats, -1), out))]
