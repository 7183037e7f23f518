"""Numbers per channel against whole images: laid out along a row, and summed down the rows."""

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
    """(m, n) as it is; (m, n_H, n_W, n_C) as (m n_H, n_W n_C)."""
    return x.reshape(-1, per_row(x) * x.shape[-1])


def line(channels: Array, x: Array) -> tuple[Array, Operations]:
    """A vector per channel (n_C,) laid out along a whole row of x, so that inner loops are long; a line as it is."""
    length = per_row(x) * x.shape[-1]
    if channels.size == length:
        return channels.reshape(-1), []
    made = np.empty((per_row(x), x.shape[-1]), x.dtype)
    return made.reshape(-1), [(np.copyto, (made, channels))]


def column_sums(scratch: Scratch, x: Array, out: Array) -> Operations:
    """out (n_C,) = the sum over everything else, as ones . x: many times faster than adding up axis by axis.

    Where out is a line, the places of a row stay apart.
    """
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
