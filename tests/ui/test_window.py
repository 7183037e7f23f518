"""The window with real keys, a real mouse and a real engine."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QLineEdit, QTreeView, QWidget
from pytestqt.qtbot import QtBot
from ui.opened_window import opened

from resnet_sim.engine.messages import DivergedReport
from resnet_sim.files import container
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network.edits import replace_layer
from resnet_sim.state.record import Event
from resnet_sim.ui.app import install_hook
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.sliders import LogSlider
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import DARK, LIGHT

LONG = 20_000
"""Milliseconds to wait for what takes no more than a few on an idle machine."""


def key(window: MainWindow, name: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, name, modifiers)


def train_to(qtbot: QtBot, window: MainWindow, step: int) -> None:
    if not window.workbench.training:
        key(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.workbench.run.step >= step, timeout=LONG)


def pause(qtbot: QtBot, window: MainWindow) -> int:
    key(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, Phase.PAUSED)
    return window.workbench.run.step


def wait_for(qtbot: QtBot, window: MainWindow, phase: Phase) -> None:
    qtbot.waitUntil(lambda: window.workbench.run.phase is phase, timeout=LONG)


def drag(slider: LogSlider, value: float) -> None:
    """Press on the handle, move in small steps, let go."""
    y, x = 12, round(slider.x_of(slider.sliderPosition()))
    goal = round(slider.x_of(slider.position_of(value)))
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    for at in range(x, goal, 7 if goal > x else -7):
        QTest.mouseMove(slider, QPoint(at, y))
    QTest.mouseMove(slider, QPoint(goal, y))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(goal, y))


def press(window: MainWindow, button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def steps_per_epoch(window: MainWindow) -> int:
    return -(-window.workbench.sizes[0] // window.workbench.experiment.training.batch_size)


def norms(window: MainWindow) -> dict[str, float]:
    return {name: pair[0] for name, pair in window.workbench.norms().items()}


def weights(window: MainWindow) -> list[float]:
    return [norm for name, norm in norms(window).items() if not name.endswith("/b")]


# --- opening --------------------------------------------------------------------------------------------------------


def test_it_opens_on_the_example_with_everything_in_place(window: MainWindow) -> None:
    assert window.header.name.text() == "digits-conv-residual"
    assert window.train.layers.model.rowCount() > 4
    assert window.train.setup.data.kind.value == "digits"
    assert "1438" in window.train.setup.data.sizes.text()
    assert window.transport.state.text() == "Ready"
    assert window.transport.train.isEnabled()
    assert not window.strip.isVisible()
    assert len(norms(window)) > 6, "the start weights are measured before the first step"


def test_rows_say_what_they_are(window: MainWindow) -> None:
    model = window.train.layers.model
    spoken = [index.data(int(Qt.ItemDataRole.AccessibleTextRole)) for index in model.indexes()]
    assert any(text.startswith("Layer 1, Conv 3×3") and "output 8×8×8" in text for text in spoken)
    assert "Residual block 1" in " ".join(spoken)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not a network", b"{}"])
def test_a_bad_file_is_one_sentence_and_changes_nothing(window: MainWindow, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.resnet"
    bad.write_bytes(content)
    before = window.workbench.document
    assert not window.workbench.open(bad)
    assert window.strip.isVisible()
    assert "bad.resnet" in window.strip.text.text()
    assert window.workbench.document is before
    assert window.header.name.text() == "digits-conv-residual"
    key(window, Qt.Key.Key_Escape)
    assert not window.strip.isVisible()


def test_a_network_with_problems_says_what_is_wrong_and_cannot_train(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    experiment = window.workbench.experiment
    last = next(node.id for node in reversed(experiment.network.nodes) if isinstance(node.layer, Dense))
    broken = replace_layer(experiment.network, last, Dense(7))
    file = tmp_path / "broken.resnet"
    container.save(file, container.Saved(type(experiment)(broken, experiment.data, experiment.training)))
    assert window.workbench.open(file)
    assert not window.transport.train.isEnabled()
    assert window.transport.state.text() == "Fix 1 error to train"
    first = str(window.workbench.report.errors[0].sentence)
    assert first in window.transport.train.toolTip()
    assert window.train.canvas.callout.isVisible()
    assert first in window.train.canvas.callout.accessibleName()
    assert not window.strip.isVisible(), "the canvas says it"
    key(window, Qt.Key.Key_Space)
    assert not window.workbench.training


# --- training -------------------------------------------------------------------------------------------------------


def test_train_then_lambda_by_mouse_then_pause_one_step_save_and_reopen(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    bench = window.workbench
    train_to(qtbot, window, 300)
    assert window.transport.state.text() == "Training"
    before = sum(weights(window))
    drag(window.train.setup.lam.slider, 0.01)
    assert bench.experiment.training.l2 == pytest.approx(0.01, rel=0.1)
    assert bench.document.position == 1, "one drag is one entry"
    qtbot.waitUntil(lambda: sum(weights(window)) < 0.95 * before, timeout=LONG)
    assert any(event.name == "l2" and event.step >= 300 for event in bench.run.record.events)

    stood = pause(qtbot, window)
    assert window.transport.state.text() == f"Paused at step {stood}"
    assert bench.run.record.last("dev_accuracy") is not None
    for more in (1, 2):
        key(window, Qt.Key.Key_Period)
        qtbot.waitUntil(lambda more=more: bench.run.step == stood + more, timeout=LONG)
        wait_for(qtbot, window, Phase.PAUSED)
    qtbot.waitUntil(lambda: bench.run.record.series["loss"].steps[-1] == stood + 1, timeout=LONG)

    file = tmp_path / "trained.resnet"
    with qtbot.waitSignal(bench.run.written, timeout=LONG):
        bench.save(file)
    assert not bench.document.edited
    assert window.header.edited.text() == ""
    saved = container.load(file)
    assert saved.experiment == bench.experiment
    assert saved.checkpoint is not None
    assert saved.checkpoint.progress.step == stood + 2
    assert saved.record is not None
    assert saved.record.series["loss"].values == bench.run.record.series["loss"].values
    shown = norms(window)

    assert bench.open(file)
    wait_for(qtbot, window, Phase.PAUSED)
    assert bench.run.step == stood + 2
    qtbot.waitUntil(lambda: norms(window) == pytest.approx(shown, rel=1e-6), timeout=LONG)
    assert window.transport.numbers["step"].text() == str(stood + 2)


def test_one_epoch_ends_with_the_epoch(qtbot: QtBot, window: MainWindow) -> None:
    key(window, Qt.Key.Key_E)
    wait_for(qtbot, window, Phase.PAUSED)
    assert window.workbench.run.step == steps_per_epoch(window)
    assert window.transport.numbers["epoch"].text() == "1.0"


def test_reset_goes_back_to_the_start_weights(qtbot: QtBot, window: MainWindow) -> None:
    start = norms(window)
    train_to(qtbot, window, 20)
    pause(qtbot, window)
    assert norms(window) != pytest.approx(start, rel=1e-3)
    key(window, Qt.Key.Key_R)
    wait_for(qtbot, window, Phase.READY)
    qtbot.waitUntil(lambda: norms(window) == pytest.approx(start), timeout=LONG)
    assert window.workbench.run.step == 0


def test_a_new_seed_starts_again_and_can_be_undone(qtbot: QtBot, window: MainWindow) -> None:
    start = norms(window)
    field = window.transport.seed
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "7")
    key(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(norms(window)) and norms(window) != pytest.approx(start), timeout=LONG)
    assert window.workbench.experiment.training.seed == 7
    window.train.layers.tree.setFocus()
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: norms(window) == pytest.approx(start), timeout=LONG)


def test_undo_takes_back_a_setting_in_the_engine_too(qtbot: QtBot, window: MainWindow) -> None:
    bench = window.workbench
    drag(window.train.setup.lam.slider, 0.1)
    qtbot.waitUntil(lambda: bench.run.record.events[-1].value == 0.1, timeout=LONG)
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.experiment.training.l2 == 0
    assert window.train.setup.lam.field.text() == "off"
    qtbot.waitUntil(lambda: bench.run.record.events[-1] == Event(0, "l2", 0.0), timeout=LONG)
    assert not bench.document.can_undo


def test_a_selected_layer_is_told_to_the_plots(qtbot: QtBot, window: MainWindow) -> None:
    tree: QTreeView = window.train.layers.tree
    index = next(
        each for each in window.train.layers.model.indexes() if window.train.layers.model.row(each).number == 3
    )
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(index).center())
    assert window.train.shown().selected == window.train.layers.model.row(index).id


def test_keys_of_the_canvas_are_letters_in_a_field(qtbot: QtBot, window: MainWindow) -> None:
    field = window.train.setup.alpha
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, ".05")
    key(window, Qt.Key.Key_Space)
    assert not window.workbench.training
    key(window, Qt.Key.Key_Return)
    assert window.workbench.experiment.training.learning_rate == 0.05


def test_a_wrong_number_is_marked_and_nothing_changes(window: MainWindow) -> None:
    field = window.train.setup.lam.field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "5000")
    key(window, Qt.Key.Key_Return)
    assert field.property("wrong")
    assert window.workbench.experiment.training.l2 == 0
    key(window, Qt.Key.Key_Escape)
    assert field.text() == "off"


def test_space_on_a_focused_button_presses_that_button(qtbot: QtBot, window: MainWindow) -> None:
    window.transport.epoch.setFocus(Qt.FocusReason.TabFocusReason)
    key(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, Phase.PAUSED)
    assert window.workbench.run.step == steps_per_epoch(window)


# --- when things go wrong -------------------------------------------------------------------------------------------


def diverge(qtbot: QtBot, window: MainWindow) -> None:
    field = window.train.setup.alpha
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1e6")
    key(window, Qt.Key.Key_Return)
    window.train.layers.tree.setFocus()
    if not window.workbench.training:
        key(window, Qt.Key.Key_Space)
    wait_for(qtbot, window, Phase.DIVERGED)


def test_a_divergence_shows_the_strip_and_halving_starts_again(qtbot: QtBot, window: MainWindow) -> None:
    diverge(qtbot, window)
    assert window.strip.isVisible()
    assert window.strip.text.text().startswith("Diverged at step")
    press(window, window.strip.buttons[1])
    assert window.workbench.experiment.training.learning_rate == 5e5
    assert not window.strip.isVisible()
    wait_for(qtbot, window, Phase.DIVERGED)


def test_after_a_divergence_one_can_go_back(qtbot: QtBot, window: MainWindow) -> None:
    train_to(qtbot, window, 60)
    diverge(qtbot, window)
    at = window.workbench.run.step
    press(window, window.strip.buttons[0])
    wait_for(qtbot, window, Phase.PAUSED)
    assert window.workbench.run.step < at
    assert window.workbench.run.record.series["loss"].steps[-1] <= window.workbench.run.step
    window.workbench.set_training("learning_rate", 0.02)
    train_to(qtbot, window, window.workbench.run.step + 20)
    assert window.workbench.training


def test_a_loss_above_a_million_is_said_so() -> None:
    from resnet_sim.ui.state_words import divergence_words

    assert "above a million" in str(divergence_words(DivergedReport(name="run", step=4, part="", what="loss")))


def test_a_killed_worker_costs_no_window_and_no_network(qtbot: QtBot, window: MainWindow) -> None:
    run = window.workbench.run
    train_to(qtbot, window, 60)
    stood = pause(qtbot, window)
    qtbot.waitUntil(lambda: run._resume is not None, timeout=LONG)
    train_to(qtbot, window, stood + 20)
    pid, document = run.pid, window.workbench.document
    os.kill(pid, signal.SIGKILL)
    wait_for(qtbot, window, Phase.STOPPED)
    assert window.isVisible()
    assert window.strip.isVisible()
    assert "safe" in window.strip.text.text()
    wait_for(qtbot, window, Phase.PAUSED)
    assert run.pid != pid
    assert window.workbench.document is document
    assert run.step == stood, "it goes on from the checkpoint"
    assert "set up again" in window.strip.text.text()
    press(window, window.strip.buttons[0])
    train_to(qtbot, window, stood + 30)
    assert not alive(pid)


def test_closing_while_training_leaves_no_process(qtbot: QtBot, window: MainWindow) -> None:
    train_to(qtbot, window, 20)
    run = window.workbench.run
    pid = run.pid
    with qtbot.waitSignal(run.finished, timeout=5_000):
        window.close()
        assert not window.isVisible()
    qtbot.waitUntil(lambda: not alive(pid), timeout=5_000)


def test_a_window_that_was_left_says_no_more_of_the_focus(qtbot: QtBot, window: MainWindow) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with qtbot.waitSignal(window.workbench.run.finished, timeout=5_000):
        window.close()
    window.close()
    window.status.keys.setText("as it was")
    app.focusChanged.emit(None, None)
    assert window.status.keys.text() == "as it was"


def test_an_exception_nobody_caught_is_a_strip(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_hook(window)
    error = ValueError("wrong")
    sys.excepthook(ValueError, error, None)
    assert window.strip.isVisible()
    assert "ValueError" in window.strip.text.text()


# --- the look -------------------------------------------------------------------------------------------------------


def test_the_theme_switches_and_is_remembered(window: MainWindow, settings: QSettings) -> None:
    assert window.look.theme is LIGHT
    key(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.look.theme is DARK
    assert settings.value("theme") == "dark"
    assert window.grab().toImage().pixelColor(700, 10).lightness() < 60
    press(window, window.header.theme)
    assert window.look.theme is LIGHT


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QTreeView)
    unnamed = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, kinds) and not widget.accessibleName() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert unnamed == []


@pytest.mark.parametrize(("width", "height"), [(1120, 640), (1280, 720), (1440, 900), (1920, 1080)])
def test_nothing_is_cut_off(qtbot: QtBot, window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.width() == width, timeout=LONG)
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            assert button.width() >= button.minimumSizeHint().width()
    parts = (window.header, window.train.layers, window.train.plots, window.train.setup, window.transport)
    for part in parts:
        assert window.rect().contains(part.rect().translated(part.mapTo(window, QPoint(0, 0))))
    assert not window.train.setup.horizontalScrollBar().isVisible()
    state = window.transport.state
    assert state.mapTo(window, QPoint(state.width(), 0)).x() <= width


def test_two_windows_have_checkpoints_of_their_own(
    qtbot: QtBot, window: MainWindow, settings: QSettings, tmp_path: Path
) -> None:
    other_cache = tmp_path / "other"
    other_cache.mkdir()
    with opened(qtbot, settings, other_cache, "tiny-cnn") as other:
        other.workbench.one_step()
        wait_for(qtbot, other, Phase.PAUSED)
        qtbot.waitUntil(lambda: any(other_cache.rglob("*.resnet")), timeout=LONG)
        assert not any((tmp_path / "cache").rglob("*.resnet"))
