"""The GPU's plan gives NumPy's numbers: every kind, random graphs, every optimiser; plain and fused; repeatedly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from engine.random_networks import random_data, random_network
from engine.test_gradients import around, variants

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.model import Model, copy_in, copy_out
from resnet_sim.engine.optimisers import Optimiser
from resnet_sim.engine.plan import play
from resnet_sim.layers.base import Category, Layer
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import he_cifar
from resnet_sim.network.training import Training
from resnet_sim.state.start import start

Numbers = dict[tuple[str, object], np.ndarray[Any, Any]]


@pytest.fixture
def device(cupy: Any) -> Callable[..., Backend]:
    """Makes backends on the stand-in."""
    from resnet_sim.engine.backends.cupy import CupyBackend

    return CupyBackend


@pytest.fixture
def all_threads(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels run with the very blocks that a GPU gets."""
    monkeypatch.setattr(stand_in.kernels, "exact_threads", True)


def played(backend: Backend, network: Network, data: Data, seed: int = 3) -> Numbers:
    """Everything that one training pass and one evaluation give, on the host."""
    all_parts = parts(network, data.shape.input)
    model = Model(all_parts, data.shape, 1.7, backend)
    copy_in(model, start(all_parts, seed).arrays)
    learning, judging = model.plan(len(data.train_x), True), model.plan(len(data.dev_x), False)
    for plan, x, y in ((learning, data.train_x, data.train_y), (judging, data.dev_x, data.dev_y)):
        backend.to_device(x.astype(backend.dtype), plan.x)
        backend.to_device(y.astype(backend.dtype), plan.y)
    model.forward_backward(learning)
    play(judging.forward)
    host = backend.to_host
    return {
        **{("a", part): host(learning.activation(part)) for part in learning.plan.activations},
        **{("da", part): host(learning.gradient(part)) for part in learning.plan.gradients},
        **{("sent", at): host(learning.contribution(*at)) for at in learning.plan.contributions},
        **{("judged", part): host(judging.activation(part)) for part in judging.plan.activations},
        **{("dW", key): host(array) for key, array in model.gradients.items()},
        **{("W", key): array for key, array in copy_out(model).items()},
        ("loss", "train"): host(learning.loss),
        ("loss", "dev"): host(judging.loss),
    }


def largest_difference(found: Numbers, expected: Numbers) -> float:
    """Relative to the largest of each array, at least 1e-2."""
    assert found.keys() == expected.keys()
    worst = 0.0
    for key, wanted in expected.items():
        assert found[key].shape == wanted.shape
        if wanted.size:
            apart = float(np.abs(found[key] - wanted).max()) / max(1e-2, float(np.abs(wanted).max()))
            assert np.isfinite(apart), key
            worst = max(worst, apart)
    return worst


@pytest.mark.parametrize("layer", [*variants(), Dropout(0.3)], ids=repr)
def test_every_kind_gives_the_numbers_of_numpy(layer: Layer, device: Callable[..., Backend]) -> None:
    checked = 0
    for shape in ((5,), (5, 6, 2)):
        network = around(layer, shape) if layer.category not in (Category.INPUT, Category.MERGE) else None
        if network is None or (layer.category is Category.OUTPUT and len(shape) == 3):
            continue
        data = random_data(shape, 3, network.nodes[-1].layer.kind == "softmax", seed=3)
        expected = played(NumpyBackend("float64"), network, data)
        assert largest_difference(played(device("float64"), network, data), expected) < 1e-12
        checked += 1
    assert checked or layer.category in (Category.INPUT, Category.MERGE)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_random_graphs_give_the_numbers_of_numpy(first: int, device: Callable[..., Backend]) -> None:
    for seed in range(first, first + 20):
        network, data = random_network(seed)
        expected = played(NumpyBackend("float64"), network, data)
        assert largest_difference(played(device("float64"), network, data), expected) < 1e-9, seed


@pytest.mark.parametrize("seed", range(5))
def test_float32_is_as_exact_as_with_numpy(seed: int, device: Callable[..., Backend], all_threads: None) -> None:
    """With all threads, since sums are more exact the more of them add up their own part."""
    network, data = random_network(seed)
    exact = played(NumpyBackend("float64"), network, data)
    own = largest_difference(played(NumpyBackend("float32"), network, data), exact)
    assert largest_difference(played(device("float32"), network, data), exact) < max(1e-5, 4 * own)


