"""The weight norms with what lambda alone would make of one of them: drawn, named, hovered and given away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.network.blocks import set_block_l2
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.state.controls import note_controls
from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Epochs, PlotLayer, Shown
from resnet_sim.ui.plots.menu import numbers
from resnet_sim.ui.plots.weight_norm import PREDICTED, PULL_OF_DW, WeightNormPlot
from resnet_sim.ui.theme import Look

EPOCHS = Epochs(((0, 0.0, 20),))
LAYERS = tuple(PlotLayer(f"fc{k}", k) for k in (1, 2, 3, 4))
SGD = Training(optimiser="sgd", learning_rate=0.1, l2=0.1)
START = Experiment(mlp(1, 8, 2), DataReference("moons"), SGD)


def shown(selected: str = "", experiment: Experiment = START, changed_at: int = 0) -> Shown:
    """W^{[l]} of length l throughout, so that whatever shrinks is the prediction."""
    record = Record()
    note_controls(record, 0, replace(START, training=replace(SGD, l2=0.5)) if changed_at else experiment)
    if changed_at:
        note_controls(record, changed_at, experiment)
    for step in range(0, 201, 10):
        record.add(step, {f"weight_norm/{layer.id}/W": float(layer.number) for layer in LAYERS})
    return Shown(record, LAYERS, selected, EPOCHS, experiment)


@pytest.fixture
def plot(qtbot: QtBot, look: Look) -> WeightNormPlot:
    made = WeightNormPlot(look)
    qtbot.addWidget(made)
    made.resize(370, 274)
    return made


def drawn(plot: WeightNormPlot) -> tuple[np.ndarray, np.ndarray]:
    """The dotted curve in steps."""
    x, y = plot._predicted.getData()
    return x * 20, y


def labels(plot: WeightNormPlot) -> list[str]:
    return [each.text for each in plot.chart.ends.labels]


@pytest.mark.parametrize(("selected", "norm"), [("", 4.0), ("fc2", 2.0), ("no layer", 4.0)])
def test_the_selected_layer_or_the_largest_is_predicted(plot: WeightNormPlot, selected: str, norm: float) -> None:
    plot.show_record(shown(selected))
    steps, predicted = drawn(plot)
    assert steps[0] == 0
    assert steps[-1] >= 200, "it goes on to the end of the chart"
    np.testing.assert_allclose(predicted, norm * 0.99**steps, rtol=1e-9)
    assert PREDICTED in labels(plot)


def test_it_begins_where_lambda_last_changed(plot: WeightNormPlot) -> None:
    plot.show_record(shown("fc1", changed_at=50))
    steps, predicted = drawn(plot)
    assert steps[0] == 50
    np.testing.assert_allclose(predicted, 0.99 ** (steps - 50), rtol=1e-9)
    assert plot.note.text() == "λ = 0.1 from step 50"


def test_the_lambda_of_a_block_moves_the_beginning_and_is_told(plot: WeightNormPlot) -> None:
    of_block = replace(START, network=set_block_l2(START.network, "block1", 0.2))
    plot.show_record(shown("fc3", of_block, changed_at=50))
    steps, predicted = drawn(plot)
    np.testing.assert_allclose(predicted, 3 * 0.98 ** (steps - 50), rtol=1e-9)
    assert plot.note.text() == "block 1: λ = 0.2 from step 50"
    assert plot.chart.grid.marks == (2.5,) * len(plot.shown.changes)


def test_without_lambda_nothing_is_predicted(plot: WeightNormPlot) -> None:
    plot.show_record(shown("fc1"))
    plot.show_record(shown("fc1", replace(START, training=replace(SGD, l2=0.0))))
    assert len(drawn(plot)[0]) == 0
    assert PREDICTED not in labels(plot)
    plot.show_record(replace(shown("fc1"), experiment=None))
    assert PREDICTED not in labels(plot)


def test_both_pulls_are_read_where_lambda_pulls(plot: WeightNormPlot) -> None:
    found = shown("fc2")
    for step in range(0, 201, 10):
        found.record.add(step, {"decay_pull/fc2/W": 0.2, "data_pull/fc2/W": -0.125, "decay_pull/fc4/W": 0.4})
    plot.show_record(found)
    plot.show_hover(150)
    read = {each.label: each.value for each in plot.mark.readings}
    assert read[r"\text{pull of }\lambda"] == "0.2"
    assert read[PULL_OF_DW] == "-0.125"
    off = replace(found, record=Record(dict(found.record.series), found.record.events))
    off.record.series["decay_pull/fc2/W"] = Series([0, 10], [0.0, 0.0])
    plot.show_record(off)
    assert not any("pull" in each.label for each in plot.mark.readings)


def test_it_is_read_by_hovering_and_given_away_with_the_numbers(plot: WeightNormPlot) -> None:
    plot.show_record(shown("fc2", changed_at=100))
    plot.show_hover(150)
    readings = {each.label: each.value for each in plot.mark.readings}
    assert readings[r"W^{[2]}\text{ predicted}"] == f"{2 * 0.99**50:.4g}"
    plot.show_hover(40)
    assert not any("predicted" in each.label for each in plot.mark.readings)
    heading, *rows = numbers(plot).decode().splitlines()
    column = heading.split(",").index("predicted_norm/fc2/W")
    found = {row.split(",")[0]: row.split(",")[column] for row in rows}
    assert found["40"] == ""
    assert float(found["200"]) == pytest.approx(2 * 0.99**100)
