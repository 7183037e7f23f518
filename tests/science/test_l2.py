"""L2 regularization shrinks a block until it copies its input; a plain pair becomes a constant (experiments B1, B2)."""

from __future__ import annotations

import pytest
from science.presets import SEEDS, base, continued, go_on, inserted, series, train

from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training

pytestmark = pytest.mark.parametrize("seed", SEEDS)


@pytest.mark.parametrize(("decay_b", "distance"), [(False, 0.01), (True, 5e-4)])
def test_lambda_shuts_down_a_useless_block(seed: int, decay_b: bool, distance: float) -> None:
    done = inserted(seed, "residual", 0.5, 0.5, l2=0.02)
    run = continued(done, learning_rate=0.03, decay_b=decay_b)
    block = done.blocks[0]
    last = [each for each in done.experiment.network.block(block).nodes if each.startswith("fc")][-1]
    before = series(run)[f"weight_norm/{last}/W"]
    after = go_on(run, 1500)
    measured = series(run)
    assert measured[f"weight_norm/{last}/W"] <= 0.001 * before
    assert measured[f"identity_distance/{block}"] < distance
    assert after.loss <= base(seed)[2]


def test_without_lambda_the_block_stays(seed: int) -> None:
    done = inserted(seed, "residual", 0.5, 0.5)
    run = continued(done, learning_rate=0.03)
    block = done.blocks[0]
    last = [each for each in done.experiment.network.block(block).nodes if each.startswith("fc")][-1]
    before = series(run)[f"weight_norm/{last}/W"]
    go_on(run, 1500)
    measured = series(run)
    assert measured[f"weight_norm/{last}/W"] >= 0.9 * before
    assert measured[f"identity_distance/{block}"] > 0.1


def distances(seed: int, l2: float) -> tuple[float, list[float]]:
    """(training error, identity distance of each block) of the residual net under lambda on every W."""
    trained = train(mlp(5, second_scale=0.5), Training(seed=seed, epochs=100, l2=l2))
    measured = series(trained.run)
    return trained.error, [measured[f"identity_distance/block{k}"] for k in range(1, 6)]


def test_the_same_lambda_everywhere_makes_identities_of_blocks_and_constants_of_plain_pairs(seed: int) -> None:
    found = {l2: distances(seed, l2) for l2 in (0.0, 0.01, 0.1, 0.2)}
    assert found[0.2][0] <= 0.30
    assert max(found[0.2][1]) < 0.06
    assert found[0.1][0] <= 0.13
    means = [sum(found[l2][1]) for l2 in (0.0, 0.01, 0.1, 0.2)]
    assert means == sorted(means, reverse=True)
    plain = mlp(5, residual=False)
    assert 2.28 <= train(plain, Training(seed=seed, epochs=100, l2=0.2)).loss <= 2.31
    assert train(plain, Training(seed=seed, epochs=100, l2=0.1)).error >= 0.6
