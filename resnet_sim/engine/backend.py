"""What an array library must offer: arrays, and each primitive as operations bound to given arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.plan import Call, Operation, Rewrite

Array = NDArray[np.floating]
"""Of the backend's own library; NumPy's type stands for all."""


@dataclass
class Clock:
    """What a random draw depends on besides its stream: read when an operation runs, set before each step."""

    seed: int = 0
    step: int = 0


@dataclass(frozen=True)
class Hyper:
    """The numbers of the optimiser as 0-d arrays: operations are bound to them once and see every later value."""

    rate: Array  # alpha
    beta: Array  # momentum, or Adam's beta1
    one_minus_beta: Array
    beta2: Array
    one_minus_beta2: Array
    epsilon: Array
    correct1: Array  # alpha / (1 - beta1^t)
    correct2: Array  # 1 / sqrt(1 - beta2^t)


class Backend(Protocol):
    """One array library. It owns scratch memory that its operations share, so one instance serves one model."""

    name: str
    dtype: str
    clock: Clock
    rewrites: tuple[Rewrite, ...]
    """Passes it wants every plan to go through, in this order; () for the plain plan."""

    def zeros(self, shape: tuple[int, ...]) -> Array:
        """A new array of 0 in this backend's dtype."""

    def bind(self, call: Call, reads: tuple[Array, ...], writes: tuple[Array | None, ...]) -> list[Operation]:
        """The operations of one primitive on these arrays."""

    def optimiser_step(
        self, kind: str, w: Array, dw: Array, decay: Array, slots: Mapping[str, Array], update: Array, hyper: Hyper
    ) -> list[Operation]:
        """W <- W - update on flat vectors; update is left for the probes, dw not changed. decay stays as it is now."""

    def to_host(self, array: Array) -> NDArray[Any]:
        """A NumPy copy."""

    def to_device(self, array: NDArray[Any], out: Array) -> None:
        """Copy numbers into `out`."""

    def place(self, array: NDArray[Any]) -> Array:
        """The numbers where operations can read them, without gaps; whole numbers stay whole."""

    def room(self, n: int) -> Array:
        """(n,) zeros in float64, for sums and measurements."""

    def score(self, loss: Array, yhat: Array, y: Array, into: Array) -> None:
        """into[0] += loss x examples, into[1] += rows whose largest number stands in yhat where it does in y."""

    def take(self, source: Array, order: Array, first: int, out: Array) -> None:
        """out = source[order[first : first + len(out)]]; source and order from `place`."""
