"""Convolutions that go through the cache in chunks replay bit by bit: paused, watched, saved, loaded, in workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.worker_client import Client, assert_equal, checkpoint_of

from resnet_sim.datasets.base import Data
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.backends.numpy_loops import CACHE_BYTES
from resnet_sim.engine.messages import Credit, Done, Run, RunSpec, SaveCheckpoint, Saved, StateFile, Step, View
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files.schema import encode
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import he_cifar
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import Checkpoint

DIGITS = DataReference("digits-600")
STEPS, HALF = 12, 5
WIDE = Experiment(he_cifar(1, (64, 80), shortcut="learned"), DIGITS, Training(batch_size=72, seed=5))
"""As many channels as make several chunks of a batch, and a short last batch (600 = 8 x 72 + 24)."""


@pytest.fixture(scope="module")
def data() -> Data:
    return data_set(DIGITS).load()


@pytest.fixture(scope="module")
def straight(data: Data) -> Checkpoint:
    run = TrainingRun(WIDE, data)
    for _ in range(STEPS):
        run.step()
    return run.checkpoint()


def test_several_chunks_are_made_of_a_batch(data: Data) -> None:
    run = TrainingRun(WIDE, data)
    run.step()
    shapes = {run.activation(part.id).shape for part in run.parts}
    assert (72, 8, 8, 64) in shapes
    assert 2 * CACHE_BYTES < 72 * 8 * 8 * 64 * 9 * 4


def test_views_of_everything_change_no_bit(straight: Checkpoint, data: Data) -> None:
    run = TrainingRun(WIDE, data)
    every = tuple(part.id for part in run.parts)
    for step in range(STEPS):
        run.step(Probe(histograms=every, maps=every, example=step) if step % 3 else None)
        run.measure(Probe(histograms=every))
        for part in every:
            run.activation(part)
            run.gradient(part)
    run.evaluate()
    assert_equal(run.checkpoint(), straight)


def test_a_run_goes_on_from_its_middle(straight: Checkpoint, data: Data) -> None:
    first = TrainingRun(WIDE, data)
    for _ in range(HALF):
        first.step()
    second = TrainingRun(WIDE, data, first.checkpoint())
    for _ in range(STEPS - HALF):
        second.step()
    assert_equal(second.checkpoint(), straight)


@pytest.fixture
def another() -> Iterator[Client]:
    made = Client()
    try:
        yield made.greet()
    finally:
        made.close()


def test_workers_that_are_paused_watched_and_replaced_end_at_the_same_bits(
    client: Client, another: Client, straight: Checkpoint, tmp_path: Path
) -> None:
    client.configure({"a": RunSpec(encode(WIDE))})
    client.answer(View(histograms=("conv1",), maps=("relu1", "add1"), series=True, example=1))
    client.send(Credit(n=2))
    client.send(Step(n=2))
    client.wait(Done)
    client.send(Run(until=HALF))
    client.wait(Done, lambda each: each.step == HALF)
    saved = client.answer(SaveCheckpoint(name="a", file=str(tmp_path / "half.resnet")))
    assert isinstance(saved, Saved)
    another.configure({"a": RunSpec(encode(WIDE), StateFile(saved.file, saved.sha256))})
    another.send(Run(until=STEPS))
    another.wait(Done, lambda each: each.step == STEPS)
    assert_equal(checkpoint_of(another, tmp_path), straight)