def images() -> tuple[Network, Data]:
    """A residual network on images large enough that sums run over several slabs of rows."""
    return he_cifar(1, (4, 8), 4, shortcut="learned"), random_data((16, 16, 3), 4, True, seed=1)


def test_fused_calls_give_the_numbers_of_the_plain_plan(device: Callable[..., Backend]) -> None:
    network, data = images()
    fused, plain = device("float64"), device("float64", rewrites=())
    assert largest_difference(played(fused, network, data), played(plain, network, data)) < 1e-12


def test_what_follows_a_product_is_one_kernel(device: Callable[..., Backend]) -> None:
    network, data = images()
    all_parts = parts(network, data.shape.input)
    made: dict[str, list[str]] = {}
    for name, backend in (("fused", device("float32")), ("plain", device("float32", rewrites=()))):
        model = Model(all_parts, data.shape, 1.0, backend)
        made[name] = [call.primitive for call in model.plan(8, True).plan.calls]
    assert "g" not in made["fused"]
    assert "run_statistics" not in made["fused"]
    assert made["fused"].count("joined") == made["plain"].count("g")
    assert made["fused"].count("g_normalise_backward") >= 3
    assert len(made["fused"]) < 0.75 * len(made["plain"])


def test_kernels_are_right_with_all_their_threads(device: Callable[..., Backend], all_threads: None) -> None:
    """Barriers and shared memory at work: threads of a block in an order that nothing may rely on."""
    network, data = images()
    expected = played(NumpyBackend("float64"), network, data)
    assert largest_difference(played(device("float64"), network, data), expected) < 1e-12


def test_the_same_plan_gives_the_same_bits(device: Callable[..., Backend]) -> None:
    network, data = images()
    first, second = (played(device("float32"), network, data) for _ in range(2))
    assert all(np.array_equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("decays", [0.0, 0.1])
def test_every_optimiser_takes_the_steps_of_numpy(
    optimiser: str, decays: float, device: Callable[..., Backend]
) -> None:
    network, data = random_network(4)
    all_parts = parts(network, data.shape.input)
    ends = []
    for backend in (NumpyBackend("float64"), device("float64")):
        model = Model(all_parts, data.shape, 1.0, backend)
        copy_in(model, start(all_parts, 0).arrays)
        steps = Optimiser(model, Training(optimiser=optimiser, l2=decays, dtype="float64", learning_rate=0.02))
        for number in range(20):
            backend.to_device(np.random.default_rng(number).standard_normal(model.size), model.dw)
            steps.step()
        ends.append((backend.to_host(model.w), backend.to_host(steps.update), steps.copy_out()))
    (w, update, slots), (found_w, found_update, found_slots) = ends
    np.testing.assert_allclose(found_w, w, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found_update, update, rtol=1e-10, atol=1e-14)
    for key, slot in slots.items():
        np.testing.assert_allclose(found_slots[key], slot, rtol=1e-12, atol=1e-14)


def test_playing_a_plan_copies_nothing_between_host_and_device(device: Callable[..., Backend], stand_in: Any) -> None:
    network, data = images()
    backend = device("float32")
    model = Model(parts(network, data.shape.input), data.shape, 1.0, backend)
    steps = Optimiser(model, Training())
    plan = model.plan(8, True)
    before = (stand_in.traffic.to_host, stand_in.traffic.to_device)
    for _ in range(3):
        model.forward_backward(plan)
        steps.step()
    assert (stand_in.traffic.to_host, stand_in.traffic.to_device) == before


def test_units_dropped_are_the_same_on_every_device(device: Callable[..., Backend]) -> None:
    network = around(Dropout(0.5), (5,))
    assert network is not None
    data = random_data((5,), 3, True, seed=3)
    host, other = (played(backend, network, data) for backend in (NumpyBackend("float32"), device("float32")))
    dropped = [np.asarray(each[("a", "n2")]) == 0 for each in (host, other)]
    assert dropped[0].any()
    assert np.array_equal(*dropped)
