"""No text on the canvas is under 11 px on screen: where the network is drawn smaller, small text is larger in it."""

from __future__ import annotations

from math import ceil

SMALL, LARGE = 11, 13
"""Px of small text at scale 1, and at the smallest scale that shows it."""


def small_px(scale: float) -> int:
    """The size in scene units that is SMALL on screen; scale: screen px per scene unit."""
    return min(LARGE, ceil(SMALL / min(1.0, scale) - 0.05))
