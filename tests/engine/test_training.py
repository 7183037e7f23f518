"""Training runs: bit-equal replay, changes at any step, divergence, evaluation, memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from science.presets import load

from resnet_sim.engine.cost import FREE_SHARE, TooLargeError, affordable, estimate, require_room
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import Diverged, TrainingRun
from resnet_sim.errors import RefusedError
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.network.blocks import BlockSpec, insert_block, set_block_frozen, set_block_l2
from resnet_sim.network.edits import append, insert_after, set_frozen
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.network.skips import set_enabled
from resnet_sim.network.templates import empty, he_cifar, mlp
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import Checkpoint

DIGITS_600 = DataReference("digits-600")


def run_of(network: Network, **training: object) -> TrainingRun:
    settings = replace(Training(), **training)  # type: ignore[arg-type]
    return TrainingRun(Experiment(network, DIGITS_600, settings), load(DIGITS_600))


def with_dropout() -> Network:
    return insert_after(mlp(2, batch_norm=True), "relu1", Dropout(0.3))


NETWORKS: dict[str, Callable[[], Network]] = {
    "batch norm": lambda: mlp(3, batch_norm=True),
    "dropout": with_dropout,
    "convolution": lambda: he_cifar(1, shortcut="learned"),
}


def same(a: Checkpoint, b: Checkpoint) -> bool:
    return (
        a.progress == b.progress
        and a.arrays.keys() == b.arrays.keys()
        and a.slots.keys() == b.slots.keys()
        and all(np.array_equal(a.arrays[key], b.arrays[key]) for key in a.arrays)
        and all(np.array_equal(a.slots[key], b.slots[key]) for key in a.slots)
    )


@pytest.mark.parametrize("optimiser", ["momentum", "adam"])
@pytest.mark.parametrize("network", NETWORKS)
def test_straight_interrupted_and_continued_runs_are_bit_equal(network: str, optimiser: str) -> None:
    make = NETWORKS[network]
    straight, watched, first = (run_of(make(), optimiser=optimiser, seed=5, batch_size=64) for _ in range(3))
    for _ in range(25):
        straight.step()
    for k in range(25):
        watched.step(Probe(histograms=("fc1",)) if k % 3 == 0 else None)
        if k % 4 == 0:
            watched.evaluate()
            watched.measure(Probe())
    for _ in range(12):
        first.step()
    second = TrainingRun(first.experiment, load(DIGITS_600), first.checkpoint())
    for _ in range(13):
        second.step()
    assert same(straight.checkpoint(), watched.checkpoint())
    assert same(straight.checkpoint(), second.checkpoint())


def test_a_short_last_batch_is_kept() -> None:
    run = run_of(mlp(1), batch_size=64)
    sizes = []
    for _ in range(run.steps_per_epoch):
        run.step()
        sizes.append(len(run.newest_batch()[0]))
    assert sizes == [64] * 9 + [24]
    assert run.epoch_ended
    assert run.progress.epoch == 1


def test_every_example_is_used_once_per_epoch_and_epochs_differ() -> None:
    run = run_of(mlp(1), batch_size=64)
    epochs = []
    for _ in range(2):
        rows = []
        for _ in range(run.steps_per_epoch):
            run.step()
            rows += [row.tobytes() for row in run.newest_batch()[0]]
        epochs.append(rows)
    assert (
        sorted(epochs[0]) == sorted(epochs[1]) == sorted(row.tobytes() for row in load(DIGITS_600).train_x.astype("f4"))
    )
    assert epochs[0] != epochs[1]


def test_changes_hold_from_the_next_step_and_lose_nothing() -> None:
    run = run_of(mlp(2, batch_norm=True))
    for _ in range(5):
        run.step()
    before = run.checkpoint()
    run.change(replace(run.experiment, training=replace(run.experiment.training, learning_rate=0.0, batch_size=20)))
    assert same(run.checkpoint(), before)
    run.step()
    after = run.checkpoint()
    assert len(run.newest_batch()[0]) == 20
    learned = [key for key in before.arrays if not key[1].startswith("running")]
    assert all(np.array_equal(before.arrays[key], after.arrays[key]) for key in learned)
    assert any(not np.array_equal(before.slots[key], after.slots[key]) for key in before.slots)


def test_a_frozen_layer_or_block_keeps_every_bit_while_others_learn() -> None:
    run = run_of(mlp(2, second_scale=1.0), l2=0.1, decay_b=True)
    network = set_block_frozen(set_frozen(run.experiment.network, "fc1", True), "block2", True)
    run.change(replace(run.experiment, network=network))
    start = run.checkpoint()
    for _ in range(6):
        run.step()
    end = run.checkpoint()
    frozen = {"fc1", *(id for id in network.block("block2").nodes)}
    for key in start.arrays:
        assert np.array_equal(start.arrays[key], end.arrays[key]) == (key[0] in frozen), key


def test_a_skip_switched_off_equals_the_network_without_it_and_comes_back() -> None:
    network = mlp(1, second_scale=1.0)
    run = run_of(network)
    with_skip = run.measure(Probe()).series["loss"]
    run.change(replace(run.experiment, network=set_enabled(network, "skip1", False)))
    plain = run_of(mlp(1, residual=False))
    assert run.measure(Probe()).series["loss"] == plain.measure(Probe()).series["loss"] != with_skip
    run.change(replace(run.experiment, network=network))
    assert run.measure(Probe()).series["loss"] == with_skip


def test_w_s_rests_while_its_skip_is_off() -> None:
    spec = BlockSpec(layer="conv2d", width=4, stride=2, shortcut="learned", second_scale=1.0)
    network = append(insert_block(empty(), spec, after="input"), Flatten())
    network = append(network, Dense(10))
    run = run_of(set_enabled(network, "skip1", False), l2=0.5)
    start = run.checkpoint().arrays[("skip1", "W_s")]
    run.step()
    run.step()
    assert np.array_equal(run.checkpoint().arrays[("skip1", "W_s")], start)


def test_the_lambda_of_a_block_replaces_that_of_the_network() -> None:
    run = run_of(mlp(2, second_scale=1.0), optimiser="sgd", learning_rate=0.1, l2=0.2)
    network = set_block_l2(run.experiment.network, "block1", 0.5)
    run.change(replace(run.experiment, network=network))
    run.measure(Probe())
    start, gradient = run.checkpoint().arrays, {name: run.weight_gradient(name, "W") for name in ("fc1", "fc2")}
    run.step()
    end = run.checkpoint().arrays
    for name, l2 in (("fc1", 0.2), ("fc2", 0.5)):
        W = start[(name, "W")]
        assert np.allclose(end[(name, "W")], (1 - 0.1 * l2) * W - 0.1 * gradient[name], atol=1e-6)


def test_predicted_shrinkage_is_the_optimiser_with_dw_zero() -> None:
    """A plain pair of zeros in front leaves no data gradient on what follows: W shrinks as (1 - alpha lambda)^t."""
    network = mlp(1, residual=False, start="zero")
    run = run_of(network, optimiser="sgd", learning_rate=0.1, l2=0.3)
    for index in range(32 * 32):
        run.set_weight("fc2", "W", index, 1.0)
    start = run.checkpoint().arrays[("fc2", "W")]
    for _ in range(20):
        run.step()
    assert np.allclose(run.checkpoint().arrays[("fc2", "W")], start * (1 - 0.1 * 0.3) ** 20, rtol=1e-5)


def test_a_change_of_the_layers_is_refused() -> None:
    run = run_of(mlp(1))
    with pytest.raises(RefusedError, match="new run"):
        run.change(replace(run.experiment, network=mlp(2)))


def test_a_network_with_problems_is_refused_with_its_sentence() -> None:
    with pytest.raises(RefusedError):
        run_of(mlp(1, outputs=7))


def test_weights_that_do_not_fit_are_refused_with_their_place() -> None:
    run = run_of(mlp(1))
    with pytest.raises(RefusedError, match="fc2"):
        TrainingRun(replace(run.experiment, network=mlp(1, width=16)), load(DIGITS_600), _without(run, "fc2"))


def _without(run: TrainingRun, part: str) -> Checkpoint:
    checkpoint = TrainingRun(replace(run.experiment, network=mlp(1, width=16)), load(DIGITS_600)).checkpoint()
    return replace(checkpoint, arrays={key: each for key, each in checkpoint.arrays.items() if key[0] != part})


def train_until_it_diverges(run: TrainingRun) -> tuple[Checkpoint, Diverged]:
    """The state before the step that diverged, and what was said."""
    for _ in range(50):
        kept = run.checkpoint()
        try:
            run.step()
        except Diverged as error:
            return kept, error
    raise AssertionError("it did not diverge in 50 steps")


@pytest.mark.parametrize("learning_rate", [1e6, 1e9])
def test_divergence_stops_at_that_step_and_names_the_first_layer(learning_rate: float) -> None:
    run = run_of(mlp(3), learning_rate=learning_rate)
    kept, error = train_until_it_diverges(run)
    assert error.step == run.progress.step == kept.progress.step
    assert error.what in ("nan", "inf", "loss")
    assert all(np.array_equal(kept.arrays[key], run.checkpoint().arrays[key], equal_nan=True) for key in kept.arrays)
    if error.what != "loss":
        first = next(part.id for part in run.parts if not np.isfinite(run.activation(part.id)).all())
        assert error.part == first


def test_a_nan_weight_is_found_in_its_layer() -> None:
    run = run_of(mlp(2))
    checkpoint = run.checkpoint()
    broken = checkpoint.arrays[("fc3", "W")].copy()
    broken[0, 0] = np.nan
    run.restore(replace(checkpoint, arrays={**checkpoint.arrays, ("fc3", "W"): broken}))
    with pytest.raises(Diverged, match="fc3"):
        run.step()


def test_too_large_a_network_is_refused_before_anything_is_allocated() -> None:
    network = mlp(1, width=20_000)
    cost = estimate(parts(network, (8, 8, 1)), load(DIGITS_600).shape, Training(), 600)
    assert cost.bytes > 2e9
    with pytest.raises(RefusedError, match="smaller batch"):
        require_room(cost.bytes, free=2_000_000_000)
    require_room(cost.bytes, free=None)


def test_what_is_too_large_names_the_largest_batch_that_fits() -> None:
    network, shape = mlp(1, width=2_000), load(DIGITS_600).shape
    found = parts(network, (8, 8, 1))
    whole = Training(batch_size=600)
    need = {m: estimate(found, shape, replace(whole, batch_size=m), 600).bytes for m in (128, 256, 600)}
    free = round((need[128] + need[256]) / 2 / FREE_SHARE)
    with pytest.raises(TooLargeError) as refusal:
        affordable(found, shape, whole, 600, free)
    assert refusal.value.batch == 128
    assert affordable(found, shape, replace(whole, batch_size=128), 600, free).bytes == need[128]
    assert affordable(found, shape, whole, 600, None).bytes == need[600]
    with pytest.raises(TooLargeError) as refusal:
        affordable(found, shape, whole, 600, 1000)
    assert refusal.value.batch == 0


def test_a_batch_that_became_too_large_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(mlp(1))
    before = run.experiment
    monkeypatch.setattr("resnet_sim.engine.training.free_memory", lambda: 1000)
    with pytest.raises(TooLargeError):
        run.change(replace(before, training=replace(before.training, batch_size=600)))
    assert run.experiment == before
    run.change(replace(before, training=replace(before.training, batch_size=before.training.batch_size // 2)))
    run.step()


def test_start_weights_depend_on_the_seed_and_the_layer_alone() -> None:
    one, other = run_of(mlp(2)).checkpoint().arrays, run_of(mlp(4)).checkpoint().arrays
    for key in one:
        if key[0] in ("fc1", "fc2", "fc3"):
            assert np.array_equal(one[key], other[key])
    assert not np.array_equal(one[("fc1", "W")], run_of(mlp(2), seed=1).checkpoint().arrays[("fc1", "W")])


def test_another_seed_is_another_run() -> None:
    run = run_of(mlp(1))
    with pytest.raises(RefusedError, match="new run"):
        run.change(replace(run.experiment, training=replace(run.experiment.training, seed=1)))


def test_a_dragged_batch_size_does_not_fill_the_memory() -> None:
    run = run_of(mlp(3))
    held = []
    tracemalloc.start()
    try:
        for m in range(200, 260):
            run.change(replace(run.experiment, training=replace(run.experiment.training, batch_size=m)))
            run.step()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[-1] < 1.5 * held[9]
