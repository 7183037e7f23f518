"""Runs whose small calls are made as one: fewer calls, and in every run the bits of that run alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from engine.random_networks import random_data, random_network
from engine.test_lockstep import assert_same

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.headless import HeadlessRun, compare
from resnet_sim.engine.lockstep import LockStep, RunDiverged
from resnet_sim.engine.model import BoundPlan, Model, copy_in
from resnet_sim.engine.plan import play
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.engine.twins import bind
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.network.edits import append, set_frozen
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import parts
from resnet_sim.network.skips import add_skip, set_enabled
from resnet_sim.network.templates import empty, he_cifar, identity_stack, mlp, widening
from resnet_sim.network.training import Training
from resnet_sim.network.twin import twin
from resnet_sim.state.start import start

STEPS = 11
"""Two epochs and a half: 20 examples, 6 to the mini-batch and 2 to the last."""


def deep(width: int, blocks: int = 3, **options: object) -> Network:
    return mlp(blocks, width, 3, flatten=False, **{"second_scale": 0.5, **options})  # type: ignore[arg-type] # settings of the template


def of_every_g() -> Network:
    """A layer of each g, dropout between, and a skip around them all."""
    network = append(empty(), Dense(6), "first")
    for function in ("relu", "leaky_relu", "tanh", "sigmoid"):
        network = append(append(network, Dense(6)), Activation(function))
    network = append(append(append(network, Dropout(0.8)), Dense(6), "last"), Dense(3))
    return add_skip(network, "first", "last")


NETWORKS: dict[str, Callable[[], Network]] = {
    "MLP": lambda: deep(8),
    "MLP, batch norm": lambda: deep(7, batch_norm=True, second_scale=None),
    "MLP, pre-activation": lambda: deep(8, batch_norm=True, kind="pre_activation", second_scale=None),
    "MLP, ReZero": lambda: deep(8, rezero=True),
    "MLP that widens, W_s with batch norm": lambda: widening(2, (6, 9), 3, batch_norm=True, flatten=False),
    "every g, dropout": of_every_g,
    "images": lambda: he_cifar(1, (3, 4), 3, shortcut="learned"),
}


def data_for(network: Network, regression: bool = False, examples: int = 20) -> Data:
    shape = (6, 6, 1) if any(node.layer.kind == "conv2d" for node in network.nodes) else (5,)
    found = random_data(shape, 5 if regression else 3, not regression, seed=1)
    pick = np.arange(examples) % len(found.train_x)
    return replace(found, train_x=found.train_x[pick], train_y=found.train_y[pick])


def experiment(network: Network, **training: object) -> Experiment:
    settings = {"batch_size": 6, "optimiser": "momentum", "learning_rate": 0.02, "l2": 1e-3, "seed": 3, **training}
    return Experiment(network, DataReference("synthetic"), Training(**settings))  # type: ignore[arg-type] # settings by name


def pair(network: Network, **training: object) -> dict[str, Experiment]:
    residual = experiment(network, **training)
    return {"residual": residual, "plain": replace(residual, network=twin(network))}


def in_lock_step(experiments: dict[str, Experiment], data: Data) -> LockStep:
    return LockStep({name: TrainingRun(each, data) for name, each in experiments.items()})


def train(steps: LockStep, count: int = STEPS) -> LockStep:
    for _ in range(count):
        steps.advance({})
    return steps


def alone(experiment: Experiment, data: Data, steps: int = STEPS) -> TrainingRun:
    run = TrainingRun(experiment, data)
    for _ in range(steps):
        run.step()
    return run


def calls(plans: Sequence[BoundPlan]) -> int:
    return sum(len(plan.forward) + len(plan.backward) for plan in plans)


def share_of_calls(network: Network, m: int, shape: tuple[int, ...] = (5,)) -> float:
    """Calls of a network and its twin played together, against those of each by itself."""
    data = random_data(shape, 3, True, seed=1)
    models = [Model(parts(each, shape), data.shape, 1.0, NumpyBackend("float32")) for each in (network, twin(network))]
    bound = bind(models, m)
    if not bound.operations:
        return 1.0
    return (len(bound.operations) + sum(map(len, bound.rests))) / calls([model.plan(m, True) for model in models])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_and_its_twin_are_what_each_is_alone(name: str, dtype: str) -> None:
    network = NETWORKS[name]()
    data = data_for(network)
    wanted = pair(network, dtype=dtype)
    steps = train(in_lock_step(wanted, data))
    for each, experiment in wanted.items():
        assert_same(steps.run(each), alone(experiment, data))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_twins_as_large_as_are_played_together_are_what_each_is_alone(batch_norm: bool) -> None:
    network = deep(32, 9, batch_norm=batch_norm)
    data = data_for(network, examples=120)
    wanted = pair(network, batch_size=50)
    steps = train(in_lock_step(wanted, data), 4)
    for each, experiment in wanted.items():
        assert_same(steps.run(each), alone(experiment, data, 4))


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_three_runs_are_what_each_is_alone(optimiser: str) -> None:
    network = deep(8, batch_norm=True, second_scale=None)
    wanted = pair(network, optimiser=optimiser) | {"none decays": experiment(network, l2=0.0)}
    data = data_for(network)
    steps = train(in_lock_step(wanted, data))
    for each, one in wanted.items():
        assert_same(steps.run(each), alone(one, data))


def test_squared_errors_are_made_together_too() -> None:
    wanted = pair(identity_stack(3, 5))
    data = data_for(wanted["plain"].network, regression=True)
    data = replace(data, train_y=data.train_x, dev_y=data.dev_x)
    steps = train(in_lock_step(wanted, data))
    for each, one in wanted.items():
        assert_same(steps.run(each), alone(one, data))


@pytest.mark.parametrize("seed", range(60))
def test_any_graph_and_its_twin_compute_what_each_computes_alone(seed: int) -> None:
    network, data = random_network(seed)
    found: list[list[Model]] = []
    for together in (True, False):
        models = []
        for each in (network, twin(network)):
            taken = parts(each, data.shape.input)
            models.append(Model(taken, data.shape, 1.0, NumpyBackend("float32")))
            copy_in(models[-1], start(taken, 7).arrays)
        m = len(data.train_x)
        bound = bind(models, m) if together else None
        plans = [model.plan(m, True) for model in models]
        for plan in plans:
            plan.x[...], plan.y[...] = data.train_x, data.train_y
        if bound is not None and bound.operations:
            play(bound.operations)
            for rest in bound.rests:
                play(rest)
        else:
            for model, plan in zip(models, plans, strict=True):
                model.forward_backward(plan)
        found.append(models)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one.dw, other.dw)
        for key, array in one.parameters.items():
            np.testing.assert_array_equal(array, other.parameters[key], str(key))


def test_small_networks_make_a_quarter_fewer_calls_together() -> None:
    assert share_of_calls(deep(8), 10) < 0.75
    assert share_of_calls(deep(32, 9, batch_norm=True), 50) < 0.75


def test_where_products_or_images_take_the_time_each_goes_alone() -> None:
    assert share_of_calls(deep(64, 9), 50) == 1
    assert share_of_calls(he_cifar(1, (4, 8), 3), 10, (6, 6, 1)) == 1


def test_networks_that_have_no_layer_in_common_go_alone_and_train() -> None:
    other = append(append(append(empty(), Dense(4), "a"), Activation("tanh"), "b"), Dense(3), "c")
    wanted = {"deep": experiment(deep(8)), "other": experiment(other)}
    data = data_for(other)
    steps = train(in_lock_step(wanted, data))
    for each, one in wanted.items():
        assert_same(steps.run(each), alone(one, data))


def test_a_run_that_diverges_leaves_no_trace_in_those_behind_it() -> None:
    network = deep(8, batch_norm=True, second_scale=None)
    wanted = {"before": experiment(network), **pair(network)}
    wanted["residual"] = replace(
        wanted["residual"], training=replace(wanted["residual"].training, optimiser="sgd", learning_rate=1e9)
    )
    data = data_for(network)
    steps = in_lock_step(wanted, data)
    with pytest.raises(RunDiverged) as ended:
        train(steps)
    assert ended.value.name == "residual"
    at = steps.run("residual").progress.step
    assert_same(steps.run("before"), alone(wanted["before"], data, at + 1))
    assert_same(steps.run("plain"), alone(wanted["plain"], data, at))


def test_a_change_of_one_run_is_followed_from_the_next_step_on() -> None:
    network = deep(8, batch_norm=True, second_scale=None)
    first = network.skips[0].id
    frozen = next(node.id for node in network.nodes if node.layer.kind == "dense")
    wanted = pair(network)
    data = data_for(network)
    changes = {
        2: experiment(set_enabled(network, first, False)),
        4: experiment(set_frozen(network, frozen, True), optimiser="adam"),
        6: experiment(network),
    }
    steps = in_lock_step(wanted, data)
    run = TrainingRun(wanted["residual"], data)
    for step in range(STEPS):
        if step in changes:
            steps.change({"residual": changes[step]})
            run.change(changes[step])
        steps.advance({})
        run.step()
    assert_same(steps.run("residual"), run)
    assert_same(steps.run("plain"), alone(wanted["plain"], data))


def test_a_comparison_reports_what_each_twin_reaches_alone() -> None:
    wanted = pair(deep(8))
    data = data_for(wanted["plain"].network)
    found = compare(wanted["residual"], wanted["plain"], data, 3, STEPS)
    for report, one in ((found.residual, wanted["residual"]), (found.plain, wanted["plain"])):
        run = HeadlessRun(one, data)
        run.train(STEPS)
        reached = run.report()
        assert (report.steps, report.train_loss, report.layers) == (STEPS, reached.train_loss, reached.layers)
        assert report.seconds > 0


def test_a_comparison_of_other_mini_batches_gives_each_its_own() -> None:
    wanted = pair(deep(8))
    small = replace(wanted["plain"], training=replace(wanted["plain"].training, batch_size=4))
    data = data_for(small.network)
    found = compare(wanted["residual"], small, data, 3, STEPS)
    for report, one in ((found.residual, wanted["residual"]), (found.plain, small)):
        assert report.train_loss == alone(one, data).evaluate().train_loss


def test_what_is_measured_is_what_is_measured_alone() -> None:
    network = deep(8, batch_norm=True, second_scale=None)
    wanted = pair(network)
    data = data_for(network)
    probe = Probe(histograms=(network.nodes[1].id,), maps=(network.nodes[1].id,), example=2)
    steps = in_lock_step(wanted, data)
    runs = {name: TrainingRun(each, data) for name, each in wanted.items()}
    for _ in range(STEPS):
        measured = steps.advance(dict.fromkeys(wanted, probe))
        standing = steps.measure(dict.fromkeys(wanted, probe))
        for name, run in runs.items():
            for found, other in ((measured[name], run.step(probe).measured), (standing[name], run.measure(probe))):
                assert other is not None
                assert dict(found.series) == dict(other.series)
                for part, histogram in other.histograms.items():
                    np.testing.assert_array_equal(found.histograms[part].counts, histogram.counts)
                for part, picture in other.maps.items():
                    np.testing.assert_array_equal(found.maps[part], picture)
    for name, run in runs.items():
        assert_same(steps.run(name), run)


def test_a_batch_size_that_changes_in_training_is_followed() -> None:
    wanted = pair(deep(8))
    data = data_for(wanted["plain"].network)

    def sized(each: Experiment, m: int) -> Experiment:
        return replace(each, training=replace(each.training, batch_size=m))

    steps = in_lock_step(wanted, data)
    runs = {name: TrainingRun(each, data) for name, each in wanted.items()}
    for m in (6, 5, 4, 7, 6):
        steps.change({name: sized(each, m) for name, each in wanted.items()})
        train(steps, 3)
        for name, run in runs.items():
            run.change(sized(wanted[name], m))
            for _ in range(3):
                run.step()
    for name, run in runs.items():
        assert_same(steps.run(name), run)


def test_runs_that_change_hands_go_on_as_alone() -> None:
    wanted = pair(deep(8))
    data = data_for(wanted["plain"].network)
    first = in_lock_step(wanted, data)
    second = LockStep(first.runs)
    for _ in range(STEPS // 2):
        train(first, 1)
        train(second, 1)
    for name, experiment in wanted.items():
        assert_same(first.run(name), alone(experiment, data, 2 * (STEPS // 2)))


def test_a_step_gone_back_to_and_a_weight_typed_by_hand_lead_where_they_lead_alone() -> None:
    network = deep(8)
    dense = next(node.id for node in network.nodes if node.layer.kind == "dense")
    wanted = pair(network)
    data = data_for(network)
    steps = train(in_lock_step(wanted, data), 5)
    steps.rewind(0)
    steps.set_weight("plain", dense, "W", 3, 0.25)
    train(steps)
    run = TrainingRun(wanted["plain"], data)
    run.set_weight(dense, "W", 3, 0.25)
    for _ in range(STEPS):
        run.step()
    assert_same(steps.run("plain"), run)
    assert_same(steps.run("residual"), alone(wanted["residual"], data))
