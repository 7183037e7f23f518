"""How gradients come back: ratios at the start, the exact split, the Jacobian, paths by length (experiments D, E1)."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from science.presets import SEEDS, go_on, series, start

from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.blocks import BlockSpec, block_ends, insert_block
from resnet_sim.network.experiment import DataReference
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import empty, mlp
from resnet_sim.network.training import Training

pytestmark = pytest.mark.parametrize("seed", SEEDS)


def ratio(network: Network, seed: int) -> float:
    """||da^{[first]}|| / ||da^{[last]}|| over the blocks, at the start, on one mini-batch of 200."""
    run = start(network, Training(seed=seed, batch_size=200))
    measured = run.measure(Probe()).series
    blocks = network.blocks
    first = measured["activation_gradient_norm/fc1"]
    last = measured[f"activation_gradient_norm/{block_ends(network, blocks[-1]).last}"]
    assert first is not None
    assert last is not None
    assert last > 0
    return first / last


def test_glorot_gradients_vanish_in_a_plain_network_of_56_layers(seed: int) -> None:
    assert log10(ratio(mlp(27, residual=False, start="glorot"), seed)) < -6.5


def test_zero_start_blocks_hand_the_gradient_through(seed: int) -> None:
    assert abs(log10(ratio(mlp(27), seed))) < 0.3


def test_tiny_start_weights_stop_the_gradient_in_the_plain_network_only(seed: int) -> None:
    tiny = {"start": "normal", "start_sigma": 0.01}
    assert ratio(mlp(27, residual=False, **tiny), seed) == 0  # type: ignore[arg-type]
    assert abs(log10(ratio(mlp(27, second_scale=1.0, **tiny), seed))) < 0.3  # type: ignore[arg-type]


def test_batch_norm_makes_the_plain_gradient_explode(seed: int) -> None:
    assert log10(ratio(mlp(27, residual=False, batch_norm=True), seed)) > 3.5


def test_the_gradient_is_the_skip_part_plus_the_main_part(seed: int) -> None:
    network = mlp(9, second_scale=0.25)
    run = start(network, Training(seed=seed, batch_size=200))
    run.measure(Probe())
    for block in network.blocks:
        ends = block_ends(network, block)
        total, skip = run.gradient(ends.source), run.gradient(ends.add or "")
        main = run.contribution(block.nodes[0], 0)
        assert total is not None
        assert skip is not None
        assert main is not None
        assert np.abs(skip + main - total).max() < 1e-5 * np.abs(total).max()


def test_the_jacobian_is_the_mask_times_identity_plus_main_path(seed: int) -> None:
    network = insert_block(empty("regression"), BlockSpec(width=16, second_scale=1.0), after="input")
    training = Training(seed=seed, batch_size=64, dtype="float64")
    run = start(network, training, DataReference("identity-vectors"))
    W1, W2 = (run.checkpoint().arrays[(layer, "W")] for layer in ("fc1", "fc2"))
    a = np.abs(np.random.default_rng(seed).standard_normal(16))
    h = 1e-6
    numerical = np.stack(
        [(run.predict((a + d)[None]) - run.predict((a - d)[None]))[0] / (2 * h) for d in np.eye(16) * h]
    )
    z1 = W1 @ a
    u = W2 @ np.maximum(z1, 0) + a
    inside = np.eye(16) + W2 @ np.diag(z1 > 0) @ W1
    assert np.abs(numerical.T - np.diag(u > 0) @ inside).max() < 1e-6


def shares_by_path_length(run: TrainingRun) -> tuple[np.ndarray, float]:
    """Norm shares of the gradients that came through r branches, r = 0 .. N, and the relative error of their sum.

    The recursion G_r <- M G_r + J^T M G_{r-1} from the last block to the first.
    """
    network = run.experiment.network
    run.measure(Probe())
    arrays = run.checkpoint().arrays
    last = run.gradient(network.blocks[-1].nodes[-1])
    first = run.gradient(block_ends(network, network.blocks[0]).source)
    assert last is not None
    assert first is not None
    G = [last.astype(np.float64)]
    for block in reversed(network.blocks):
        layer1, g1, layer2, _, gate = block.nodes
        M, M1 = run.activation(gate) > 0, run.activation(g1) > 0
        W1, W2 = arrays[(layer1, "W")], arrays[(layer2, "W")]
        passed = [each * M for each in G]
        through = [((each @ W2) * M1) @ W1 for each in passed]
        G = [a + b for a, b in zip([*passed, 0 * last], [0 * last, *through], strict=True)]
    norms = np.array([np.linalg.norm(each) for each in G])
    return norms / norms.sum(), float(np.linalg.norm(sum(G) - first) / np.linalg.norm(first))


def test_most_gradient_comes_back_through_few_branches(seed: int) -> None:
    run = start(mlp(9, second_scale=0.25), Training(seed=seed, learning_rate=0.01))
    shares, error = shares_by_path_length(run)
    assert shares[:5].sum() >= 0.95
    assert error < 1e-5
    go_on(run, 360)
    shares, error = shares_by_path_length(run)
    assert shares[:5].sum() >= 0.90
    assert 1.5 <= float((shares * np.arange(10)).sum()) <= 3.0
    assert error < 1e-5


def test_the_probes_report_the_same_split(seed: int) -> None:
    network = mlp(9, second_scale=0.25)
    run = start(network, Training(seed=seed, batch_size=200))
    measured = series(run)
    for block in network.blocks:
        ends = block_ends(network, block)
        skip, main = measured[f"skip_gradient_norm/{block.id}"], measured[f"main_gradient_norm/{block.id}"]
        total, cosine = (
            measured[f"activation_gradient_norm/{_layer_of(network, ends.source)}"],
            measured[f"cosine/{block.id}"],
        )
        assert total**2 == pytest.approx(skip**2 + main**2 + 2 * cosine * skip * main, rel=1e-3)
        assert 0 <= measured[f"masked_share/{block.id}"] < 1


def _layer_of(network: Network, place: str) -> str:
    at = place
    while not network.by_id[at].layer.weighted:
        at = network.main_input[at]
    return at
