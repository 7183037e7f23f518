"""What stays learned when a network is edited."""

from __future__ import annotations

import numpy as np

from resnet_sim.network.blocks import BlockSpec, insert_block
from resnet_sim.network.edits import remove, set_setting
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import mlp
from resnet_sim.state.carry_over import carry_over
from resnet_sim.state.checkpoint import Checkpoint, Progress
from resnet_sim.state.start import start

SHAPE = (8, 8, 1)


def trained() -> Checkpoint:
    """Arrays that no start would draw."""
    made = start(parts(mlp(2), SHAPE), 0)
    arrays = {key: each + 7 for key, each in made.arrays.items()}
    slots = {(*key, "v"): np.ones_like(each) for key, each in arrays.items()}
    return Checkpoint(arrays, slots, Progress(seed=3, step=40, epoch=3, taken=100, updates=40))


def test_unchanged_layers_keep_their_weights_and_a_new_block_starts_by_its_own_recipe() -> None:
    old = trained()
    network = insert_block(mlp(2), BlockSpec(), after="relu1")
    done = carry_over(old, parts(network, SHAPE), seed=3)
    assert all(done.checkpoint.arrays[key] is each for key, each in old.arrays.items())
    new = {key for key in done.checkpoint.arrays if key not in old.arrays}
    assert set(done.started) == new
    fresh = start(parts(network, SHAPE), 3)
    assert all(np.array_equal(done.checkpoint.arrays[key], fresh.arrays[key]) for key in new)
    assert not done.left


def test_optimiser_slots_are_zeroed_and_the_run_goes_on_from_its_step() -> None:
    done = carry_over(trained(), parts(mlp(2), SHAPE), seed=3)
    assert not done.checkpoint.slots
    assert done.checkpoint.progress == Progress(seed=3, step=40, epoch=3, taken=100, updates=0)


def test_a_layer_of_another_size_starts_again_and_so_does_what_reads_it() -> None:
    network = set_setting(mlp(2, second_scale=1.0), "fc1", "units", 16)
    network = remove(network, "fc3")
    done = carry_over(trained(), parts(set_setting(network, "fc1", "units", 32), SHAPE), seed=0)
    assert ("fc3", "W") in done.left
    assert ("fc1", "W") in done.kept


def test_start_weights_are_those_of_their_recipe() -> None:
    arrays = start(parts(mlp(2, width=200, second_scale=0.5), SHAPE), 1).arrays
    assert np.isclose(arrays[("fc2", "W")].std(), (2 / 200) ** 0.5, rtol=0.05)
    assert np.isclose(arrays[("fc3", "W")].std(), 0.5 * (2 / 200) ** 0.5, rtol=0.05)
    assert not arrays[("fc2", "b")].any()
    glorot = start(parts(mlp(1, width=300, start="glorot"), SHAPE), 1).arrays
    assert np.isclose(glorot[("fc1", "W")].std(), (2 / 364) ** 0.5, rtol=0.05)
