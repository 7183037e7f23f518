"""Inserting blocks into a trained network: what is exactly kept, what hurts, what recovers (experiments A and I)."""

from __future__ import annotations

import numpy as np
import pytest
from science.presets import SEEDS, base, continued, go_on, inserted, series, start

from resnet_sim.engine.probes import Probe
from resnet_sim.layers.base import Role
from resnet_sim.network.blocks import BlockSpec, insert_block
from resnet_sim.network.experiment import DataReference
from resnet_sim.network.templates import empty
from resnet_sim.network.training import Training

pytestmark = pytest.mark.parametrize("seed", SEEDS)


@pytest.mark.parametrize("count", [1, 6])
def test_zero_start_residual_blocks_change_the_loss_by_exactly_nothing(seed: int, count: int) -> None:
    done = inserted(seed, "residual", 1.0, 0.0, count)
    assert done.loss_after == done.loss_before == base(seed)[2]
    measured = continued(done).measure(Probe()).series
    assert all(measured[f"identity_distance/{block}"] == 0 for block in done.blocks)


def test_a_random_plain_pair_ruins_the_loss_at_once(seed: int) -> None:
    done = inserted(seed, "plain", 1.0, 1.0)
    assert done.loss_after is not None
    assert done.loss_after >= 2.5
    assert done.loss_after >= 500 * base(seed)[2]


def test_a_plain_pair_of_zeros_is_dead_for_ever(seed: int) -> None:
    done = inserted(seed, "plain", 0.0, 0.0)
    assert done.loss_after is not None
    assert 2.28 <= done.loss_after <= 2.50
    run = continued(done, learning_rate=0.01)
    assert go_on(run, 400).loss >= 2.25
    run.measure(Probe())
    pair = [each for each in run.experiment.network.block(done.blocks[0]).nodes if each.startswith("fc")]
    for layer in pair:
        assert not run.weight_gradient(layer, "W").any()


def test_six_zero_start_blocks_help_where_six_plain_pairs_stay_far_behind(seed: int) -> None:
    done = inserted(seed, "residual", 1.0, 0.0, 6)
    residual = continued(done, learning_rate=0.01)
    at_100 = go_on(residual, 100).loss
    assert done.loss_after is not None
    assert go_on(residual, 300).loss < done.loss_after
    plain = go_on(continued(inserted(seed, "plain", 1.0, 1.0, 6), learning_rate=0.01), 100).loss
    assert plain >= 0.1  # 16 seeds: mean 0.75, from 0.18 to 1.47
    assert plain >= 100 * at_100


def test_a_residual_block_with_both_layers_at_zero_never_moves_its_weights(seed: int) -> None:
    done = inserted(seed, "residual", 0.0, 0.0)
    run = continued(done)
    assert done.loss_after == done.loss_before
    go_on(run, 600)
    arrays = run.checkpoint().arrays
    for part in run.parts:
        if part.id in run.experiment.network.block(done.blocks[0]).nodes:
            for each in part.parameters:
                if each.role is Role.WEIGHT:
                    assert not arrays[(part.id, each.name)].any()


def test_a_block_directly_on_x_is_not_an_identity(seed: int) -> None:
    network = insert_block(empty("regression"), BlockSpec(width=16), after="input")
    run = start(network, Training(seed=seed, batch_size=64), DataReference("identity-vectors"))
    x = np.random.default_rng(seed).standard_normal((20, 16)).astype(np.float32)
    out = run.predict(x)
    assert np.array_equal(out, np.maximum(x, 0))
    assert not np.array_equal(out, x)


def test_harm_grows_with_the_scale_of_the_inserted_weights(seed: int) -> None:
    loss = base(seed)[2]
    tenth = inserted(seed, "residual", 0.1, 0.1).loss_after
    whole = inserted(seed, "residual", 1.0, 1.0).loss_after
    plain = inserted(seed, "plain", 0.1, 0.1).loss_after
    assert tenth is not None
    assert whole is not None
    assert plain is not None
    assert tenth <= 1.3 * loss
    assert whole >= 50 * loss
    assert plain >= 2.2


def test_gradient_descent_alone_does_not_pull_weights_to_zero_but_lambda_does(seed: int) -> None:
    done = inserted(seed, "residual", 1.0, 1.0)
    last = [each for each in done.experiment.network.block(done.blocks[0]).nodes if each.startswith("fc")][-1]
    ratios = {}
    for l2 in (0.0, 0.01):
        run = continued(done, l2=l2)
        before = series(run)[f"weight_norm/{last}/W"]
        after = go_on(run, 300)
        ratios[l2] = series(run)[f"weight_norm/{last}/W"] / before
        if l2 == 0:
            assert after.loss <= base(seed)[2]
    assert 0.9 <= ratios[0.0] <= 1.35
    assert 0.3 <= ratios[0.01] <= 0.65
