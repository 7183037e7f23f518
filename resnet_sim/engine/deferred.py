"""Losses that wait on a GPU: to look at each would make every step wait for the one before it.

Each step's loss is noted on the device. The first that is no number or too large halts there all that follows, by a
flag that the updates and the running statistics read. So however late the host looks, the weights are those of the very
step that diverged, and that step is known exactly. The host looks with each snapshot, at the end of an epoch, before
anything is saved or changed, and about every 20 ms.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Backend
from resnet_sim.engine.model import BoundPlan
from resnet_sim.engine.pictures import Pictures
from resnet_sim.engine.products import Products
from resnet_sim.engine.samples import Samples
from resnet_sim.state.checkpoint import Progress

LOOK_EVERY = 0.02
"""Seconds between two looks at the losses, about: a Pause is obeyed as soon."""

Losses = tuple[tuple[int, float], ...]
"""(step, data term of the loss) of some steps, oldest first."""


@runtime_checkable
class DeviceBackend(Backend, Protocol):
    """A backend whose arrays are elsewhere and whose operations return before they are done."""

    at_once: int
    """Losses that can wait."""

    def watch(self, loss: Array, place: int, limit: float) -> None:
        """Note the loss; the first that is no number or above `limit` halts all updates behind it."""

    def noted(self) -> NDArray[Any]:
        """(at_once,) the losses by place: fetched now, or with everything else by `fetch`."""

    def fetch(self) -> None:
        """Bring over all losses and measurements in one copy, for `noted` and whoever measured."""

    def products(self) -> Products:
        """Inner products, read after `fetch`."""

    def samples(self, arrays: Sequence[Array]) -> Samples:
        """Values of arrays, taken after `fetch`."""

    def pictures(self, plan: BoundPlan, places: Mapping[str, str]) -> Pictures:
        """Pictures from a plan of one example, taken after `fetch`."""

    def release(self) -> None:
        """Updates may go on."""


@dataclass(frozen=True)
class Bad:
    """A step whose loss is no number or too large."""

    at: Progress
    loss: float


class Deferred:
    """The losses of one run since they were last looked at."""

    def __init__(self, backend: DeviceBackend, limit: float) -> None:
        self._backend, self._limit = backend, limit
        self._waiting: list[Progress] = []
        self._window = 1
        self._looked = time.perf_counter()

    @property
    def due(self) -> bool:
        """Whether it is time to look."""
        return len(self._waiting) >= self._window

    def note(self, loss: Array, at: Progress) -> None:
        """One more step, which began at `at`."""
        self._backend.watch(loss, len(self._waiting), self._limit)
        self._waiting.append(at)

    def fetch(self) -> None:
        """Bring over what was noted and measured."""
        self._backend.fetch()

    def forget(self) -> None:
        """The run goes on elsewhere."""
        self._waiting.clear()
        self._backend.release()

    def look(self) -> tuple[Losses, Bad | None]:
        """All good losses since the last look, and the first bad one."""
        if not self._waiting:
            return (), None
        waiting, self._waiting = self._waiting, []
        values = self._backend.noted()[: len(waiting)].tolist()
        now = time.perf_counter()
        a_step = (now - self._looked) / len(waiting)
        self._looked = now
        self._window = max(1, min(self._backend.at_once, int(LOOK_EVERY / a_step)))
        bad = next((k for k, value in enumerate(values) if not abs(value) <= self._limit), None)
        good = tuple((at.step, value) for at, value in zip(waiting, values, strict=True))
        return (good, None) if bad is None else (good[:bad], Bad(waiting[bad], float(np.float64(values[bad]))))
