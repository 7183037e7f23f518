"""Dots run along the lanes while a run trains, and only then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.pulses import MOST
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase


def test_dots_move_on_the_lanes_while_training_and_are_gone_when_paused(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.train.canvas
    canvas.view.setFocus()
    assert not canvas.pulses.seen
    QTest.keyClick(canvas.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(canvas.pulses.seen) > 2, timeout=20_000)
    edges = [item.shown for item in canvas.scene.items() if isinstance(item, EdgeItem)]
    before = canvas.pulses.seen
    assert len(before) <= MOST
    for x, y in before:
        assert any(edge.x0 <= x <= edge.x1 and 0 < abs(y - edge.y0) < 10 for edge in edges)
    qtbot.waitUntil(lambda: canvas.pulses.seen and canvas.pulses.seen != before, timeout=20_000)
    QTest.keyClick(canvas.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.workbench.run.phase is Phase.PAUSED, timeout=20_000)
    assert not canvas.pulses.seen
    assert not canvas.pulses.running


def test_the_canvas_of_the_other_mode_has_no_dots(qtbot: QtBot, window: MainWindow) -> None:
    window.workbench.train_or_pause()
    qtbot.waitUntil(lambda: len(window.train.canvas.pulses.seen) > 2, timeout=20_000)
    window.show_mode("build")
    assert not window.build.canvas.pulses.running
    qtbot.waitUntil(lambda: not window.train.canvas.isVisible(), timeout=20_000)
