"""Reset: an entry of the history. Undo brings back weights, step and curves; the run that was left stays pale."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase

LONG = 20_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
State = tuple[int, dict[str, tuple[float, float]], float | None, list[int]]


def key(window: MainWindow, name: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.train.home().setFocus()
    QTest.keyClick(window.train.home(), name, modifiers)


def undo(window: MainWindow) -> None:
    key(window, Qt.Key.Key_Z, CTRL)


def redo(window: MainWindow) -> None:
    key(window, Qt.Key.Key_Z, CTRL | SHIFT)


@pytest.fixture
def points(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window on a small network, at step 0."""
    network = mlp(blocks=1, width=8, outputs=2, flatten=False)
    window.workbench.show_new(Experiment(network, DataReference("moons"), Training(batch_size=20, l2=0.01)))
    stands(qtbot, window, 0)
    return window


def stands(qtbot: QtBot, window: MainWindow, step: int) -> None:
    """At this step, everything of it measured."""
    run = window.workbench.run
    phase = Phase.PAUSED if step else Phase.READY

    def there() -> bool:
        loss = run.record.series.get("train_loss")
        return run.phase is phase and run.step == step and loss is not None and loss.steps[-1] == step

    qtbot.waitUntil(there, timeout=LONG)


def epoch(qtbot: QtBot, window: MainWindow) -> int:
    """One more, by its key. The step it ends at."""
    at = window.workbench.run.step
    key(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: window.workbench.run.step > at and not window.workbench.training, timeout=LONG)
    stands(qtbot, window, window.workbench.run.step)
    return window.workbench.run.step


def state(window: MainWindow) -> State:
    """Step, norms, loss over the train set, steps of the curve of the loss."""
    bench = window.workbench
    record = bench.run.record
    return bench.run.step, dict(bench.norms()), record.last("train_loss"), list(record.series["loss"].steps)


def test_undo_of_a_reset_brings_back_weights_step_and_curves(qtbot: QtBot, points: MainWindow) -> None:
    start = state(points)
    trained_to = epoch(qtbot, points)
    trained = state(points)
    assert trained != start
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    assert state(points)[1:3] == start[1:3]
    assert points.workbench.document.undo_label is not None
    assert str(points.workbench.document.undo_label) == "Reset"
    assert points.workbench.document.edited
    undo(points)
    stands(qtbot, points, trained_to)
    assert state(points) == trained
    redo(points)
    stands(qtbot, points, 0)
    assert state(points)[1:3] == start[1:3]


def test_both_sides_of_a_reset_go_on_where_they_were_left(qtbot: QtBot, points: MainWindow) -> None:
    epoch(qtbot, points)
    first = epoch(qtbot, points)
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    second = epoch(qtbot, points)
    after = state(points)
    undo(points)
    stands(qtbot, points, first)
    further = epoch(qtbot, points)
    before = state(points)
    redo(points)
    stands(qtbot, points, second)
    assert state(points) == after
    undo(points)
    stands(qtbot, points, further)
    assert state(points) == before


def test_what_is_trained_after_a_reset_is_what_was_trained_before_it(qtbot: QtBot, points: MainWindow) -> None:
    epoch(qtbot, points)
    first = state(points)
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    epoch(qtbot, points)
    assert state(points)[:3] == first[:3]


def test_the_run_that_was_left_stays_pale_until_the_next_reset(qtbot: QtBot, points: MainWindow) -> None:
    bench, plots = points.workbench, points.train.plots.plots
    assert bench.before is None
    epoch(qtbot, points)
    left = bench.run.record
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    assert bench.run.before is left
    before = bench.before
    assert before is not None
    for plot in plots:
        assert plot.shown.before == before
        (_low, high), _y = plot.chart.box.viewRange()
        assert high >= before.epochs.at(before.last_step), plot.name
    epoch(qtbot, points)
    second = bench.run.record
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    assert bench.run.before is second
    undo(points)
    qtbot.waitUntil(lambda: bench.run.step > 0, timeout=LONG)
    assert bench.run.before is left
    undo(points)
    qtbot.waitUntil(lambda: bench.run.before is None, timeout=LONG)


def test_a_reset_of_what_has_learned_nothing_is_no_entry_and_takes_the_pale_curves_away(
    qtbot: QtBot, points: MainWindow
) -> None:
    bench = points.workbench
    key(points, Qt.Key.Key_R)
    assert not bench.document.can_undo
    epoch(qtbot, points)
    key(points, Qt.Key.Key_R)
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    assert len(bench.document.history) == 1
    assert bench.run.before is None


