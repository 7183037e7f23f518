"""Cost and accuracy: the loss, and J above it wherever lambda pulls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Epochs, Shown
from resnet_sim.ui.plots.cost import CostPlot, cost_of
from resnet_sim.ui.plots.menu import numbers
from resnet_sim.ui.theme import Look

EPOCHS = Epochs(((0, 0.0, 20),))


def recorded(term: float | None, steps: int = 400) -> Record:
    """A loss that falls from 2, lambda put on halfway; the L2 term is measured every fourth step."""
    record = Record()
    for step in range(steps):
        here: dict[str, float | None] = {"loss": 2 * math.exp(-step / 100)}
        if step % 4 == 0:
            here["l2_term"] = term if step >= steps // 2 else 0.0
        record.add(step, here)
    return record


@pytest.fixture
def plot(qtbot: QtBot, look: Look) -> CostPlot:
    made = CostPlot(look)
    qtbot.addWidget(made)
    made.resize(370, 274)
    return made


def labels(plot: CostPlot) -> list[str]:
    return [each.text for each in plot.chart.ends.labels]


def top(plot: CostPlot) -> float:
    return float(plot.chart.box.viewRange()[1][1])


def test_j_is_the_loss_and_the_l2_term(plot: CostPlot) -> None:
    plot.show_record(Shown(recorded(0.5), epochs=EPOCHS))
    x, y = plot._cost.getData()
    smooth_x, smooth_y = plot._smooth(plot.shown)
    expected = np.interp(x * 20, smooth_x, smooth_y) + np.where(x * 20 >= 200, 0.5, 0.0)
    np.testing.assert_allclose(y, expected, rtol=1e-9)
    assert len(x) <= 400
    assert labels(plot) == ["train", "J"]
    plot.show_hover(300)
    read = {each.label: each.value for each in plot.mark.readings}
    assert read["L2 term"] == "0.5"
    assert read["J"] == f"{2 * math.exp(-3) + 0.5:.4g}"
    assert read["mini-batch"] == f"{2 * math.exp(-3):.4g}"
    assert float(read["smoothed"]) == pytest.approx(2 * math.exp(-3), rel=0.01)


@pytest.mark.parametrize("record", [recorded(0.0), recorded(None), recorded(0.5, 0)], ids=["off", "undefined", "empty"])
def test_without_lambda_j_is_the_loss_and_has_no_line(plot: CostPlot, record: Record) -> None:
    plot.show_record(Shown(record, epochs=EPOCHS))
    assert "J" not in labels(plot)
    x, _y = plot._cost.getData()
    assert x is None or len(x) == 0
    plot.show_hover(30)
    assert {"J", "L2 term"}.isdisjoint(each.label for each in plot.mark.readings)


def test_a_j_far_above_the_loss_leaves_the_chart_and_says_where_it_is(plot: CostPlot) -> None:
    plot.show_record(Shown(recorded(3.0), epochs=EPOCHS))
    assert top(plot) > 3
    plot.show_record(Shown(recorded(500.0), epochs=EPOCHS))
    assert top(plot) < 4, "the loss stays readable"
    assert labels(plot) == ["train", "J 500 ↑"]


def test_a_first_evaluation_far_above_everything_does_not_flatten_the_loss(plot: CostPlot) -> None:
    """Of 56 layers with batch norm that has not met its statistics yet it is about 60 000."""
    record = recorded(0.0)
    record.series["train_loss"] = Series([0, 100, 200], [6e4, 0.8, 0.3])
    record.series["dev_loss"] = Series([0, 100, 200], [6e4, 3.0, 3.5])
    plot.show_record(Shown(record, epochs=EPOCHS))
    assert 3.5 < top(plot) < 5, "what came later is followed"
    plot.forget()
    plot.show_record(Shown(Record({"train_loss": Series([0], [6e4])}), epochs=EPOCHS))
    assert top(plot) > 6e4, "alone it is all there is"


def test_a_dev_loss_that_stays_far_above_the_train_loss_is_in_sight(plot: CostPlot) -> None:
    record = recorded(0.0)
    record.series["dev_loss"] = Series([0, 100, 200, 300], [2.0, 9.0, 10.0, 11.0])
    plot.show_record(Shown(record, epochs=EPOCHS))
    assert top(plot) > 11


def test_j_is_given_away_where_both_parts_were_measured(plot: CostPlot) -> None:
    record = recorded(0.5)
    plot.show_record(Shown(record, epochs=EPOCHS))
    heading, *rows = numbers(plot).decode().splitlines()
    column = heading.split(",").index("cost")
    found = {int(row.split(",")[0]): row.split(",")[column] for row in rows}
    assert found[301] == ""
    assert float(found[300]) == pytest.approx(2 * math.exp(-3) + 0.5)
    assert cost_of(record).steps == list(range(0, 400, 4))
    assert cost_of(Record()).steps == []
