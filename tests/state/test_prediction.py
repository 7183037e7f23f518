"""What lambda alone would do to a W since a control changed, against the engine where no gradient reaches that W."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from state.test_shrinkage import DATA, deaf

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.blocks import set_block_frozen, set_block_l2
from resnet_sim.network.edits import set_frozen
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.training import Training
from resnet_sim.state.controls import NETWORK, note_controls
from resnet_sim.state.prediction import prediction, standing
from resnet_sim.state.record import Record, Series

STEPS = 200
START = Training(learning_rate=0.03, l2=0.02, batch_size=50, dtype="float64")


def trained(changes: dict[int, Experiment], every: int = 1) -> tuple[Record, Experiment]:
    """The record of a run, measured every so many steps, and the experiment at its end; {step: experiment}."""
    run = TrainingRun(changes[0], data_set(DATA).load())
    record = Record()
    for step in range(STEPS + 1):
        if step in changes:
            run.change(changes[step])
            note_controls(record, step, changes[step])
        if step % every == 0:
            record.add(step, run.measure(Probe()).series)
        run.step()
    return record, run.experiment


def of(network_l2: float | None = None, **settings: object) -> Experiment:
    network = deaf() if network_l2 is None else set_block_l2(deaf(), "block1", network_l2)
    return Experiment(network, DATA, replace(START, **settings))  # type: ignore[arg-type]


RUNS = {
    "from the start": ({0: of()}, 0),
    "lambda raised": ({0: of(), 60: of(l2=0.2)}, 60),
    "lambda put on": ({0: of(l2=0.0), 60: of()}, 60),
    "alpha lowered": ({0: of(), 60: of(learning_rate=0.01)}, 60),
    "another beta": ({0: of(), 60: of(momentum=0.5)}, 60),
    "another optimiser": ({0: of(), 60: of(optimiser="sgd")}, 60),
    "dragged": ({0: of(), **{60 + k: of(l2=0.02 + 0.01 * k) for k in range(10)}}, 69),
    "a block's own": ({0: of(), 60: of(0.1)}, 60),
    "nothing that matters": ({0: of(), 60: of(decay_b=True), 90: of(batch_size=20)}, 0),
}


@pytest.mark.parametrize("name", RUNS)
def test_without_a_data_gradient_the_run_goes_on_as_predicted(name: str) -> None:
    """Measured at every step, the momentum that is stored at the change is known exactly too."""
    changes, start = RUNS[name]
    record, experiment = trained(changes)
    found = prediction(record, experiment, "fc3")
    assert found is not None
    assert found.start == start
    measured = np.array(record.series["weight_norm/fc3/W"].values[start:], float)
    np.testing.assert_allclose(np.array(found.norms(range(start, STEPS + 1)), float), measured, rtol=1e-6)


def test_measured_now_and_then_it_is_close() -> None:
    record, experiment = trained({0: of(), 65: of(l2=0.1)}, every=10)
    found = prediction(record, experiment, "fc3")
    assert found is not None
    assert found.start == 65
    measured = np.array(record.series["weight_norm/fc3/W"].values[7:], float)
    predicted = np.array(found.norms(range(70, STEPS + 1, 10)), float)
    np.testing.assert_allclose(predicted, measured, rtol=0.02, atol=1e-3)
    assert measured[-1] < 0.5 * measured[0]


def test_a_lambda_that_does_not_reach_a_layer_predicts_nothing_for_it() -> None:
    record, experiment = trained({0: of(0.0)})
    assert prediction(record, experiment, "fc3") is None
    assert prediction(record, experiment, "fc1") is not None
    assert prediction(record, of(l2=0.0), "fc1") is None
    assert prediction(record, of(learning_rate=0.0), "fc1") is None
    assert prediction(record, experiment, "no such layer") is None
    assert prediction(Record(), experiment, "fc1") is None


def test_a_block_with_its_own_lambda_does_not_hear_of_the_networks() -> None:
    record, experiment = trained({0: of(0.1), 60: of(0.1, l2=0.5)})
    inside, outside = prediction(record, experiment, "fc3"), prediction(record, experiment, "fc1")
    assert inside is not None
    assert outside is not None
    assert (inside.start, inside.l2, outside.start, outside.l2) == (0, 0.1, 60, 0.5)


def test_what_is_frozen_is_not_predicted_to_shrink() -> None:
    experiment = of()
    record, _ = trained({0: experiment})
    layer = replace(experiment, network=set_frozen(experiment.network, "fc3", True))
    block = replace(experiment, network=set_block_frozen(experiment.network, "block1", True))
    assert prediction(record, layer, "fc3") is None
    assert prediction(record, block, "fc3") is None
    assert prediction(record, block, "fc1") is not None


def test_another_network_began_with_an_empty_momentum() -> None:
    record, experiment = trained({0: of()})
    record.note(100, NETWORK, "")
    found = prediction(record, experiment, "fc3")
    assert found is not None
    assert (found.start, found.stored) == (100, 0.0)


def test_between_two_measurements_a_norm_goes_on_as_it_went() -> None:
    series = Series([10, 20, 30, 40], [4.0, 2.0, 1.5, None])
    assert standing(series, 5) == (None, 0.0)
    assert standing(series, 10) == (4.0, 0.0)
    assert standing(series, 15) == (4.0, 0.0)
    assert standing(series, 20) == (2.0, -0.2)
    assert standing(series, 25) == (1.0, -0.2)
    assert standing(series, 32) == (pytest.approx(1.4), -0.05)
    assert standing(series, 44) == (None, 0.0)
