"""Losses over whole sets, in portions that fit in memory; what adds up stays on the device until the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array
from resnet_sim.engine.model import BoundPlan, Model
from resnet_sim.engine.plan import play


@dataclass(frozen=True)
class Evaluation:
    """Data term of the loss (natural logarithm) and share of right answers over whole sets, evaluation mode.

    None where there is nothing to measure (no dev set, accuracy in regression) or the value is not finite.
    """

    train_loss: float | None
    train_accuracy: float | None
    dev_loss: float | None
    dev_accuracy: float | None


class Evaluator:
    """Judges one model by the part called `output`. classification: whether there are right answers to count."""

    def __init__(self, model: Model, output: str, classification: bool) -> None:
        self._model, self._output, self._classification = model, output, classification

    def judge(self, x: Array, y: Array, portion: int) -> tuple[float | None, float | None]:
        """(loss, share of right answers) over a set as the backend's `place` gave it."""
        if not len(x):
            return None, None
        backend = self._model.backend
        sums = backend.room(2)
        for first in range(0, len(x), portion):
            part = slice(first, first + portion)
            plan = self._model.plan(len(x[part]), False)
            plan.x[...], plan.y[...] = x[part], y[part]
            play(plan.forward)
            backend.score(plan.loss, plan.activation(self._output), plan.y, sums)
        loss, right = backend.to_host(sums) / len(x)
        if not np.isfinite(loss):
            return None, None
        return float(loss), float(right) if self._classification else None

    def predict(self, x: NDArray[Any], portion: int) -> NDArray[Any]:
        """(N, n_out): yhat of examples (N, *shape) on the host."""
        backend = self._model.backend
        found = []
        for first in range(0, len(x), portion):
            some = x[first : first + portion]
            plan: BoundPlan = self._model.plan(len(some), False)
            backend.to_device(some, plan.x)
            plan.y.fill(0)
            play(plan.forward)
            found.append(backend.to_host(plan.activation(self._output)))
        return np.concatenate(found)
