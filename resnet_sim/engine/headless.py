"""Whole runs without a window: train, compare twins in lock step, insert blocks into trained networks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.deferred import Losses
from resnet_sim.engine.evaluation import Evaluation
from resnet_sim.engine.probes import Measurement, Probe
from resnet_sim.engine.training import Diverged, TrainingRun
from resnet_sim.engine.twins import Rest, Twins
from resnet_sim.layers.base import Role
from resnet_sim.network.blocks import BlockSpec, block_ends, insert_block
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import layer_numbers, parts
from resnet_sim.state.carry_over import carry_over
from resnet_sim.state.checkpoint import Checkpoint
from resnet_sim.state.controls import note_controls
from resnet_sim.state.record import Record

Progress = Callable[[TrainingRun, float], None]
"""Called after each step with the run and the loss of its mini-batch."""


@dataclass(frozen=True)
class LayerReport:
    """One weighted layer, or the W_s of a skip (l is None). Norms are Frobenius; gradient and std of the next batch."""

    id: str
    l: int | None  # noqa: E741 - the course's letter
    weight_norm_start: float | None
    weight_norm: float | None
    gradient_norm: float | None
    activation_std: float | None


@dataclass(frozen=True)
class BlockReport:
    """One block; what does not apply (a skip part in a plain block) is None."""

    id: str
    identity_distance: float | None
    skip_gradient_norm: float | None
    main_gradient_norm: float | None
    cosine: float | None


@dataclass(frozen=True)
class TrainReport:
    """What `train` reports. steps: made by this command. Non-finite numbers are None."""

    steps: int
    seconds: float
    steps_per_second: float
    backend: str
    train_loss: float | None
    train_accuracy: float | None
    dev_loss: float | None
    dev_accuracy: float | None
    diverged: bool
    layers: tuple[LayerReport, ...]
    blocks: tuple[BlockReport, ...]

    def json(self) -> dict[str, Any]:
        """Plain dictionaries and lists."""
        return asdict(self)


class HeadlessRun:
    """A training run with its record and its report."""

    def __init__(
        self,
        experiment: Experiment,
        data: Data,
        checkpoint: Checkpoint | None = None,
        backend: Callable[[str], Backend] = NumpyBackend,
    ) -> None:
        self.run = TrainingRun(experiment, data, checkpoint, backend)
        self.record = Record()
        note_controls(self.record, self.run.progress.step, experiment)
        self.diverged: Diverged | None = None
        self.stopped = False
        self._first_step = self.run.progress.step
        self._seconds = 0.0
        self._loss = float("nan")
        self._norms = self._weight_norms(self.run.measure(Probe()))

    @staticmethod
    def _weight_norms(measured: Measurement) -> dict[str, float | None]:
        return {name: value for name, value in measured.series.items() if name.startswith("weight_norm/")}

    @property
    def steps(self) -> int:
        """Steps made so far by this object."""
        return self.run.progress.step - self._first_step

    def step(self, rest: Rest = None, seconds: float = 0.0) -> float | None:
        """One step, recorded; the newest known loss, None once the run has diverged. Every epoch's end is evaluated.

        rest: of a step played with a twin, `seconds` its share of the time.
        """
        self._seconds += seconds
        self._go(lambda: self.run.step(None, rest).losses)
        if self.diverged is not None:
            return None
        if self.run.epoch_ended:
            self._evaluate()
        return self._loss

    def _go(self, work: Callable[[], Losses]) -> None:
        """Time work of the run and record the losses that it brings to light."""
        if self.diverged is not None:
            return
        began = time.perf_counter()
        try:
            losses = work()
        except Diverged as error:
            self.diverged, losses = error, error.losses
        self._seconds += time.perf_counter() - began
        for at, self._loss in losses:
            self.record.add(at, {"loss": self._loss})

    def _evaluate(self) -> Evaluation:
        found = self.run.evaluate()
        self.record.add(self.run.progress.step, asdict(found))
        return found

    def train(self, steps: int, progress: Progress | None = None) -> None:
        """`steps` more steps, or until it diverges, or until Ctrl+C (`stopped` then)."""
        try:
            for _ in range(steps):
                loss = self.step()
                if loss is None:
                    return
                if progress is not None:
                    progress(self.run, loss)
        except KeyboardInterrupt:
            self.stopped = True
        self._go(self.run.settle)

    def report(self) -> TrainReport:
        """What was reached, measured now."""
        self._go(self.run.settle)
        evaluation = self._evaluate()
        measured = self.run.measure(Probe())
        state = {name: value for name, value in measured.series.items() if name != "loss"}  # no step was made for it
        self.record.add(self.run.progress.step, state)
        steps, seconds = self.steps, self._seconds
        return TrainReport(
            steps=steps,
            seconds=seconds,
            steps_per_second=steps / seconds if seconds else 0.0,
            backend=self.run.backend.name,
            train_loss=evaluation.train_loss,
            train_accuracy=evaluation.train_accuracy,
            dev_loss=evaluation.dev_loss,
            dev_accuracy=evaluation.dev_accuracy,
            diverged=self.diverged is not None or evaluation.train_loss is None,
            layers=self._layers(measured),
            blocks=tuple(
                BlockReport(
                    block.id,
                    *(
                        measured.series.get(f"{quantity}/{block.id}")
                        for quantity in ("identity_distance", "skip_gradient_norm", "main_gradient_norm", "cosine")
                    ),
                )
                for block in self.run.experiment.network.blocks
            ),
        )

    def _layers(self, measured: Measurement) -> tuple[LayerReport, ...]:
        numbers = layer_numbers(self.run.experiment.network)
        return tuple(
            LayerReport(
                part.id,
                numbers.get(part.id),
                self._norms.get(f"weight_norm/{part.id}/{each.name}"),
                measured.series.get(f"weight_norm/{part.id}/{each.name}"),
                measured.series.get(f"gradient_norm/{part.id}/{each.name}"),
                measured.series.get(f"activation_std/{part.id}"),
            )
            for part in self.run.parts
            for each in part.parameters
            if each.role is Role.WEIGHT
        )


@dataclass(frozen=True)
class TwinReport:
    """Both twins of one seed, trained in lock step on the same batches."""

    seed: int
    plain: TrainReport
    residual: TrainReport


def compare(
    residual: Experiment, plain: Experiment, data: Data, seed: int, steps: int, progress: Progress | None = None
) -> TwinReport:
    """Train both from the same seed, step by step; a diverged twin waits for the other."""
    twins = [HeadlessRun(replace(each, training=replace(each.training, seed=seed)), data) for each in (plain, residual)]
    together = Twins()
    try:
        for _ in range(steps):
            began = time.perf_counter()
            rests = together.play([twin.run for twin in twins])
            share = (time.perf_counter() - began) / len(twins)
            losses = [twin.step(rest, share) for twin, rest in zip(twins, rests, strict=True)]
            if losses == [None, None]:
                break
            if progress is not None:
                progress(twins[1].run, losses[1] if losses[1] is not None else float("nan"))
    except KeyboardInterrupt:
        for twin in twins:
            twin.stopped = True
        raise
    return TwinReport(seed, twins[0].report(), twins[1].report())


@dataclass(frozen=True)
class Insertion:
    """A network with blocks put into it, its weights kept, and the training loss before and after."""

    experiment: Experiment
    checkpoint: Checkpoint
    blocks: tuple[str, ...]
    loss_before: float | None
    loss_after: float | None


def insertion_spec(network: Network, data: Data, after: str, kind: str, first: float, second: float) -> BlockSpec:
    """A block of the width of what it follows; W^{[l+1]} and W^{[l+2]} are drawn He times `first`, `second`."""
    shape = next(part.shape for part in parts(network, data.shape.input) if part.id == after)
    return BlockSpec(
        kind="residual" if kind == "residual" else "plain",
        layer="conv2d" if len(shape) == 3 else "dense",
        width=shape[-1],
        first_scale=first,
        second_scale=second,
    )


def insert(
    experiment: Experiment,
    data: Data,
    checkpoint: Checkpoint | None,
    *,
    after: str,
    kind: str,
    first: float,
    second: float,
    count: int = 1,
    seed: int | None = None,
    l2: float | None = None,
) -> Insertion:
    """Put `count` blocks behind a node or block of a trained network. Optimiser slots are zeroed.

    seed: of the new weights (None: the run's own). l2: the new blocks' own lambda.
    """
    before = TrainingRun(experiment, data, checkpoint)
    network = experiment.network
    node = next((block_ends(network, block).end for block in network.blocks if block.id == after), after)
    network.node(node)
    names: list[str] = []
    for _ in range(count):
        spec = insertion_spec(network, data, node, kind, first, second)
        network = insert_block(network, spec, after=node)
        block = network.blocks[-1]
        network = replace(network, blocks=(*network.blocks[:-1], replace(block, l2=l2)))
        names.append(block.id)
        node = block.nodes[-1]
    grown = replace(experiment, network=network)
    drawn_from = before.progress.seed if seed is None else seed
    carried = carry_over(before.checkpoint(), parts(network, data.shape.input), drawn_from).checkpoint
    after_run = TrainingRun(grown, data, carried)
    return Insertion(grown, carried, tuple(names), before.evaluate().train_loss, after_run.evaluate().train_loss)
