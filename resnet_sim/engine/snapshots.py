"""What the window has not seen yet, and how it is packed: losses of every step, evaluations, measured values."""

from __future__ import annotations

import numpy as np

from resnet_sim.engine.evaluation import Evaluation
from resnet_sim.engine.messages import ArrayData, EvaluationPoint, RunSnapshot
from resnet_sim.engine.probes import Measurement

LOSSES_KEPT = 20_000
EVALUATIONS_KEPT = 2_000


class Losses:
    """The loss of every step since it was last taken. At LOSSES_KEPT every second one goes, and so does every second
    one from then on (stride 2, 4, ...): what is left stays evenly spaced."""

    def __init__(self) -> None:
        self._first = 0
        self._stride = 1
        self._values: list[float] = []

    def add(self, step: int, loss: float) -> None:
        """Steps come one after the other."""
        if not self._values:
            self._first, self._stride = step, 1
        if (step - self._first) % self._stride == 0:
            self._values.append(loss)
            if len(self._values) > LOSSES_KEPT:
                del self._values[1::2]
                self._stride *= 2

    def take(self) -> tuple[int, int, list[float]]:
        """(first step, stride, losses); afterwards none is held."""
        taken = self._first, self._stride, self._values
        self._values = []
        return taken


class Sheet:
    """One run's side of the snapshots."""

    def __init__(self) -> None:
        self.losses = Losses()
        self._evaluations: list[EvaluationPoint] = []
        self._names: tuple[str, ...] = ()

    def evaluated(self, step: int, found: Evaluation) -> None:
        """Put an evaluation into the next snapshot; of more than EVALUATIONS_KEPT every second one goes."""
        point = EvaluationPoint(step, found.train_loss, found.train_accuracy, found.dev_loss, found.dev_accuracy)
        self._evaluations.append(point)
        if len(self._evaluations) > EVALUATIONS_KEPT:
            del self._evaluations[1:-1:2]

    def forget(self) -> None:
        """Drop what was not sent: the run went back to before it."""
        self.losses.take()
        self._evaluations.clear()

    def snapshot(self, measured: Measurement | None) -> RunSnapshot:
        """All there is to tell since the last one."""
        first, stride, losses = self.losses.take()
        evaluations = tuple(self._evaluations)
        self._evaluations.clear()
        found = measured or Measurement()
        names = found.series.names
        known = names == self._names
        if names:
            self._names = names
        return RunSnapshot(
            first_step=first,
            stride=stride,
            losses=ArrayData.of(np.array(losses, "<f8")),
            names=() if known else names,
            values=ArrayData.of(found.series.array.astype("<f8")),
            histograms={part: ArrayData.of(each.counts) for part, each in found.histograms.items()},
            ranges={part: (each.low, each.high) for part, each in found.histograms.items()},
            maps={part: ArrayData.of(each) for part, each in found.maps.items()},
            weights={part: ArrayData.of(each) for part, each in found.weights.items()},
            evaluations=evaluations,
        )
