"""From snapshots to the record: every loss, the measured series, the evaluations."""

from __future__ import annotations

import math
from collections.abc import Mapping

from resnet_sim.engine.messages import EvaluationPoint, RunSnapshot
from resnet_sim.state.record import Record, Series

LOSS = "loss"


class Feed:
    """Writes the snapshots of one run into its record; knows the names that a snapshot leaves out."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._names: tuple[str, ...] = ()

    def take(self, step: int, run: RunSnapshot) -> None:
        """Enter a snapshot; what is known of a step already is replaced."""
        losses = self.record.series.setdefault(LOSS, Series())
        for i, value in enumerate(run.losses.array().tolist()):
            enter(losses, run.first_step + i * run.stride, finite(value))
        if run.names:
            self._names = run.names
        values = run.values.array().tolist()
        if len(values) == len(self._names):
            for name, value in zip(self._names, values, strict=True):
                if name != LOSS:
                    enter(self.record.series.setdefault(name, Series()), step, finite(value))
        for point in run.evaluations:
            for name, measured in evaluation_values(point).items():
                enter(self.record.series.setdefault(name, Series()), point.step, measured)


def enter(series: Series, step: int, value: float | None) -> None:
    """Append a point, or replace the newest when it is of the same step; an older step is left as it is."""
    if not series.steps or step > series.steps[-1]:
        series.add(step, value)
    elif step == series.steps[-1]:
        series.values[-1] = value


def evaluation_values(point: EvaluationPoint) -> Mapping[str, float | None]:
    """The series of an evaluation; a dev set that does not exist has none."""
    found = {
        "train_loss": point.train_loss,
        "train_accuracy": point.train_accuracy,
        "dev_loss": point.dev_loss,
        "dev_accuracy": point.dev_accuracy,
    }
    return {name: value for name, value in found.items() if value is not None or name == "train_loss"}


def finite(value: float) -> float | None:
    """None for what is no finite number."""
    return value if math.isfinite(value) else None
