"""A thousand steps end at the same bits whoever makes them: straight, paused, watched, saved, in workers, in a verb."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from engine.worker_client import Client, assert_equal, checkpoint_of, environment

from resnet_sim.assets import resources
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import (
    Ack,
    Credit,
    Done,
    Pause,
    Run,
    RunSpec,
    SaveCheckpoint,
    Saved,
    Snapshot,
    StateFile,
    View,
)
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files import container
from resnet_sim.files.schema import encode
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.checkpoint import Checkpoint

pytestmark = pytest.mark.slow

EXAMPLES = ("digits-mlp-residual-20", "digits-conv-residual")
STEPS, MIDDLE, STRIDE = 1000, 487, 50
"""487 ends no epoch. A stride is what a worker makes at once, so that no wait is long."""


@pytest.fixture(scope="module", params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def experiment(name: str) -> Experiment:
    return container.load(resources() / "examples" / f"{name}.resnet").experiment


def begun(experiment: Experiment, checkpoint: Checkpoint | None = None) -> TrainingRun:
    return TrainingRun(experiment, data_set(experiment.data).load(), checkpoint)


@pytest.fixture(scope="module")
def straight(experiment: Experiment) -> Checkpoint:
    run = begun(experiment)
    for _ in range(STEPS):
        run.step()
    return run.checkpoint()


def test_views_of_everything_change_no_bit(experiment: Experiment, straight: Checkpoint) -> None:
    run = begun(experiment)
    every = tuple(part.id for part in run.parts)
    for step in range(STEPS):
        run.step(Probe(histograms=every, maps=every, example=step % 7) if step % 3 == 0 else None)
        if step % 25 == 0:
            run.measure(Probe(histograms=every))
            run.evaluate()
    assert_equal(run.checkpoint(), straight)


def test_a_saved_file_goes_on_from_the_middle(experiment: Experiment, straight: Checkpoint, tmp_path: Path) -> None:
    first = begun(experiment)
    for _ in range(MIDDLE):
        first.step()
    file = tmp_path / "middle.resnet"
    container.save(file, container.Saved(experiment, first.checkpoint()))
    saved = container.load(file)
    second = begun(saved.experiment, saved.checkpoint)
    for _ in range(STEPS - MIDDLE):
        second.step()
    assert_equal(second.checkpoint(), straight)


@pytest.mark.parametrize("watched", [False, True], ids=["views off", "views on"])
def test_workers_that_are_paused_and_replaced_end_at_the_same_bits(
    experiment: Experiment, straight: Checkpoint, tmp_path: Path, watched: bool
) -> None:
    spec = RunSpec(encode(experiment))
    for until in (MIDDLE, STEPS):
        worker = Client()
        try:
            worker.greet().configure({"a": spec})
            if watched:
                every = tuple(part.id for part in begun(experiment).parts)
                worker.answer(View(histograms=every, maps=every, series=True, example=1))
            worker.answer(Run())
            paused = worker.answer(Pause())
            assert isinstance(paused, Ack)
            at = paused.step
            while at < until:
                if watched:
                    worker.send(Credit(n=2))
                at = min(until, at + STRIDE)
                worker.send(Run(until=at))
                worker.wait(Done, lambda each, at=at: each.step == at)  # type: ignore[misc] # a default binds it now
            assert any(not each.exact for each in worker.all_of(Snapshot)) == watched
            if until == STEPS:
                assert_equal(checkpoint_of(worker, tmp_path), straight)
            else:
                saved = worker.answer(SaveCheckpoint(name="a", file=str(tmp_path / "middle.resnet")))
                assert isinstance(saved, Saved)
                spec = RunSpec(encode(experiment), StateFile(saved.file, saved.sha256))
        finally:
            worker.close()


def test_the_command_line_ends_at_the_same_bits(name: str, straight: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "trained.resnet"
    verb = ["train", f"example:{name}", "--steps", str(STEPS), "--backend", "numpy", "--save", str(file)]
    command = [sys.executable, "-P", "-m", "resnet_sim", *verb]
    subprocess.run(command, env=environment(), check=True, stdout=subprocess.DEVNULL, timeout=300)
    found = container.load(file).checkpoint
    assert found is not None
    assert_equal(found, straight)
