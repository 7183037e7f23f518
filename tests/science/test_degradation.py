"""Deep plain networks train worse, residual ones do not (experiments C1, C3, G)."""

from __future__ import annotations

import pytest
from science.presets import SEEDS, settled, train

from resnet_sim.network.templates import he_cifar, mlp
from resnet_sim.network.training import Training

pytestmark = pytest.mark.parametrize("seed", SEEDS)


def test_at_depth_8_there_is_no_degradation(seed: int) -> None:
    assert train(mlp(3, residual=False, batch_norm=True), Training(seed=seed)).error <= 0.01


def test_at_depth_20_the_plain_network_is_slow(seed: int) -> None:
    plain = settled(mlp(9, residual=False, batch_norm=True), Training(seed=seed))
    residual = settled(mlp(9, batch_norm=True), Training(seed=seed))
    assert plain.loss >= 5 * residual.loss
    assert plain.error >= 0.01


def test_at_depth_56_the_plain_network_is_stuck(seed: int) -> None:
    plain = settled(mlp(27, residual=False, batch_norm=True), Training(seed=seed))
    residual = settled(mlp(27, batch_norm=True), Training(seed=seed))
    assert plain.loss >= 20 * residual.loss
    assert plain.error >= 0.6
    assert residual.error <= 0.03


def test_from_glorot_start_weights_56_plain_layers_stay_at_chance_and_with_skips_they_learn(seed: int) -> None:
    training = Training(seed=seed, learning_rate=0.003, epochs=60)  # at 0.01 one run in eight ends in a spike
    assert 2.29 <= settled(mlp(27, residual=False, start="glorot"), training).loss <= 2.31
    residual = settled(mlp(27, start="glorot", second_scale=0.25), training)
    assert residual.loss < 0.01
    assert residual.error <= 0.03


def test_convolutional_networks_show_it_at_depth_20_but_not_at_8(seed: int) -> None:
    training = Training(seed=seed, epochs=10)
    plain, residual = (settled(he_cifar(3, residual=each), training) for each in (False, True))
    assert plain.loss >= 15 * residual.loss
    assert residual.error <= 0.01
    small = [train(he_cifar(1, residual=each), training).loss for each in (False, True)]
    assert abs(small[0] - small[1]) < 0.01
