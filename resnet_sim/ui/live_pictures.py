"""Small pictures of a^{[l]} and one filter for the cards: a cell per value, crisp, zero in the colour of the card."""

from __future__ import annotations

from functools import cache
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from resnet_sim.ui.theme import Theme

SIDE = 8
"""Larger channels are averaged down to at most this many cells a side."""
GRID = 3
BARS = 24
"""A vector is drawn as bars, at most so many."""
WIDTH = 26
BENDING = 0.65
"""|v|^0.65: small values stay visible."""

Cells = NDArray[np.uint32]


@cache
def colours(theme: Theme, hue: str = "act") -> Cells:
    """(256,) 0xffRRGGBB: 128 is zero (the card), above it the hue of the quantity, below it the ink side."""

    def parts(colour: str) -> NDArray[np.float64]:
        made = QColor(colour)
        return np.array([made.red(), made.green(), made.blue()], float)

    value = (np.arange(256) - 128) / 127.0
    amount = np.clip(np.abs(value), 0, 1) ** BENDING
    side = np.where(value[:, None] >= 0, parts(getattr(theme, hue)), parts(theme.ink))
    rgb = (parts(theme.card) + (side - parts(theme.card)) * amount[:, None]).astype(np.uint32)
    made: Cells = (0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(np.uint32)
    return made


def cells_of(values: NDArray[np.float32], largest: float, theme: Theme, hue: str = "act") -> Cells:
    """The colours of finite values, on a scale from -largest to largest."""
    found: Cells = colours(theme, hue)[128 + np.rint(127 * values / (largest or 1.0)).astype(np.intp)]
    return found


def picture(values: NDArray[np.generic], theme: Theme, weights: NDArray[np.generic] | None = None) -> QImage:
    """(n_C, n_H, n_W) as up to nine channels, (n,) as bars. One scale for the whole layer: a dying layer looks pale.

    weights: a filter (f, f), shown in the last cell in place of a ninth channel, where a cell has room for it; or a
    matrix, thinned as the bars are, shown beside them. Values that are not finite are drawn as 0.
    """
    found = _finite(values)
    if found.ndim == 1:
        cells = _bars(found, theme, None if weights is None else _finite(weights))
    else:
        filters = [] if weights is None else _filter(_finite(weights), _small(found[0]).shape, theme)
        shown = np.stack([_small(channel) for channel in found[: GRID * GRID - len(filters)]])
        cells = _grid([*cells_of(shown, float(np.abs(shown).max()), theme), *filters], theme)
    height, width = cells.shape
    return QImage(cells.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _finite(values: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _small(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    n_H, n_W = channel.shape
    by = ceil(max(n_H, n_W) / SIDE)
    if by == 1:
        return channel
    padded = np.pad(channel, ((0, -n_H % by), (0, -n_W % by)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // by, by, padded.shape[1] // by, by)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _filter(values: NDArray[np.float32], room: tuple[int, ...], theme: Theme) -> list[Cells]:
    """A filter in the middle of a cell, as large as a whole number of times fits; [] where it does not fit once."""
    f = len(values)
    times = min(room) // f
    if not times:
        return []
    large = values.repeat(times, 0).repeat(times, 1)
    top, left = ((side - times * f) // 2 for side in room)
    cell = np.full(room, colours(theme)[128], np.uint32)
    cell[top : top + times * f, left : left + times * f] = cells_of(large, float(np.abs(values).max()), theme, "wt")
    return [cell]


def _grid(pictures: list[Cells], theme: Theme) -> Cells:
    n, (n_H, n_W) = len(pictures), pictures[0].shape
    across = min(GRID, ceil(sqrt(n)))
    down = ceil(n / across)
    cells = np.full((down * (n_H + 1) - 1, across * (n_W + 1) - 1), colours(theme)[128], np.uint32)
    for k, each in enumerate(pictures):
        row, column = divmod(k, across)
        top, left = row * (n_H + 1), column * (n_W + 1)
        cells[top : top + n_H, left : left + n_W] = each
    return cells


def _bars(values: NDArray[np.float32], theme: Theme, matrix: NDArray[np.float32] | None) -> Cells:
    shown = values[:: ceil(len(values) / BARS)]
    gap = 1 if len(shown) <= BARS // 2 else 0
    cells = np.full((len(shown) * (1 + gap), WIDTH), colours(theme)[128], np.uint32)
    room = WIDTH
    if matrix is not None and len(matrix) == len(shown) and matrix.shape[1] < WIDTH // 2:
        room = WIDTH // 2
        large = matrix.repeat(1 + gap, 0).repeat(max(1, (room - 1) // matrix.shape[1]), 1)
        cells[:, WIDTH - large.shape[1] :] = cells_of(large, float(np.abs(matrix).max()), theme, "wt")
    largest = float(np.abs(shown).max()) or 1.0
    lengths = np.rint(room * np.abs(shown) / largest)
    colour = np.where(shown >= 0, colours(theme)[255], colours(theme)[0])
    for k, length in enumerate(lengths.astype(int)):
        cells[k * (1 + gap), :length] = colour[k]
    return cells
