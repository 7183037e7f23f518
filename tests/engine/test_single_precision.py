"""Single precision is as exact as it can be: each operation by itself, and whole networks beside PyTorch's error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from engine.random_networks import random_data, random_network
from engine.test_gradients import around, variants
from engine.test_rewrites import NETWORKS, SMALL_CHUNKS

from resnet_sim.benchmark.presets import Preset, presets
from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Array, Hyper
from resnet_sim.engine.backends.numpy import REWRITES, NumpyBackend
from resnet_sim.engine.model import Model, copy_in
from resnet_sim.engine.optimisers import SLOTS
from resnet_sim.engine.plan import Call, Operation, Rewrite, play
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.layers.base import Category, Recorder
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.state.checkpoint import Checkpoint
from resnet_sim.state.start import start

LARGEST = 1e-4
"""Of an operation's error, relative to the largest number it writes."""
CANCELLED = 0.02
"""A sum over examples that is smaller than this beside the largest number it adds up has cancelled (dz of batch norm
adds up to 0). What is left is rounding: held to LARGEST times this, 2e-6 of that largest number."""
SUMS = {
    *("sum_rows", "inner", "moments", "normalise_backward", "normalise_sums", "normalise_slopes"),
    *("convolve_dW", "convolve_backward", "stacked", "loop"),
}
"""Which calls add up over examples in a way that cancels here; all others are held to what they write alone."""


@dataclass(frozen=True)
class Bound:
    """One call of a plan on its arrays."""

    call: Call
    reads: tuple[Array, ...]
    writes: tuple[Array, ...]
    operations: list[Operation]


class Noting(NumpyBackend):
    """NumPy's backend; keeps what it binds, so that calls can be played one by one."""

    def __init__(self, dtype: str, rewrites: tuple[Rewrite, ...]) -> None:
        super().__init__(dtype, 1, rewrites, SMALL_CHUNKS)
        self.bound: list[Bound] = []

    def bind(self, call: Call, reads: tuple[Array, ...], writes: tuple[Array | None, ...]) -> list[Operation]:
        operations = super().bind(call, reads, writes)
        written = tuple(each for each in writes if each is not None)
        self.bound.append(Bound(call, reads, written, operations))
        return operations


def errors(network: Network, data: Data, rewrites: tuple[Rewrite, ...]) -> Iterator[tuple[Call, float]]:
    """Every call of a training plan and of an evaluation, and its error in float32 on the very numbers that float64
    worked on: what the calls before it lost does not count."""
    exact, single = Noting("float64", rewrites), Noting("float32", rewrites)
    taken = parts(network, data.shape.input)
    models = [Model(taken, data.shape, float((data.train_y**2).sum(1).mean()), each) for each in (exact, single)]
    for backend, model in zip((exact, single), models, strict=True):
        copy_in(model, start(taken, 7).arrays)
        backend.clock.seed = 7
        for learning in (True, False):
            plan = model.plan(len(data.train_x), learning)
            plan.x[...], plan.y[...] = data.train_x, data.train_y
    for one, other in zip(exact.bound, single.bound, strict=True):
        assert one.call.primitive == other.call.primitive
        before = zip((*one.reads, *one.writes), (*other.reads, *other.writes), strict=True)
        for precise, rounded in before:
            rounded[...] = precise
            precise[...] = rounded
        added = one.reads if one.call.primitive in SUMS else ()
        least = CANCELLED * max((float(np.abs(each).max()) for each in added if each.size), default=0.0)
        with np.errstate(all="ignore"):
            play(one.operations)
            play(other.operations)
        yield (
            one.call,
            max(
                (relative(found, wanted, least) for wanted, found in zip(one.writes, other.writes, strict=True)),
                default=0.0,
            ),
        )


def relative(found: Array, wanted: Array, least: float = 0.0) -> float:
    """The largest difference beside the largest number, or `least` where that is more; 0 where both are the same."""
    if not wanted.size or not (apart := float(np.abs(found - wanted).max())):
        return 0.0
    return apart / max(float(np.abs(wanted).max()), least)


def check(network: Network, data: Data, rewrites: tuple[Rewrite, ...]) -> set[str]:
    """The primitives that were checked."""
    seen = set()
    for call, error in errors(network, data, rewrites):
        assert error < LARGEST, (call.primitive, call.part, call.phase, call.settings)
        seen.add(call.primitive)
    return seen


def of_kinds() -> Iterator[tuple[Network, Data]]:
    """A network around each variant of each kind, on vectors and on images."""
    for layer in (*variants(), Dropout(0.3)):
        for shape in ((5,), (5, 6, 2)):
            network = around(layer, shape)
            if network is not None and not (layer.category is Category.OUTPUT and len(shape) == 3):
                yield network, random_data(shape, 3, network.nodes[-1].layer.kind == "softmax", seed=3)


def of_names() -> Iterator[tuple[Network, Data]]:
    for make, shape in NETWORKS.values():
        yield make(), random_data(shape, 3, True, seed=1)


def test_every_primitive_is_close() -> None:
    seen: set[str] = set()
    for network, data in (*of_kinds(), *of_names()):
        seen |= check(network, data, ())
    primitives = {name for name, value in vars(Recorder).items() if callable(value) and not name.startswith("_")}
    assert seen == primitives - {"buffer", "view"}


