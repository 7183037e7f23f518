"""How a parameter starts, as a description; state/start.py draws the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Draw = Literal["constant", "normal"]

STARTS = ("he", "glorot", "normal", "zero")


@dataclass(frozen=True)
class Start:
    """Every element = value (constant), or drawn from N(0, value^2) (normal)."""

    draw: Draw
    value: float


def constant(value: float) -> Start:
    """All elements equal."""
    return Start("constant", value)


def weights(start: str, fan_in: int, fan_out: int, sigma: float, factor: float) -> Start:
    """The start of W, times `factor`.

    he: std sqrt(2 / n_in) (He et al. 2015, arXiv 1502.01852); glorot: std sqrt(2 / (n_in + n_out)) (Glorot and Bengio
    2010); normal: std sigma; zero: 0. n_in and n_out count a filter's window: f f n_C.
    """
    if start == "zero" or factor == 0:
        return constant(0.0)
    std = {"he": (2 / fan_in) ** 0.5, "glorot": (2 / (fan_in + fan_out)) ** 0.5, "normal": sigma}[start]
    return Start("normal", std * factor)
