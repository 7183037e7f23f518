"""Dots run along the lanes while a run trains, and only then."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QProxyStyle,
    QStyle,
    QStyleFactory,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from pytestqt.qtbot import QtBot
from ui.person import Person

from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.pulses import MOST
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.view_options import REDUCED, flag, still


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


def test_no_dots_run_where_motion_is_reduced_and_the_choice_is_remembered(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    person, pulses = Person(qtbot, window), window.train.canvas.pulses
    window.workbench.train_or_pause()
    qtbot.waitUntil(lambda: len(pulses.seen) > 2, timeout=20_000)
    person.menu("View", "Reduce motion")
    assert not pulses.running
    assert not pulses.seen
    assert window.workbench.training
    assert flag(settings, REDUCED, False)
    window.workbench.train_or_pause()
    person.until(Phase.PAUSED)
    window.workbench.train_or_pause()
    person.until(Phase.TRAINING)
    assert not pulses.running
    person.menu("View", "Reduce motion")
    assert pulses.running
    assert settings.value(REDUCED) is None


def test_a_system_that_wants_nothing_to_move_is_heard(qapp: QApplication) -> None:
    class Still(QProxyStyle):
        def styleHint(  # noqa: N802 - Qt's name
            self,
            hint: QStyle.StyleHint,
            option: QStyleOption | None = None,
            widget: QWidget | None = None,
            returned: QStyleHintReturn | None = None,
        ) -> int:
            wanted = hint is QStyle.StyleHint.SH_Widget_Animation_Duration
            return 0 if wanted else super().styleHint(hint, option, widget, returned)

    assert still(Still("Fusion"))
    assert not still(QStyleFactory.create("Fusion"))
