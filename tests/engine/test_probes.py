"""Probes tell the truth: each number against its definition, computed here from the arrays."""

from __future__ import annotations

import numpy as np
import pytest
from engine.test_training import DIGITS_600, run_of
from science.presets import load

from resnet_sim.engine.probes import Probe
from resnet_sim.engine.samples import BINS, histogram, strided
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network.blocks import BlockSpec, block_ends, insert_block
from resnet_sim.network.edits import append
from resnet_sim.network.notation import activation_places
from resnet_sim.network.templates import he_cifar, mlp


def test_norms_are_those_of_the_arrays() -> None:
    run = run_of(mlp(2, second_scale=0.5), l2=0.01, batch_size=40)
    before = run.checkpoint().arrays
    found = run.step(Probe()).measured
    assert found is not None
    after = run.checkpoint().arrays
    series = found.series
    for layer in ("fc1", "fc2", "fc5"):
        W, dW = before[(layer, "W")], run.weight_gradient(layer, "W")
        assert series[f"weight_norm/{layer}/W"] == pytest.approx(np.linalg.norm(W), rel=1e-5)
        assert series[f"gradient_norm/{layer}/W"] == pytest.approx(np.linalg.norm(dW), rel=1e-5)
        assert series[f"update_norm/{layer}/W"] == pytest.approx(np.linalg.norm(after[(layer, "W")] - W), rel=1e-3)
        assert series[f"decay_pull/{layer}/W"] == pytest.approx(0.01 * np.linalg.norm(W), rel=1e-5)
        pull = np.sum(dW * W) / np.linalg.norm(W)
        assert series[f"data_pull/{layer}/W"] == pytest.approx(pull, rel=1e-4, abs=1e-6)
    total = sum(np.sum(before[key] ** 2) for key in before if key[1] == "W")
    assert series["l2_term"] == pytest.approx(0.005 * total, rel=1e-5)


def test_activation_statistics_and_gradients_are_per_example() -> None:
    run = run_of(mlp(2, second_scale=0.5), batch_size=40)
    series = run.measure(Probe()).series
    a = run.activation("relu1")
    da = run.gradient("relu1")
    assert da is not None
    assert series["activation_norm/fc1"] == pytest.approx(np.sqrt(np.mean(np.sum(a**2, 1))), rel=1e-5)
    per_example = np.sqrt(np.mean(np.sum((40 * da) ** 2, 1)))
    assert series["activation_gradient_norm/fc1"] == pytest.approx(per_example, rel=1e-5)
    assert series["activation_std/fc1"] == pytest.approx(a.std(), rel=0.2)  # from 512 of 1280 values
    assert series["activation_zeros/fc1"] == pytest.approx(np.mean(a == 0), abs=0.1)


def test_the_batch_size_does_not_move_the_gradient_norm() -> None:
    norms = [run_of(mlp(2), batch_size=m).measure(Probe()).series["activation_gradient_norm/fc1"] for m in (600, 300)]
    assert norms[0] == pytest.approx(norms[1], rel=0.1)


@pytest.mark.parametrize("shortcut", ["identity", "learned", "zero_pad"])
def test_the_identity_distance_is_measured_against_what_the_shortcut_gives(shortcut: str) -> None:
    spec = BlockSpec(width=48 if shortcut != "identity" else 32, shortcut=shortcut, second_scale=0.3)
    network = insert_block(mlp(0), spec, after="relu1")
    run = run_of(network)
    found = run.measure(Probe()).series["identity_distance/block1"]
    ends = block_ends(network, network.blocks[0])
    out = run.activation(ends.end)
    a = run.activation(ends.source) if shortcut == "identity" else np.maximum(run.activation("skip1"), 0)
    assert found == pytest.approx(np.linalg.norm(out - a) / np.linalg.norm(a), rel=1e-5)


def test_a_dead_layer_is_undefined_not_zero() -> None:
    run = run_of(mlp(1, residual=False, start="zero"))
    series = run.measure(Probe()).series
    assert series["identity_distance/block1"] is None
    assert series["cosine/block1"] is None
    assert series["activation_zeros/fc1"] == 1


def test_in_a_pre_activation_block_the_sum_itself_is_a() -> None:
    network = mlp(2, kind="pre_activation", second_scale=0.2)
    places = activation_places(network)
    first, second = (block_ends(network, block) for block in network.blocks)
    assert places[first.last] == first.add
    assert second.source == first.add
    series = run_of(network).measure(Probe()).series
    assert series["masked_share/block1"] == pytest.approx(0, abs=1e-6)


def test_histograms_count_every_finite_sample() -> None:
    values = np.array([0.0, 0.0, 1.0, 2.0, np.nan, np.inf])
    found = histogram(values)
    assert found.counts.sum() == 4
    assert len(found.counts) == BINS
    assert (found.low, found.high) == (0, 2)
    source, index = strided(np.arange(100_000.0))
    assert source[index].size <= 512


def test_pictures_are_the_channels_of_one_and_the_same_training_example() -> None:
    run = run_of(he_cifar(1, batch_norm=False), batch_size=600)
    found = run.measure(Probe(maps=("conv1", "fc1"), example=3)).maps
    x, _ = run.newest_batch()
    row = next(k for k in range(600) if np.array_equal(x[k], load(DIGITS_600).train_x[3].astype("f4")))
    assert np.allclose(found["conv1"], run.activation("relu1")[row].transpose(2, 0, 1), atol=1e-5)
    assert np.allclose(found["fc1"], run.activation("fc1")[row], atol=1e-4)
    run.step()
    moved = run.measure(Probe(maps=("input",), example=3)).maps["input"]
    assert np.array_equal(moved, load(DIGITS_600).train_x[3].astype("f4").transpose(2, 0, 1))


def test_a_little_of_each_w_is_that_of_the_step() -> None:
    run = run_of(he_cifar(1, batch_norm=False), batch_size=100)
    wanted = Probe(maps=("conv1", "conv2", "fc1"))
    before = {part: run.checkpoint().arrays[(part, "W")][:, :, 0, 0] for part in ("conv1", "conv2")}
    matrix = run.checkpoint().arrays[("fc1", "W")][:, ::3]
    found = run.step(wanted).measured
    assert found is not None
    assert list(found.weights) == ["conv1", "conv2", "fc1"]
    np.testing.assert_array_equal(found.weights["fc1"], matrix)
    for part, W in before.items():
        np.testing.assert_array_equal(found.weights[part], W)
    after = run.measure(wanted).weights["conv1"]
    np.testing.assert_array_equal(after, run.checkpoint().arrays[("conv1", "W")][:, :, 0, 0])
    assert not np.array_equal(after, before["conv1"])
    assert not run.measure(Probe()).weights


def test_a_large_matrix_is_thinned_as_the_bars_of_its_layer_are() -> None:
    run = run_of(mlp(1, width=60), batch_size=100)
    W = run.checkpoint().arrays[("fc1", "W")]
    assert W.shape == (60, 64)
    found = run.measure(Probe(maps=("fc1", "relu1"))).weights
    assert list(found) == ["fc1"]
    np.testing.assert_array_equal(found["fc1"], W[::3, ::6])


def test_unmeasured_steps_compute_nothing_extra() -> None:
    assert run_of(mlp(1)).step().measured is None


def test_append_keeps_the_probe_of_a_longer_network_complete() -> None:
    network = append(append(mlp(1, outputs=12), Activation()), Dense(10))
    series = run_of(network).measure(Probe()).series
    weighted = [node.id for node in network.nodes if node.layer.weighted]
    assert all(f"activation_std/{each}" in series for each in weighted)
