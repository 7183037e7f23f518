"""Small pictures of a^{[l]} for the cards: one cell per value, crisp, zero in the colour of the card."""

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
def colours(theme: Theme) -> Cells:
    """(256,) 0xffRRGGBB: 128 is zero (the card), above it the hue of activations, below it the ink side."""

    def parts(colour: str) -> NDArray[np.float64]:
        made = QColor(colour)
        return np.array([made.red(), made.green(), made.blue()], float)

    value = (np.arange(256) - 128) / 127.0
    amount = np.clip(np.abs(value), 0, 1) ** BENDING
    side = np.where(value[:, None] >= 0, parts(theme.act), parts(theme.ink))
    rgb = (parts(theme.card) + (side - parts(theme.card)) * amount[:, None]).astype(np.uint32)
    made: Cells = (0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(np.uint32)
    return made


def cells_of(values: NDArray[np.float32], largest: float, theme: Theme) -> Cells:
    """The colours of finite values, on a scale from -largest to largest."""
    found: Cells = colours(theme)[128 + np.rint(127 * values / (largest or 1.0)).astype(np.intp)]
    return found


def picture(values: NDArray[np.generic], theme: Theme) -> QImage:
    """(n_C, n_H, n_W) as up to nine channels, (n,) as bars. One scale for the whole layer: a dying layer looks pale.

    Values that are not finite are drawn as 0.
    """
    found = np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    if found.ndim == 1:
        cells = _bars(found, theme)
    else:
        cells = _channels(np.stack([_small(channel) for channel in found[: GRID * GRID]]), theme)
    height, width = cells.shape
    return QImage(cells.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _small(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    n_H, n_W = channel.shape
    by = ceil(max(n_H, n_W) / SIDE)
    if by == 1:
        return channel
    padded = np.pad(channel, ((0, -n_H % by), (0, -n_W % by)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // by, by, padded.shape[1] // by, by)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _channels(channels: NDArray[np.float32], theme: Theme) -> Cells:
    n, n_H, n_W = channels.shape
    across = min(GRID, ceil(sqrt(n)))
    down = ceil(n / across)
    coloured = cells_of(channels, float(np.abs(channels).max()), theme)
    cells = np.full((down * (n_H + 1) - 1, across * (n_W + 1) - 1), colours(theme)[128], np.uint32)
    for k in range(n):
        row, column = divmod(k, across)
        top, left = row * (n_H + 1), column * (n_W + 1)
        cells[top : top + n_H, left : left + n_W] = coloured[k]
    return cells


def _bars(values: NDArray[np.float32], theme: Theme) -> Cells:
    shown = values[:: ceil(len(values) / BARS)]
    largest = float(np.abs(shown).max()) or 1.0
    lengths = np.rint(WIDTH * np.abs(shown) / largest)
    colour = np.where(shown >= 0, colours(theme)[255], colours(theme)[0])
    gap = 1 if len(shown) <= BARS // 2 else 0
    cells = np.full((len(shown) * (1 + gap), WIDTH), colours(theme)[128], np.uint32)
    for k, length in enumerate(lengths.astype(int)):
        cells[k * (1 + gap), :length] = colour[k]
    return cells
