"""Real short runs with all that the window would have recorded of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from resnet_sim.datasets.base import Data
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import Checkpoint
from resnet_sim.state.record import Record

DIGITS_600 = DataReference("digits-600")
Changes = Mapping[int, Mapping[str, float | int | str | bool]]


@cache
def data_of(reference: DataReference) -> Data:
    return data_set(reference).load()


def recorded(
    network: Network,
    steps: int,
    changes: Changes | None = None,
    *,
    every: int = 4,
    data: DataReference = DIGITS_600,
    checkpoint: Checkpoint | None = None,
    **training: object,
) -> tuple[Experiment, Record]:
    """Trained for `steps`; `changes` are made before the step of that number. Measured every so many steps."""
    run = TrainingRun(Experiment(network, data, Training(**training)), data_of(data), checkpoint)  # type: ignore[arg-type]
    record = Record()
    record.add(0, run.measure(Probe()).series)
    first = run.progress.step
    for step in range(first, first + steps):
        for name, value in (changes or {}).get(step, {}).items():
            run.change(replace(run.experiment, training=replace(run.experiment.training, **{name: value})))  # type: ignore[arg-type]
            record.note(step, name, value)
        result = run.step(Probe() if step % every == 0 and step else None)
        if result.measured is not None:
            record.add(step, {name: value for name, value in result.measured.series.items() if name != "loss"})
        record.add(step, {"loss": result.loss}) if step else None
        if run.epoch_ended or step == first + steps - 1:
            found = run.evaluate()
            record.add(
                step + 1,
                {name: getattr(found, name) for name in ("train_loss", "train_accuracy", "dev_loss", "dev_accuracy")},
            )
    return run.experiment, record
