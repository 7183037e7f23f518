"""The tiny CNN whose every number can be checked by hand: exact in float64 (experiment H, S0 to S5).

A 4x4 image, conv 3x3 same (W1, b1), ReLU, conv 3x3 same (W2, b2), (+), ReLU, yhat = (sum of 16 pixels) / 4, half the
squared error. Example 1 is the diagonal (y = 2), example 2 the anti-diagonal (y = 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from science.presets import load

from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.network.edits import insert_after, set_frozen
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import tiny_cnn
from resnet_sim.network.training import Training
from resnet_sim.network.twin import twin

D = np.eye(3)
DIAGONAL = ((1, 1), (2, 2))


def centre(w: float) -> np.ndarray:
    """K(w): w in the middle, 0 around it."""
    kernel = np.zeros((3, 3))
    kernel[1, 1] = w
    return kernel


def tiny(
    examples: str, W1: np.ndarray, b1: float, W2: np.ndarray, *, skip: bool = True, **training: object
) -> TrainingRun:
    """The network at these weights. A frozen factor 1 before the block lets da^{[0]} be read."""
    network = tiny_cnn()
    network = set_frozen(insert_after(network, "input", Scale(value=1.0)), "fc1", True)
    network = set_frozen(network, "scale1", True)
    if not skip:
        network = twin(network)
    settings = replace(Training(optimiser="sgd", batch_size=2, dtype="float64"), **training)  # type: ignore[arg-type]
    data = DataReference("two-images", (("examples", examples),))
    run = TrainingRun(Experiment(network, data, settings), load(data))
    put(run, "fc1", "W", np.full(1, 4.0))
    put(run, "conv1", "W", W1)
    put(run, "conv1", "b", np.full(1, b1))
    put(run, "conv2", "W", W2)
    return run


def put(run: TrainingRun, part: str, name: str, values: np.ndarray) -> None:
    for index, value in enumerate(values.reshape(-1)):
        run.set_weight(part, name, index, float(value))


def loss(run: TrainingRun) -> float:
    found = run.evaluate().train_loss
    assert found is not None
    return found


def losses(make: Callable[[str], TrainingRun]) -> tuple[float, float]:
    return loss(make("first")), loss(make("second"))


def gradient(run: TrainingRun, part: str, name: str = "W") -> np.ndarray:
    run.measure(Probe())
    return run.weight_gradient(part, name).reshape(3, 3) if name == "W" else run.weight_gradient(part, name)


def picture(array: np.ndarray | None) -> np.ndarray:
    assert array is not None
    return array[0, :, :, 0]


def test_s0_with_all_weights_zero_the_block_copies_and_the_plain_pair_is_dead() -> None:
    zero = np.zeros((3, 3))
    assert losses(lambda each: tiny(each, zero, 0, zero)) == (0.5, 0.0)
    assert losses(lambda each: tiny(each, zero, 0, zero, skip=False)) == (2.0, 0.5)
    run = tiny("first", zero, 0, zero)
    assert not gradient(run, "conv1").any()
    assert not gradient(run, "conv2").any()
    assert gradient(run, "conv2", "b") == -0.5
    assert [picture(run.gradient("scale1"))[at] for at in DIAGONAL] == [-0.25, -0.25]
    plain = tiny("first", zero, 0, zero, skip=False)
    for part in ("conv1", "conv2"):
        assert not gradient(plain, part).any()
        assert not gradient(plain, part, "b").any()


def test_s1_from_the_right_start_the_block_learns_the_small_edit_for_example_1() -> None:
    zero = np.zeros((3, 3))
    run = tiny("first", D, -3, zero)
    assert losses(lambda each: tiny(each, D, -3, zero)) == (0.5, 0.0)
    assert np.array_equal(gradient(run, "conv2"), np.diag([-0.25, -0.5, -0.25]))
    assert gradient(run, "conv2", "b") == -0.5
    assert not gradient(run, "conv1").any()
    z1 = np.array([[-1, -3, -3, -3], [-3, 1, -3, -3], [-3, -3, 1, -3], [-3, -3, -3, -1]], float)
    assert np.array_equal(picture(run.activation("conv1")), z1)
    assert np.array_equal(picture(run.activation("relu1")), np.diag([0.0, 1.0, 1.0, 0.0]))
    assert not tiny("second", D, -3, zero).measure(Probe(maps=("conv1",))).maps["conv1"].any()
    du = np.diag([0.0, -0.25, -0.25, 0.0])
    assert np.array_equal(picture(run.gradient("add1")), du)
    assert np.array_equal(picture(run.gradient("scale1")), du)  # skip = du, main = 0
    assert not picture(run.contribution("conv1", 0)).any()
    plain = tiny("first", D, -3, zero, skip=False)
    assert loss(plain) == 2.0
    assert not gradient(plain, "conv2").any()


def test_s1_gradient_descent_on_w2_alone_reaches_exact_fractions() -> None:
    run = tiny("both", D, -3, np.zeros((3, 3)), learning_rate=2.0)  # alpha 2 on the mean is alpha 1 on the sum
    network = set_frozen(run.experiment.network, "conv1", True)
    run.change(replace(run.experiment, network=network))
    first, diagonals = [], []
    for _ in range(4):
        arrays = run.checkpoint().arrays
        diagonals.append(np.diag(arrays[("conv2", "W")].reshape(3, 3)).tolist())
        example = {each: tiny(each, D, -3, arrays[("conv2", "W")]) for each in ("first", "second")}
        first.append(loss(example["first"]))
        assert loss(example["second"]) == 0
        run.step()
        put(run, "conv2", "b", np.zeros(1))  # W2 only
    assert first == [1 / 2, 1 / 8, 1 / 128, 1 / 2048]
    assert diagonals == [[0, 0, 0], [1 / 4, 1 / 2, 1 / 4], [1 / 2, 3 / 4, 1 / 2], [9 / 16, 13 / 16, 9 / 16]]


def test_s2_a_block_that_is_not_zero_need_not_harm() -> None:
    assert losses(lambda each: tiny(each, D, -3, centre(2))) == (0.0, 0.0)
    assert losses(lambda each: tiny(each, D, -3, centre(2), skip=False)) == (0.5, 0.5)
    assert losses(lambda each: tiny(each, D, -3, centre(4), skip=False)) == (0.0, 0.5)


def test_s3_the_main_path_can_outvote_the_skip() -> None:
    run = tiny("first", D, -3, centre(-1))
    assert loss(run) == 9 / 8
    assert np.array_equal(gradient(run, "conv2"), np.diag([-3 / 8, -3 / 4, -3 / 8]))
    at = (1, 1)
    assert picture(run.gradient("add1"))[at] == -3 / 8
    assert picture(run.contribution("conv1", 0))[at] == 3 / 4
    assert picture(run.gradient("scale1"))[at] == 3 / 8
    plain = tiny("first", D, -3, centre(-1), skip=False)
    assert loss(plain) == 2.0
    assert not gradient(plain, "conv2").any()


def centre_alone(run: TrainingRun, steps: int) -> list[float]:
    """Train, and after each step set everything but the centre of W2 back by hand; the centre after each step."""
    found = []
    for _ in range(steps):
        run.step()
        w = float(run.checkpoint().arrays[("conv2", "W")][1, 1, 0, 0])
        put(run, "conv2", "W", centre(w))
        put(run, "conv2", "b", np.zeros(1))
        put(run, "conv1", "W", D)
        put(run, "conv1", "b", np.full(1, -3.0))
        found.append(w)
    return found


def test_s4_a_shut_block_is_stuck_until_lambda_frees_it() -> None:
    stuck = tiny("first", D, -3, centre(-3), learning_rate=0.5)
    assert loss(stuck) == 2.0
    for part in ("conv1", "conv2"):
        assert not gradient(stuck, part).any()
    assert not picture(stuck.gradient("scale1")).any()
    assert centre_alone(stuck, 10)[-1] == -3
    w = centre_alone(tiny("first", D, -3, centre(-3), learning_rate=0.5, l2=0.25), 200)
    assert w[:3] == [-2.625, -2.296875, -2.009765625]
    assert w[9] == pytest.approx(0.509, abs=1e-3)
    assert w[19] == pytest.approx(0.972, abs=1e-3)
    assert w[38] == pytest.approx(0.99988, abs=1e-5)
    assert w[40] == pytest.approx(0.99993, abs=1e-5)
    assert w[-1] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("l2", [0.0, 0.25, 1.0, 4.0])
def test_s5_with_lambda_the_weight_rests_where_both_pulls_are_equal(l2: float) -> None:
    run = tiny("first", D, -3, centre(0.5), learning_rate=0.2, l2=l2)
    assert centre_alone(run, 600)[-1] == pytest.approx(2 / (1 + 4 * l2), abs=1e-9)


def test_s5_without_a_data_gradient_lambda_shrinks_the_weight_geometrically() -> None:
    run = tiny("second", D, -3, centre(1.0), learning_rate=0.5, l2=0.25)
    assert not gradient(run, "conv2").any()
    assert centre_alone(run, 12) == [(1 - 0.5 * 0.25) ** t for t in range(1, 13)]
