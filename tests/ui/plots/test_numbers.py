"""Every plot gives its numbers away: as a file, as a picture and as a table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot
from ui.plots.test_hover import EPOCHS, LAYERS, recorded

from resnet_sim.ui.panels.plot_grid import PlotGrid
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.registry import plot_kinds
from resnet_sim.ui.theme import Look

KINDS = pytest.mark.parametrize("kind", plot_kinds(), ids=lambda kind: kind.name)


def shown_plot(qtbot: QtBot, look: Look, kind: type[Plot]) -> tuple[PlotGrid, Plot]:
    grid = PlotGrid(look, (kind,), 1)
    qtbot.addWidget(grid)
    grid.resize(430, 300)
    grid.show()
    qtbot.waitExposed(grid)
    grid.draw_all(Shown(recorded(), LAYERS, "fc2", EPOCHS))
    return grid, grid.plots[0]


def choose(plot: Plot, text: str) -> None:
    page = plot.table if plot.table_shown else plot.chart
    at = QPoint(60, 60)
    where = page.viewport().mapToGlobal(at)
    QApplication.sendEvent(page.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(each for each in menu.actions() if each.text() == text)
    action.trigger()
    menu.close()


def save_to(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


@KINDS
def test_csv_and_table_hold_the_record(
    qtbot: QtBot, look: Look, kind: type[Plot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grid, plot = shown_plot(qtbot, look, kind)
    save_to(monkeypatch, tmp_path / "found")
    choose(plot, "Save numbers (CSV)…")
    rows = list(csv.reader((tmp_path / "found.csv").read_text("utf-8").splitlines()))
    lines = plot.lines(plot.shown)
    assert lines
    assert rows[0] == ["step", *(line.name for line in lines)]
    for k, line in enumerate(lines, 1):
        found = {int(row[0]): row[k] for row in rows[1:] if row[k]}
        assert list(found) == line.series.steps
        assert [None if text == "nan" else float(text) for text in found.values()] == line.series.values
    choose(plot, "Table")
    assert plot.table.isVisible()
    model = plot.table.model()
    read = [[model.index(i, k).data() for k in range(model.columnCount())] for i in range(model.rowCount())]
    assert [[cell.replace("undefined", "nan") for cell in row] for row in read] == rows[1:]
    choose(plot, "Table")
    assert plot.chart.isVisible()
    assert not plot.table_shown


@KINDS
def test_pictures(qtbot: QtBot, look: Look, kind: type[Plot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _grid, plot = shown_plot(qtbot, look, kind)
    save_to(monkeypatch, tmp_path / "p.png")
    choose(plot, "Save picture (PNG)…")
    assert QImage(str(tmp_path / "p.png")).size() == plot.size()
    save_to(monkeypatch, tmp_path / "p.svg")
    choose(plot, "Save drawing (SVG)…")
    text = (tmp_path / "p.svg").read_text("utf-8")
    assert "<svg" in text
    assert "<path" in text or "<polyline" in text


def test_a_failure_is_said(qtbot: QtBot, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid, plot = shown_plot(qtbot, look, plot_kinds()[0])
    save_to(monkeypatch, tmp_path / "no folder" / "p.csv")
    with qtbot.waitSignal(grid.said) as said:
        choose(plot, "Save numbers (CSV)…")
    assert said.args is not None
    assert "p.csv" in str(said.args[0])


def test_a_plot_takes_the_focus_by_tab(qtbot: QtBot, look: Look) -> None:
    _grid, plot = shown_plot(qtbot, look, plot_kinds()[0])
    assert plot.focusPolicy() & Qt.FocusPolicy.TabFocus
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert not plot.grab().isNull()
