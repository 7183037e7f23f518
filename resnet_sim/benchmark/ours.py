"""Our side of the benchmark: the backend that was asked for, and a run's steps as a contender."""

from __future__ import annotations

from functools import partial

from resnet_sim.benchmark.bursts import Queued, Step
from resnet_sim.benchmark.presets import Preset
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.deferred import DeviceBackend
from resnet_sim.engine.devices import MakeBackend, asked_for
from resnet_sim.engine.training import TrainingRun


def chosen(backend: str, threads: int, preset: Preset) -> MakeBackend:
    """numpy, cupy, or auto: the faster one for this preset. Raises RefusedError where there is no GPU for cupy."""
    return asked_for(backend, preset.experiment(), preset.data(), partial(NumpyBackend, threads=threads))


def on_gpu(run: TrainingRun) -> bool:
    """Whether its steps return before they are done."""
    return isinstance(run.backend, DeviceBackend)


def stepping(run: TrainingRun) -> Step:
    """Its steps, to be timed."""
    return Queued(run.step, run.settle) if on_gpu(run) else run.step
