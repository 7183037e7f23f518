"""Runs in lock step: each is what it would be alone, bit for bit, also when another one ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from engine.worker_client import SPIRALS, small

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.lockstep import LockStep, RunDiverged
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.twin import twin

STEPS = 21
"""Two epochs and a half: 160 points, 20 to the mini-batch."""


def run_of(experiment: Experiment) -> TrainingRun:
    return TrainingRun(experiment, data_set(SPIRALS).load())


def three() -> dict[str, Experiment]:
    """A residual network, its plain twin, and the network with another start."""
    network = replace(small(), network=mlp(3, 8, 2, second_scale=1.0))
    return {
        "network": network,
        "twin": replace(network, network=twin(network.network)),
        "started lower": replace(network, network=mlp(3, 8, 2, first_scale=0.5, second_scale=0.25)),
    }


def alone(
    experiment: Experiment, steps: int, before: Callable[[TrainingRun, int], None]
) -> tuple[TrainingRun, list[float]]:
    run = run_of(experiment)
    losses = []
    for step in range(steps):
        before(run, step)
        losses.append(run.step().loss)
    return run, losses


def play_on(steps: LockStep) -> None:
    for _ in range(STEPS):
        steps.advance({})


def nothing(run: TrainingRun, step: int) -> None:
    """Between steps nothing is changed."""


def assert_same(a: TrainingRun, b: TrainingRun) -> None:
    first, second = a.checkpoint(), b.checkpoint()
    assert first.progress == second.progress
    assert first.arrays.keys() == second.arrays.keys()
    assert first.slots.keys() == second.slots.keys()
    for key, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[key], str(key))
    for slot, array in first.slots.items():
        np.testing.assert_array_equal(array, second.slots[slot], str(slot))


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_three_runs_in_lock_step_are_what_each_is_alone(optimiser: str) -> None:
    wanted = {
        name: replace(each, training=replace(each.training, optimiser=optimiser)) for name, each in three().items()
    }
    steps = LockStep({name: run_of(each) for name, each in wanted.items()})
    play_on(steps)
    for name, experiment in wanted.items():
        run, losses = alone(experiment, STEPS, nothing)
        assert steps.sheets[name].losses.take() == (0, 1, losses)
        assert_same(steps.run(name), run)
    ends = [steps.run(name).evaluate().train_loss for name in wanted]
    assert len(set(ends)) == 3


def test_measuring_one_run_moves_no_other() -> None:
    steps = LockStep({name: run_of(each) for name, each in three().items()})
    for _ in range(STEPS):
        assert steps.advance({"twin": Probe()}).keys() == {"twin"}
    for name, experiment in three().items():
        assert_same(steps.run(name), alone(experiment, STEPS, nothing)[0])


def test_a_change_of_one_run_leaves_the_others_as_they_would_be_alone() -> None:
    changed = replace(three()["network"], training=replace(three()["network"].training, learning_rate=0.002))
    steps = LockStep({name: run_of(each) for name, each in three().items()})

    def before(run: TrainingRun, step: int) -> None:
        if step == 5:
            run.change(changed)

    for step in range(STEPS):
        if step == 5:
            steps.change({"network": changed})
        steps.advance({})
    for name, experiment in three().items():
        assert_same(steps.run(name), alone(experiment, STEPS, before if name == "network" else nothing)[0])


def test_the_second_of_three_diverges_alone() -> None:
    wanted = three()
    wild = wanted["twin"]
    wanted["twin"] = replace(wild, training=replace(wild.training, optimiser="sgd", learning_rate=1e6))
    steps = LockStep({name: run_of(each) for name, each in wanted.items()})
    with pytest.raises(RunDiverged) as ended:
        play_on(steps)
    assert ended.value.name == "twin"
    at = steps.run("twin").progress.step
    assert steps.step == at + 1  # the one before it has made the step, the one behind it has not
    for name, made in (("network", at + 1), ("twin", at), ("started lower", at)):
        assert_same(steps.run(name), alone(wanted[name], made, nothing)[0])
    steps.rewind(0)
    assert {run.progress.step for run in steps.runs.values()} == {0}
    for name, experiment in wanted.items():
        assert_same(steps.run(name), run_of(experiment))