def test_keys_pressed_faster_than_the_engine_answers_end_where_they_lead(qtbot: QtBot, points: MainWindow) -> None:
    there = epoch(qtbot, points)
    trained = state(points)
    key(points, Qt.Key.Key_R)
    undo(points)
    redo(points)
    undo(points)
    stands(qtbot, points, there)
    assert state(points) == trained
    redo(points)
    stands(qtbot, points, 0)
    undo(points)
    redo(points)
    undo(points)
    stands(qtbot, points, there)
    assert state(points) == trained


def test_settings_changed_after_a_reset_are_undone_without_touching_what_is_learned(
    qtbot: QtBot, points: MainWindow
) -> None:
    there = epoch(qtbot, points)
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    second = epoch(qtbot, points)
    points.workbench.set_training("l2", 0.1)
    points.workbench.editor.seal()
    undo(points)
    assert points.workbench.experiment.training.l2 == 0.01
    assert points.workbench.run.step == second
    undo(points)
    stands(qtbot, points, there)


def test_an_edit_of_the_network_made_at_once_begins_with_start_weights(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    start = bench.norms()["fc1/W"][0]
    epoch(qtbot, points)
    assert bench.norms()["fc1/W"][0] != start
    key(points, Qt.Key.Key_R)
    bench.editor.select("relu3")
    points.actions_["block:residual"].trigger()
    qtbot.waitUntil(lambda: bench.run.phase is Phase.READY and "fc1/W" in bench.norms(), timeout=LONG)
    assert bench.norms()["fc1/W"][0] == start


CHANGES: dict[str, Callable[[MainWindow], None]] = {
    "another seed": lambda window: window.workbench.set_training("seed", 5),
    "other data": lambda window: window.train.setup.data.kind.chosen.emit("circles"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_undo_of_what_began_anew_brings_back_what_was_learned(qtbot: QtBot, points: MainWindow, name: str) -> None:
    there = epoch(qtbot, points)
    trained = state(points)
    CHANGES[name](points)
    points.workbench.editor.seal()
    stands(qtbot, points, 0)
    assert len(points.workbench.document.history) == 1
    assert (points.workbench.before is not None) == (name == "another seed"), "losses on other data are not alike"
    undo(points)
    stands(qtbot, points, there)
    assert state(points) == trained


def test_digits_of_a_seed_are_one_entry_that_leads_back(qtbot: QtBot, points: MainWindow) -> None:
    there = epoch(qtbot, points)
    trained = state(points)
    for seed in (1, 12, 123):
        points.workbench.set_training("seed", seed)
    points.workbench.editor.seal()
    stands(qtbot, points, 0)
    assert points.workbench.run.before is not None
    undo(points)
    assert points.workbench.experiment.training.seed == 0
    stands(qtbot, points, there)
    assert state(points) == trained


def test_a_reset_while_it_trains_can_be_undone(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    key(points, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.step > 20, timeout=LONG)
    key(points, Qt.Key.Key_R)
    at = max(bench.run.before.series["loss"].steps) if bench.run.before is not None else 0
    assert at >= 20
    stands(qtbot, points, 0)
    undo(points)
    qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED, timeout=LONG)
    assert bench.run.step >= at


def test_half_of_alpha_after_a_divergence_is_undone_in_two_steps(qtbot: QtBot, points: MainWindow) -> None:
    bench = points.workbench
    epoch(qtbot, points)
    bench.set_training("learning_rate", 1e6)
    bench.editor.seal()
    key(points, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.phase is Phase.DIVERGED, timeout=LONG)
    stood = bench.run.step
    QTest.mouseClick(halve(points), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.run.phase is Phase.DIVERGED and bench.run.step < stood, timeout=LONG)
    undo(points)
    qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED and bench.run.step == stood, timeout=LONG)
    undo(points)
    assert bench.experiment.training.learning_rate == 1e6


def halve(window: MainWindow) -> QAbstractButton:
    """The button of the strip."""
    return next(each for each in window.strip.findChildren(QAbstractButton) if each.text().startswith("Halve"))


def test_another_document_has_no_run_before(qtbot: QtBot, points: MainWindow) -> None:
    epoch(qtbot, points)
    key(points, Qt.Key.Key_R)
    stands(qtbot, points, 0)
    points.workbench.show_new(points.workbench.experiment)
    stands(qtbot, points, 0)
    assert points.workbench.before is None
    assert not points.workbench.document.can_undo
