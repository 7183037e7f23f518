"""The predicted shrinkage of a W against the engine where no data gradient reaches it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network.blocks import set_block_l2
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.record import Event, Record
from resnet_sim.state.shrinkage import predicted_norms

DATA = DataReference("spirals", (("examples", 100),))
STEPS = 300


def deaf() -> Network:
    """The last layer gives 0 and never learns: nothing of the loss comes back to the layers before it."""
    network = mlp(1, 8, 2, second_scale=1.0)
    last = next(node for node in reversed(network.nodes) if isinstance(node.layer, Dense))
    return network.with_node(replace(last, layer=replace(last.layer, start="zero"), frozen=True))


def engine(experiment: Experiment, changes: dict[int, dict[str, object]], layer: str = "fc2") -> list[float]:
    """||W|| before every step; `changes` come before the step of that number."""
    run = TrainingRun(experiment, data_set(DATA).load())
    norms = []
    for step in range(STEPS + 1):
        if step in changes:
            training = replace(run.experiment.training, **changes[step])  # type: ignore[arg-type]
            run.change(replace(run.experiment, training=training))
        measured = run.measure(Probe()).series
        assert measured[f"gradient_norm/{layer}/W"] == 0
        found = measured[f"weight_norm/{layer}/W"]
        assert found is not None
        norms.append(found)
        run.step()
    return norms


def events(changes: dict[int, dict[str, object]]) -> list[Event]:
    record = Record()
    for step, each in changes.items():
        for name, value in each.items():
            record.note(step, name, value)  # type: ignore[arg-type]
    return record.events


CHANGES: dict[str, dict[int, dict[str, object]]] = {
    "nothing": {},
    "lambda": {40: {"l2": 0.3}, 160: {"l2": 0.0}},
    "alpha": {100: {"learning_rate": 0.01}, 200: {"learning_rate": 0.1, "l2": 0.05}},
    "optimiser": {50: {"optimiser": "sgd"}, 100: {"optimiser": "momentum"}, 200: {"optimiser": "adam"}},
    "beta": {30: {"momentum": 0.5}, 90: {"momentum": 0.0}},
    "others": {30: {"batch_size": 7}, 90: {"decay_b": True}},
}


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=list(CHANGES))
def test_the_engine_shrinks_as_predicted(optimiser: str, changes: dict[int, dict[str, object]]) -> None:
    training = Training(optimiser=optimiser, learning_rate=0.03, l2=0.1, batch_size=50, dtype="float64")
    measured = engine(Experiment(deaf(), DATA, training), changes)
    predicted = predicted_norms(training, range(STEPS + 1), measured[0], events(changes))
    np.testing.assert_allclose(np.array(predicted, float), measured, rtol=1e-5, atol=1e-12)


def test_in_the_numbers_of_training_too() -> None:
    training = Training(learning_rate=0.03, l2=0.02, batch_size=50)
    measured = engine(Experiment(deaf(), DATA, training), {})
    predicted = predicted_norms(training, range(0, STEPS + 1, 10), measured[0])
    np.testing.assert_allclose(np.array(predicted, float), measured[::10], rtol=1e-5)


def test_the_lambda_of_a_block_replaces_the_networks() -> None:
    network = set_block_l2(deaf(), "block1", 0.2)
    training = Training(learning_rate=0.03, l2=0.01, batch_size=50, dtype="float64")
    measured = engine(Experiment(network, DATA, training), {50: {"l2": 0.9}}, "fc3")
    change = [Event(50, "l2", 0.9)]
    predicted = predicted_norms(training, range(STEPS + 1), measured[0], change, l2=0.2)
    np.testing.assert_allclose(np.array(predicted, float), measured, rtol=1e-5)


def test_a_prediction_may_begin_later() -> None:
    training = Training(optimiser="sgd", learning_rate=0.1, l2=0.5)
    assert predicted_norms(training, [10, 11, 12], 2.0, at=10) == pytest.approx([2.0, 1.9, 1.805])
    assert predicted_norms(training, [], 2.0) == []
    with pytest.raises(ValueError, match="ascend"):
        predicted_norms(training, [3, 2], 1.0)
    with pytest.raises(ValueError, match="ascend"):
        predicted_norms(training, [3], 1.0, at=5)


def test_momentum_is_not_the_power_of_gradient_descent() -> None:
    """Measured in experiment B at alpha = lambda = 0.03: a factor of 0.056, where e^(-alpha lambda t / (1 - beta))
    says 0.067."""
    training = Training(learning_rate=0.03, l2=0.03)
    assert predicted_norms(training, [300], 1.0) == [pytest.approx(0.056, abs=0.001)]
    assert predicted_norms(replace(training, optimiser="sgd"), [300], 1.0) == [pytest.approx((1 - 9e-4) ** 300)]


def test_where_it_leaves_all_bounds_there_is_no_prediction() -> None:
    training = Training(optimiser="sgd", learning_rate=1e6, l2=1000.0)
    found = predicted_norms(training, [0, 1, 100], 1.0)
    assert found[:2] == [1.0, pytest.approx(1e9)]
    assert found[2] is None