@pytest.mark.parametrize("rewrites", [REWRITES[:-1], REWRITES], ids=["without loops", "with loops"])
def test_every_operation_of_a_rewritten_plan_is_close(rewrites: tuple[Rewrite, ...]) -> None:
    seen: set[str] = set()
    for network, data in (*of_kinds(), *of_names()):
        seen |= check(network, data, rewrites)
    assert "stacked" in seen
    assert ("loop" in seen) == (rewrites == REWRITES)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_every_operation_of_random_graphs_is_close(first: int) -> None:
    for seed in range(first, first + 20):
        check(*random_network(seed), REWRITES)


@pytest.mark.parametrize("kind", SLOTS)
def test_every_optimisers_step_is_close(kind: str) -> None:
    """Gradients over twelve orders of magnitude: Adam's roots must not lose the small ones."""
    r = np.random.default_rng(5)
    n = 4000
    given = {
        "w": r.standard_normal(n),
        "dw": r.standard_normal(n) * 10.0 ** r.integers(-9, 3, n),
        "decay": np.where(np.arange(n) % 2, 0.01, 0.0),
        **{slot: np.abs(r.standard_normal(n)) * 1e-3 for slot in SLOTS[kind]},
    }
    numbers = {
        "rate": 0.01,
        "beta": 0.9,
        "one_minus_beta": 0.1,
        "beta2": 0.999,
        "one_minus_beta2": 0.001,
        "epsilon": 1e-8,
        "correct1": 0.02,
        "correct2": 4.0,
    }
    ends = []
    for dtype in ("float64", "float32"):
        arrays = {name: each.astype(np.float32).astype(dtype) for name, each in given.items()}
        hyper = Hyper(**{name: np.array(value, dtype) for name, value in numbers.items()})
        update = np.zeros(n, dtype)
        slots = {slot: arrays[slot] for slot in SLOTS[kind]}
        backend = NumpyBackend(dtype)
        play(backend.optimiser_step(kind, arrays["w"], arrays["dw"], arrays["decay"], slots, update, hyper))
        ends.append([arrays["w"], update, *slots.values()])
    for wanted, found in zip(*ends, strict=True):
        assert relative(found, wanted) < LARGEST


# --- whole networks ---------------------------------------------------------------------------------------------------


def smaller(preset: Preset) -> Preset:
    """Few images: of a million ReLU inputs in one batch one is often so near zero that rounding decides its sign."""
    return replace(preset, batch={"W4": 16, "W5": 2}.get(preset.name, preset.batch))


@pytest.mark.parametrize("preset", [smaller(each) for each in presets()], ids=lambda each: f"{each.name}-{each.batch}")
def test_whole_networks_err_no_more_than_twice_what_torch_does(preset: Preset) -> None:
    """Loss and whole gradient, the median of five starts: a sign of a ReLU input that flips on one side only costs some
    thousandths of a gradient and is nobody's merit. In float64 both sides are the same."""
    pytest.importorskip("resnet_sim.benchmark.torch_peer", reason="the peer is PyTorch")
    found = np.array([errors_of(preset, seed) for seed in range(5)])
    ours, theirs, ours_of_loss, theirs_of_loss = np.median(found, axis=0)
    assert ours <= 2 * theirs
    rounding = float(np.finfo(np.float32).eps)
    assert ours_of_loss <= 2 * max(theirs_of_loss, rounding)  # one number: PyTorch's may happen to be exact


def errors_of(preset: Preset, seed: int) -> tuple[float, float, float, float]:
    """Of the gradient, ours and PyTorch's, and of the loss: in float32 against float64, relative."""
    data = preset.data()
    data = replace(data, train_x=data.train_x.astype(np.float32).astype(float))
    exact, single = (TrainingRun(at_precision(preset, dtype, seed), data) for dtype in ("float64", "float32"))
    begin = single.checkpoint()
    exact.restore(begin)
    wanted, found = (run.measure(Probe()).series["loss"] for run in (exact, single))
    assert wanted is not None
    assert found is not None
    keys = [(part.id, each.name) for part in exact.parts for each in part.parameters if each.learned]
    truth = whole(exact.weight_gradient, keys)
    size = float(np.linalg.norm(truth))

    def apart(gradient: Callable[[str, str], Any]) -> float:
        return float(np.linalg.norm(whole(gradient, keys) - truth)) / size

    same, loss_same = gradient_of_torch(exact, begin)
    assert apart(same) < 1e-9
    assert loss_same == pytest.approx(wanted, rel=1e-9)
    theirs, loss_theirs = gradient_of_torch(single, begin)
    return apart(single.weight_gradient), apart(theirs), abs(found / wanted - 1), abs(loss_theirs / wanted - 1)


def gradient_of_torch(run: TrainingRun, begin: Checkpoint) -> tuple[Callable[[str, str], Any], float]:
    """PyTorch's gradient by part and name, and its loss, on the run's newest batch in the run's precision."""
    from resnet_sim.benchmark.torch_peer import TorchPeer

    peer = TorchPeer(run.parts, begin, run.experiment.training)
    loss = peer.loss(*peer.examples(*run.newest_batch()))
    loss.backward()
    return lambda *key: peer.gradient(key), loss.item()


def at_precision(preset: Preset, dtype: str, seed: int) -> Experiment:
    experiment = preset.experiment()
    return replace(experiment, training=replace(experiment.training, dtype=dtype, seed=seed))


def whole(gradient: Callable[[str, str], Any], keys: list[tuple[str, str]]) -> Any:
    return np.concatenate([np.asarray(gradient(*key), float).reshape(-1) for key in keys])
