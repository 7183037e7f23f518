"""The experiments' presets: data loaded once, runs trained from a seed, blocks put into trained networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from resnet_sim.datasets.base import Data
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.headless import Insertion, insert
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import Diverged, TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import Checkpoint

SEEDS = range(5)
DIGITS_600 = DataReference("digits-600")


@cache
def load(reference: DataReference) -> Data:
    return data_set(reference).load()


@dataclass(frozen=True)
class Trained:
    """A finished run and what it reached; loss is inf when it diverged."""

    run: TrainingRun
    loss: float
    error: float
    dev_error: float


def start(network: Network, training: Training, reference: DataReference = DIGITS_600) -> TrainingRun:
    return TrainingRun(Experiment(network, reference, training), load(reference))


def go_on(run: TrainingRun, steps: int) -> Trained:
    """`steps` more steps."""
    try:
        for _ in range(steps):
            run.step()
    except Diverged:
        return Trained(run, float("inf"), 1.0, 1.0)
    found = run.evaluate()
    loss = float("inf") if found.train_loss is None else found.train_loss
    return Trained(run, loss, 1 - (found.train_accuracy or 0.0), 1 - (found.dev_accuracy or 0.0))


def train(network: Network, training: Training, reference: DataReference = DIGITS_600) -> Trained:
    """As long as the training settings say."""
    run = start(network, training, reference)
    return go_on(run, training.epochs * run.steps_per_epoch)


def settled(network: Network, training: Training, reference: DataReference = DIGITS_600) -> Trained:
    """As `train`, with the medians over the ends of the last five epochs: a loss in a spike, which is gone a few steps
    later, decides nothing. One run in fifty ends in one, on another BLAS kernel that of another seed.
    """
    run = start(network, training, reference)
    found = [go_on(run, (training.epochs - 4) * run.steps_per_epoch)]
    found += [go_on(run, run.steps_per_epoch) for _ in range(4)]
    return Trained(
        run,
        median(each.loss for each in found),
        median(each.error for each in found),
        median(each.dev_error for each in found),
    )


def series(run: TrainingRun) -> dict[str, float]:
    """What is measured where the run stands; undefined values are left out."""
    return {name: value for name, value in run.measure(Probe()).series.items() if value is not None}


BASE = Training(epochs=20)


@cache
def base(seed: int) -> tuple[Experiment, Checkpoint, float]:
    """The trained network to insert into: its experiment, checkpoint and training loss."""
    experiment = Experiment(mlp(2), DIGITS_600, replace(BASE, seed=seed))
    trained = train(experiment.network, experiment.training)
    return experiment, trained.run.checkpoint(), trained.loss


def inserted(seed: int, kind: str, first: float, second: float, count: int = 1, l2: float | None = None) -> Insertion:
    """The base with blocks behind its first one."""
    experiment, checkpoint, _ = base(seed)
    return insert(
        experiment,
        load(DIGITS_600),
        checkpoint,
        after="block1",
        kind=kind,
        first=first,
        second=second,
        count=count,
        l2=l2,
    )


def continued(done: Insertion, **changes: object) -> TrainingRun:
    """The grown network, ready to go on with other training settings."""
    experiment = replace(done.experiment, training=replace(done.experiment.training, **changes))  # type: ignore[arg-type]
    return TrainingRun(experiment, load(DIGITS_600), done.checkpoint)
