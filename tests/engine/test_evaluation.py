"""The loss over whole sets does not depend on how one got to the weights, nor on what else the network holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from resnet_sim.assets import resources
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.headless import insert
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files.container import Saved, load, save

NAMES = ("digits-conv-residual-20", "insert-base")


def trained(name: str, steps: int) -> TrainingRun:
    experiment = load(resources() / "examples" / f"{name}.resnet").experiment
    run = TrainingRun(experiment, data_set(experiment.data).load())
    for _ in range(steps):
        run.step()
    return run


@pytest.mark.parametrize("name", NAMES)
def test_weights_set_up_again_have_the_loss_they_had(name: str, tmp_path: Path) -> None:
    """In the middle of an epoch, measured twice, out of a file, and whatever the batch size is by then."""
    run = trained(name, 15)
    data = data_set(run.experiment.data).load()
    found = run.evaluate()
    run.measure(Probe())
    assert run.evaluate() == found
    save(tmp_path / "run.resnet", Saved(run.experiment, run.checkpoint()))
    kept = load(tmp_path / "run.resnet").checkpoint
    assert TrainingRun(run.experiment, data, kept).evaluate() == found
    other = replace(run.experiment, training=replace(run.experiment.training, batch_size=7))
    assert TrainingRun(other, data, kept).evaluate() == found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 4])
def test_blocks_that_copy_their_input_change_no_digit_of_the_loss(name: str, count: int) -> None:
    """A larger network needs more memory; were portions smaller for it, BLAS would round the same sums otherwise."""
    run = trained(name, 15)
    data = data_set(run.experiment.data).load()
    after = run.experiment.network.blocks[0].id if run.experiment.network.blocks else "relu3"
    checkpoint = run.checkpoint()
    found = insert(run.experiment, data, checkpoint, after=after, kind="residual", first=1.0, second=0.0, count=count)
    assert found.loss_before is not None
    assert found.loss_after == found.loss_before
