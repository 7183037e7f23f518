"""Speed changes no number: a rewritten plan computes what the plain plan computes, in any chunks, on any threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from engine.random_networks import random_data, random_network
from engine.test_gradients import around, variants
from numpy.typing import NDArray

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backends.numpy import REWRITES, NumpyBackend
from resnet_sim.engine.backends.numpy_threads import Threads
from resnet_sim.engine.model import BoundPlan, Model, copy_in
from resnet_sim.engine.plan import Rewrite
from resnet_sim.engine.rewrites.image_loops import image_loops
from resnet_sim.errors import RefusedError
from resnet_sim.layers.base import Category, Layer
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import he_cifar, mlp
from resnet_sim.state.start import start

SMALL_CHUNKS = 4_000  # bytes: an image or two of those below
NETWORKS: dict[str, tuple[Callable[[], Network], tuple[int, ...]]] = {
    "plain": (lambda: mlp(3, 8, 3, residual=False, flatten=False), (2,)),
    "residual": (lambda: mlp(4, 16, 3, second_scale=0.5, flatten=False), (5,)),
    "residual with batch norm": (lambda: mlp(3, 8, 3, batch_norm=True, flatten=False), (5,)),
    "pre-activation": (lambda: mlp(3, 8, 3, kind="pre_activation", batch_norm=True, flatten=False), (5,)),
    "ReZero": (lambda: mlp(3, 8, 3, rezero=True, flatten=False), (5,)),
    "images, W_s": (lambda: he_cifar(2, (4, 6, 8), 3, shortcut="learned"), (8, 8, 2)),
    "images, zero padding": (lambda: he_cifar(2, (4, 6, 8), 3, shortcut="zero_pad"), (8, 8, 1)),
    "images, no skip": (lambda: he_cifar(1, (4, 6), 3, residual=False), (9, 7, 3)),
    "images, no batch norm": (lambda: he_cifar(1, (4, 6), 3, batch_norm=False, second_scale=0.5), (6, 6, 1)),
}


class Played:
    """One forward and backward pass over the training set, with everything that can be asked of it."""

    def __init__(self, network: Network, data: Data, backend: NumpyBackend) -> None:
        taken = parts(network, data.shape.input)
        self.model = Model(taken, data.shape, float((data.train_y**2).sum(1).mean()), backend)
        copy_in(self.model, start(taken, 7).arrays)
        backend.clock.seed = 7
        self.learning = self._filled(data, True)
        self.model.forward_backward(self.learning)
        self.numbers = dict(self._asked(self.learning, "in training"))
        for key, array in self.model.gradients.items():
            self.numbers[f"gradient of {key}"] = array.copy()
        for key in self.model.statistics:
            self.numbers[f"statistic {key}"] = self.model.parameters[key].copy()
        evaluating = self._filled(data, False)
        self.model.forward_backward(evaluating)
        self.numbers.update(self._asked(evaluating, "in evaluation"))

    def _filled(self, data: Data, learning: bool) -> BoundPlan:
        plan = self.model.plan(len(data.train_x), learning)
        plan.x[...], plan.y[...] = data.train_x, data.train_y
        return plan

    @staticmethod
    def _asked(plan: BoundPlan, when: str) -> dict[str, NDArray[np.floating]]:
        found = {f"loss {when}": plan.loss.copy()}
        for part in plan.plan.activations:
            found[f"activation of {part} {when}"] = plan.activation(part).copy()
        for part in plan.plan.gradients:
            gradient = plan.gradient(part)
            assert gradient is not None
            found[f"gradient of {part} {when}"] = gradient.copy()
        for consumer, index in plan.plan.contributions:
            contribution = plan.contribution(consumer, index)
            assert contribution is not None
            found[f"from {consumer}, input {index}, {when}"] = contribution.copy()
        return found


def largest_difference(a: Played, b: Played) -> float:
    """Over all that can be asked, relative to the largest number of each array (at least 1e-3)."""
    assert a.numbers.keys() == b.numbers.keys()
    return max(
        float(np.abs(b.numbers[key] - plain).max() / max(1e-3, float(np.abs(plain).max())))
        for key, plain in a.numbers.items()
        if plain.size
    )


def plain(dtype: str = "float64") -> NumpyBackend:
    return NumpyBackend(dtype, rewrites=())


def chunked(rewrites: tuple[Rewrite, ...] = REWRITES, threads: int = 1, dtype: str = "float64") -> NumpyBackend:
    return NumpyBackend(dtype, threads, rewrites, SMALL_CHUNKS)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_compute_the_same_in_chunks_and_on_threads(name: str, threads: int) -> None:
    make, shape = NETWORKS[name]
    data = random_data(shape, 3, True, seed=1)
    before = Played(make(), data, plain())
    assert largest_difference(before, Played(make(), data, chunked(threads=threads))) < 1e-11


@pytest.mark.parametrize("count", range(1, len(REWRITES)))
@pytest.mark.parametrize("name", ["residual with batch norm", "images, W_s"])
def test_every_pass_alone_changes_nothing(name: str, count: int) -> None:
    make, shape = NETWORKS[name]
    data = random_data(shape, 3, True, seed=2)
    assert largest_difference(Played(make(), data, plain()), Played(make(), data, chunked(REWRITES[:count]))) < 1e-11


@pytest.mark.parametrize("layer", variants(), ids=repr)
def test_every_kind_computes_the_same(layer: Layer) -> None:
    for shape in ((5,), (5, 6, 2)):
        network = around(layer, shape)
        if network is not None and not (layer.category is Category.OUTPUT and len(shape) == 3):
            data = random_data(shape, 3, network.nodes[-1].layer.kind == "softmax", seed=3)
            assert largest_difference(Played(network, data, plain()), Played(network, data, chunked())) < 1e-11


@pytest.mark.parametrize(
    "seed", [*range(100), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(100, 200))]
)
def test_random_graphs_compute_the_same(seed: int) -> None:
    network, data = random_network(seed)
    assert largest_difference(Played(network, data, plain()), Played(network, data, chunked(threads=2))) < 1e-10


@pytest.mark.parametrize("name", ["residual with batch norm", "images, W_s"])
def test_single_precision_stays_close(name: str) -> None:
    make, shape = NETWORKS[name]
    data = random_data(shape, 3, True, seed=4)
    exact = Played(make(), data, plain())
    assert largest_difference(exact, Played(make(), data, chunked(dtype="float32"))) < 1e-4


def test_the_variance_does_not_cancel_far_from_zero() -> None:
    """Images around 1000 with a spread of 1: E[z^2] - m^2 would lose every digit in single precision."""
    network, data = he_cifar(1, (4,), 3), random_data((6, 6, 1), 3, True, seed=5)
    far = Data(data.train_x + 1000, data.train_y, data.dev_x, data.dev_y, data.task)
    exact, single = Played(network, far, plain()), Played(network, far, chunked(threads=2, dtype="float32"))
    for key, array in exact.numbers.items():
        if "running_variance" in key:
            assert np.allclose(single.numbers[key], array, rtol=1e-2), key


def test_the_same_threads_give_the_same_bits() -> None:
    network, data = he_cifar(2, (4, 6, 8), 3, shortcut="learned"), random_data((8, 8, 2), 3, True, seed=6)
    once, again = (Played(network, data, chunked(threads=2, dtype="float32")) for _ in range(2))
    assert all(np.array_equal(once.numbers[key], array) for key, array in again.numbers.items())


@pytest.mark.parametrize(("asked", "lanes"), [(None, 1), ("2", 2)])
def test_the_environment_says_how_many_threads(monkeypatch: pytest.MonkeyPatch, asked: str | None, lanes: int) -> None:
    network, data = he_cifar(1, (4,), 3), random_data((8, 8, 2), 3, True, seed=6)
    monkeypatch.delenv("RESNET_SIM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("RESNET_SIM_THREADS", asked)
    as_set = Played(network, data, NumpyBackend("float32", cache=SMALL_CHUNKS))
    monkeypatch.delenv("RESNET_SIM_THREADS", raising=False)
    told = Played(network, data, chunked(threads=lanes, dtype="float32"))
    assert all(np.array_equal(told.numbers[key], array) for key, array in as_set.numbers.items())


@pytest.mark.parametrize("asked", ["0", "two", "-1", "100"])
def test_a_number_of_threads_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("RESNET_SIM_THREADS", asked)
    with pytest.raises(RefusedError, match="RESNET_SIM_THREADS"):
        NumpyBackend()


def test_an_error_on_another_thread_is_raised_where_all_wait() -> None:
    def broken() -> None:
        raise ValueError("on the other side")

    threads = Threads(1)
    with pytest.raises(ValueError, match="other side"):
        threads.play([], [(broken, ())])
    done: list[int] = []
    threads.play([(done.append, (1,))], [(done.append, (2,))])
    assert sorted(done) == [1, 2]


def test_what_passes_through_a_loop_is_made_again_bit_by_bit() -> None:
    network, data = he_cifar(2, (4, 6, 8), 3, shortcut="learned"), random_data((8, 8, 2), 3, True, seed=6)
    lean = Played(network, data, chunked(dtype="float32"))
    kept = Played(
        network, data, NumpyBackend("float32", 1, (*REWRITES[:-1], partial(image_loops, keep_all=True)), SMALL_CHUNKS)
    )
    assert lean.learning.plan.passing
    assert not kept.learning.plan.passing
    assert all(np.array_equal(kept.numbers[key], array) for key, array in lean.numbers.items())
