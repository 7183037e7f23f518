"""Learning to copy the input: easy for residual blocks, hard for plain pairs (experiment K)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from science.presets import SEEDS, train

from resnet_sim.network.experiment import DataReference
from resnet_sim.network.templates import identity_stack
from resnet_sim.network.training import Training

VECTORS = DataReference("identity-vectors")
TRAINING = Training(batch_size=64, epochs=75)  # 600 steps

pytestmark = pytest.mark.parametrize("seed", SEEDS)


def test_five_residual_blocks_copy_and_five_plain_pairs_do_not(seed: int) -> None:
    plain = train(identity_stack(5, residual=False), replace(TRAINING, seed=seed, learning_rate=0.1), VECTORS)
    residual = train(identity_stack(5), replace(TRAINING, seed=seed, learning_rate=0.3), VECTORS)
    assert plain.loss >= 0.15
    assert residual.loss <= 1e-3
    assert plain.loss >= 1000 * residual.loss


def test_blocks_that_start_at_zero_copy_exactly(seed: int) -> None:
    trained = train(identity_stack(5, second_scale=0.0), replace(TRAINING, seed=seed, epochs=2), VECTORS)
    assert trained.loss == 0


def test_l2_helps_the_residual_identity_and_not_the_plain_one(seed: int) -> None:
    training = replace(TRAINING, seed=seed, learning_rate=0.1, l2=0.01, epochs=188)  # 1 504 steps
    assert train(identity_stack(5), training, VECTORS).loss <= 1e-5
    assert train(identity_stack(5, residual=False), training, VECTORS).loss >= 0.25
