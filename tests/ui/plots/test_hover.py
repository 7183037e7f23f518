"""Hovering: one line through all plots over time, with the values the record has there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from resnet_sim.state.record import Record
from resnet_sim.ui.panels.plot_grid import PlotGrid
from resnet_sim.ui.panels.plot_row import plots_over_time, plots_per_layer
from resnet_sim.ui.plots.base import Epochs, Plot, PlotLayer, Shown, reading_text
from resnet_sim.ui.theme import Look

EPOCHS = Epochs(((0, 0.0, 20), (40, 2.0, 10)))
LAYERS = tuple(PlotLayer(f"fc{k}", k) for k in (1, 2, 3))


def recorded(steps: int = 80) -> Record:
    record = Record()
    for step in range(0, steps, 2):
        here: dict[str, float | None] = {"loss": 1 / (step + 1), "l2_term": 0.25, "identity_distance/block1": 0.5}
        for layer in LAYERS:
            here[f"weight_norm/{layer.id}/W"] = layer.number + step / 100
            here[f"activation_std/{layer.id}"] = here[f"activation_gradient_norm/{layer.id}"] = 0.1 * layer.number
        record.add(step, here)
        if step % 20 == 0:
            record.add(step, {"train_loss": 1.0, "dev_loss": 1.25, "train_accuracy": 0.5, "dev_accuracy": None})
    return record


@pytest.fixture
def grid(qtbot: QtBot, look: Look) -> PlotGrid:
    made = plots_over_time(look)
    qtbot.addWidget(made)
    made.resize(1200, 300)
    made.show()
    qtbot.waitExposed(made)
    made.draw_all(Shown(recorded(), LAYERS, "fc2", EPOCHS))
    return made


def point_of(plot: Plot, step: int) -> QPoint:
    box = plot.chart.box.sceneBoundingRect()
    (x0, x1), _y = plot.chart.box.viewRange()
    share = (plot.shown.epochs.at(step) - x0) / (x1 - x0)
    return QPoint(round(box.left() + share * box.width()), round(box.center().y()))


def hover(plot: Plot, at: QPoint) -> None:
    """The event itself: a screen without a window manager moves no pointer over a window that is not active."""
    ground = plot.chart.viewport()
    none = Qt.MouseButton.NoButton
    there = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, there, QPointF(ground.mapToGlobal(at)), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(ground, event)
    QApplication.processEvents()


def leave(plot: Plot) -> None:
    QApplication.sendEvent(plot.chart.viewport(), QEvent(QEvent.Type.Leave))


@pytest.mark.parametrize("kind", range(3))
def test_all_plots_show_the_same_step(grid: PlotGrid, kind: int) -> None:
    hover(grid.plots[kind], point_of(grid.plots[kind], 41))
    steps = {plot.hover_step for plot in grid.plots}
    assert len(steps) == 1
    step = steps.pop()
    assert step is not None
    assert abs(step - 41) <= 1
    assert all(plot.mark.isVisible() and plot.mark.x_shown == EPOCHS.at(step) for plot in grid.plots)
    leave(grid.plots[kind])
    assert not any(plot.mark.isVisible() for plot in grid.plots)


def test_values_are_the_records(grid: PlotGrid) -> None:
    for plot in grid.plots:
        plot.show_hover(60)
        lines = plot.hover_lines(plot.shown)
        read = [(each.label, each.value) for each in plot.mark.readings]
        assert read == [(line.label, reading_text(line.series.values[line.series.steps.index(60)])) for line in lines]
    cost = [each.label for each in grid.plots[0].mark.readings]
    assert cost == ["mini-batch", "smoothed", "L2 term", "J", "train", "dev", "train, accuracy", "dev, accuracy"]
    assert [each.value for each in grid.plots[1].mark.readings] == ["1.6", "2.6", "3.6"]


def test_outside_the_axes_nothing_is_hovered(grid: PlotGrid) -> None:
    hover(grid.plots[0], point_of(grid.plots[0], 30))
    hover(grid.plots[0], QPoint(2, 2))
    assert not any(plot.mark.isVisible() for plot in grid.plots)


def test_no_curve_is_touched(grid: PlotGrid, monkeypatch: pytest.MonkeyPatch) -> None:
    for plot in grid.plots:
        monkeypatch.setattr(plot, "draw", lambda shown: pytest.fail("drawn"))
    hover(grid.plots[0], point_of(grid.plots[0], 30))
    assert grid.plots[2].mark.isVisible()


def test_a_record_that_was_cut_is_not_hovered_behind_its_end(grid: PlotGrid) -> None:
    hover(grid.plots[0], point_of(grid.plots[0], 70))
    record = recorded()
    record.cut(20)
    grid.draw_all(Shown(record, LAYERS, "fc2", EPOCHS))
    assert {plot.hover_step for plot in grid.plots} == {20}
    assert grid.plots[1].mark.heading == "step 20"


def test_an_empty_record_has_nothing_to_hover(grid: PlotGrid) -> None:
    hover(grid.plots[0], point_of(grid.plots[0], 30))
    grid.draw_all(Shown(Record(), (), "", EPOCHS))
    assert not any(plot.mark.isVisible() for plot in grid.plots)


def test_plots_per_layer_are_not_hovered(qtbot: QtBot, look: Look) -> None:
    grid = plots_per_layer(look)
    qtbot.addWidget(grid)
    grid.resize(800, 300)
    grid.draw_all(Shown(recorded(), LAYERS, "", EPOCHS))
    hover(grid.plots[0], QPoint(100, 100))
    assert not any(plot.mark.isVisible() for plot in grid.plots)


@pytest.mark.parametrize("step", [0, 7, 39, 40, 41, 90])
def test_epochs_and_back(step: int) -> None:
    assert EPOCHS.step_at(EPOCHS.at(step)) == pytest.approx(step)
