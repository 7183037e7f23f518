"""The networks that come with the program: as their recipe makes them, sound, and doing what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from make_examples import experiments
from science.presets import SEEDS, load, series, settled, start, train

from resnet_sim.assets import resources
from resnet_sim.engine.training import TrainingRun
from resnet_sim.files.container import load as load_file
from resnet_sim.network.check import check
from resnet_sim.network.edits import set_frozen
from resnet_sim.network.parts import layer_numbers

NAMES = sorted(experiments())


def test_every_example_has_its_file_and_every_file_its_recipe() -> None:
    assert sorted(path.stem for path in (resources() / "examples").glob("*.resnet")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_recipe_makes(name: str) -> None:
    made = experiments()[name]
    if name == "tiny-cnn":
        made = replace(made, network=set_frozen(made.network, "fc1", True))
    assert load_file(resources() / "examples" / f"{name}.resnet").experiment == made


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_sound_and_takes_a_step(name: str) -> None:
    saved = load_file(resources() / "examples" / f"{name}.resnet")
    data = load(saved.experiment.data)
    assert not [each for each in check(saved.experiment.network, data.shape).problems if each.severity == "error"]
    assert np.isfinite(TrainingRun(saved.experiment, data, saved.checkpoint).step().loss)


@pytest.mark.parametrize(("name", "depth"), [(n, int(n[-2:])) for n in NAMES if n[-2:].isdigit()])
def test_the_name_tells_the_depth(name: str, depth: int) -> None:
    assert max(layer_numbers(experiments()[name].network).values()) == depth


def test_the_tiny_network_is_the_one_computed_by_hand() -> None:
    saved = load_file(resources() / "examples" / "tiny-cnn.resnet")
    run = TrainingRun(saved.experiment, load(saved.experiment.data), saved.checkpoint)
    assert run.evaluate().train_loss == 0.25  # 1/2 and 0: the block copies both images
    run.step()
    W2 = run.checkpoint().arrays[("conv2", "W")].reshape(3, 3)
    assert np.array_equal(W2, np.diag([0.25, 0.5, 0.25]))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_network_learns_digits_and_lambda_shrinks_every_weight(seed: int) -> None:
    made = experiments()["digits-conv-residual"]
    training = replace(made.training, seed=seed)
    free = settled(made.network, training, made.data)
    assert free.run.progress.step <= 1000
    assert 1 - free.dev_error >= 0.95
    pulled = settled(made.network, replace(training, l2=0.01), made.data)
    assert 1 - pulled.dev_error >= 0.94
    norms, shrunk = series(free.run), series(pulled.run)
    for part in start(made.network, training, made.data).parts:
        for each in part.parameters:
            if each.name in ("W", "W_s"):
                name = f"weight_norm/{part.id}/{each.name}"
                assert shrunk[name] < norms[name]


def test_the_spiral_is_separated() -> None:
    made = experiments()["spiral-residual"]
    assert train(made.network, made.training, made.data).dev_error <= 0.02
