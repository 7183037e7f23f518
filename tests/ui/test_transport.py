"""Pace and stop rules: keys, menus, what the worker then does, and what the state says."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from resnet_sim.engine.messages import Done
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.pacing import FULL, PACES
from resnet_sim.ui.panels.choice_button import ChoiceButton
from resnet_sim.ui.run_state import Phase

LONG = 20_000


def key(window: MainWindow, name: Qt.Key) -> None:
    window.train.home().setFocus()
    QTest.keyClick(window.train.home(), name)


def wait_for(qtbot: QtBot, window: MainWindow, phase: Phase) -> None:
    qtbot.waitUntil(lambda: window.workbench.run.phase is phase, timeout=LONG)


def speed(qtbot: QtBot, window: MainWindow, seconds: float) -> float:
    """Steps a second over the snapshots of a while."""
    run, seen = window.workbench.run, []

    def note(_exact: bool) -> None:
        seen.append((time.perf_counter(), run.step))

    run.measured.connect(note)
    began = time.perf_counter()
    qtbot.waitUntil(lambda: time.perf_counter() - began > seconds and len(seen) > 4, timeout=LONG)
    run.measured.disconnect(note)
    (first, at), (last, then) = seen[0], seen[-1]
    return (then - at) / (last - first)


def pick(qtbot: QtBot, button: ChoiceButton, downs: int) -> None:
    """From what holds, so many entries down in its menu, with the keyboard."""
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=LONG)
    for _step in range(downs):
        QTest.keyClick(button.menu, Qt.Key.Key_Down)
    QTest.keyClick(button.menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not button.menu.isVisible(), timeout=LONG)
    button.window().activateWindow()
    qtbot.waitUntil(button.isActiveWindow, timeout=LONG)  # without a window manager nobody else sees to it


@pytest.fixture
def points(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window on a small network that soon separates two clouds."""
    network = mlp(blocks=1, width=8, outputs=2, flatten=False)
    data = DataReference("blobs", (("classes", 2), ("noise", 0.05)))
    window.workbench.show_new(Experiment(network, data, Training(batch_size=20, learning_rate=0.1)))
    wait_for(qtbot, window, Phase.READY)
    return window


def test_brackets_step_through_the_paces(points: MainWindow) -> None:
    pace = points.transport.pace
    assert pace.text() == "full speed"
    key(points, Qt.Key.Key_BracketRight)
    assert pace.text() == "full speed"
    seen = []
    for _step in PACES:
        key(points, Qt.Key.Key_BracketLeft)
        seen.append(pace.text())
    assert seen == [f"pace {n}/s" for n in (100, 50, 25, 10, 5, 2, 1, 1)]
    assert pace.accessibleName() == "Pace: pace 1/s"
    key(points, Qt.Key.Key_BracketRight)
    assert pace.text() == "pace 2/s"


def test_ten_steps_a_second_are_ten_and_full_speed_is_more(qtbot: QtBot, points: MainWindow) -> None:
    pacing = points.workbench.run.pacing
    pacing.set_pace(10)
    points.workbench.train_or_pause()
    assert 6 < speed(qtbot, points, 1.2) < 14
    pacing.set_pace(FULL)
    start = points.workbench.run.step
    qtbot.waitUntil(lambda: points.workbench.run.step > start + 200, timeout=LONG)
    assert speed(qtbot, points, 0.3) > 50


def test_a_new_run_keeps_the_pace(qtbot: QtBot, points: MainWindow) -> None:
    points.workbench.run.pacing.set_pace(10)
    points.workbench.reset()
    wait_for(qtbot, points, Phase.READY)
    points.workbench.train_or_pause()
    assert 6 < speed(qtbot, points, 0.8) < 14


def test_the_menu_sets_the_pace(qtbot: QtBot, points: MainWindow) -> None:
    pick(qtbot, points.transport.pace, 2)
    assert points.workbench.run.pacing.pace == 50
    assert points.transport.pace.text() == "pace 50/s"


def test_it_stops_at_a_loss_and_says_so(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    pick(qtbot, points.transport.stop, 4)
    assert points.transport.stop.text() == "Stop: loss .01"
    key(points, Qt.Key.Key_Space)
    wait_for(qtbot, points, Phase.TRAINING)
    wait_for(qtbot, points, Phase.PAUSED)
    loss = bench.run.record.last("train_loss")
    assert loss is not None
    assert 0 < loss <= 0.01
    assert points.transport.state.text() == "Stopped: the loss reached .01"
    stood = bench.run.step
    key(points, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: bench.run.step > stood, timeout=3000)
    wait_for(qtbot, points, Phase.PAUSED)
    assert points.transport.state.text() == f"Paused at step {stood + 1}"


def test_it_stops_after_an_epoch_but_one_epoch_by_hand_is_just_a_pause(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    bench.run.pacing.set_rule("epoch")
    key(points, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.step == 16 and not bench.training, timeout=LONG)
    assert points.transport.state.text() == "Stopped: 1 epoch is done"
    key(points, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: bench.run.step == 32 and not bench.training, timeout=LONG)
    assert points.transport.state.text() == "Paused at step 32"


def test_word_of_an_epoch_that_comes_late_does_not_stop_what_was_started_behind_it(
    qtbot: QtBot, points: MainWindow
) -> None:
    run = points.workbench.run
    ends: list[Done] = []
    run.engine.done.connect(ends.append)
    key(points, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: run.step == 16 and run.phase is Phase.PAUSED, timeout=LONG)
    key(points, Qt.Key.Key_Space)
    wait_for(qtbot, points, Phase.TRAINING)
    run.engine.done.emit(ends[0])
    assert run.phase is Phase.TRAINING
    qtbot.waitUntil(lambda: run.step > 40, timeout=LONG)
    key(points, Qt.Key.Key_Space)
    wait_for(qtbot, points, Phase.PAUSED)


def test_a_rule_chosen_while_training_holds(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    key(points, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.step > 20, timeout=LONG)
    bench.run.pacing.set_rule("epochs")
    wait_for(qtbot, points, Phase.PAUSED)
    assert bench.run.step % 16 == 0
    assert points.transport.state.text() == "Stopped: 10 epochs are done"


def test_reset_forgets_why_it_stopped(qtbot: QtBot, points: MainWindow) -> None:
    points.workbench.run.pacing.set_rule("epoch")
    key(points, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: points.transport.state.text().startswith("Stopped:"), timeout=LONG)
    key(points, Qt.Key.Key_R)
    wait_for(qtbot, points, Phase.READY)
    assert points.transport.state.text() == "Ready"


@pytest.mark.parametrize("width", [1120, 1280, 1440])
def test_everything_fits_whatever_it_says(qtbot: QtBot, points: MainWindow, width: int) -> None:
    points.resize(width, 720)
    transport = points.transport
    qtbot.waitUntil(lambda: transport.width() == width, timeout=LONG)
    transport.state.setText("Stopped: the loss reached .001")
    transport.show_progress(1234.5, 1234567, 10000)
    shown = [each for each in transport.findChildren(QWidget) if each.isVisible() and each.window() is points]

    def cut() -> list[str]:
        return [
            f"{each.accessibleName() or each}: {each.width()} of {each.sizeHint().width()}"
            for each in shown
            if each.mapTo(transport, QPoint(each.width(), 0)).x() > width
            or each.width() < min(each.sizeHint().width(), each.maximumWidth())
        ]

    qtbot.wait(50)
    assert cut() == []
    assert transport.step.accessibleName() == "One step"
