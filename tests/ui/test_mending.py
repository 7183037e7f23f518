"""Ways out of trouble: back to a kept step, a batch that fits, help for a slow run."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.person import LONG, SHIFT, Key, Person

from resnet_sim.engine.messages import Heartbeat, Refused, Said
from resnet_sim.errors import sentence
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.mending import quicker_batch
from resnet_sim.ui.panels.back_button import MOST, some
from resnet_sim.ui.run_state import Phase


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    return Person(qtbot, window)


def one_epoch(person: Person) -> int:
    """E, and wait until it is over; the step it stands at, which is kept."""
    run, before = person.bench.run, person.bench.run.step
    person.key(Key.Key_E)
    person.qtbot.waitUntil(lambda: run.step > before and run.phase is Phase.PAUSED, timeout=LONG)
    return run.step


def pick(person: Person, downs: int) -> None:
    """So many entries down in the menu of kept steps."""
    menu = person.window.transport.back.menu
    person.qtbot.waitUntil(menu.isVisible, timeout=LONG)
    for _down in range(downs):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    person.qtbot.waitUntil(lambda: not menu.isVisible(), timeout=LONG)
    person.come_back()


def test_one_goes_back_to_a_kept_step_with_mouse_or_keys(person: Person) -> None:
    back, run = person.window.transport.back, person.bench.run
    assert not back.isEnabled()
    first, second = one_epoch(person), one_epoch(person)
    loss = run.record.last("train_loss")
    third = one_epoch(person)
    person.qtbot.waitUntil(lambda: {0, first, second, third} <= set(run.kept), timeout=LONG)
    person.qtbot.waitUntil(back.isEnabled, timeout=LONG)
    person.click(back)
    words = [deed.text() for deed in back.menu.actions()]
    assert words == [f"Step {second}, epoch 2.0", f"Step {first}, epoch 1.0", "Step 0: the start"]
    pick(person, 0)
    person.qtbot.waitUntil(lambda: run.step == second and run.phase is Phase.PAUSED, timeout=LONG)
    assert run.record.series["loss"].steps[-1] <= second
    person.qtbot.waitUntil(lambda: run.record.last("train_loss") == loss, timeout=LONG)
    person.key(Key.Key_R, modifiers=SHIFT)
    pick(person, 1)
    person.qtbot.waitUntil(lambda: run.step == 0 and run.phase is Phase.PAUSED, timeout=LONG)
    assert one_epoch(person) == first


def test_a_state_is_kept_before_a_setting_changes(person: Person) -> None:
    run = person.bench.run
    person.train_to(20)
    person.bench.train_or_pause()
    at = run.step
    person.qtbot.waitUntil(lambda: run.step > at + 120, timeout=LONG)
    before = set(run.kept)
    person.bench.set_training("learning_rate", 0.02)
    person.qtbot.waitUntil(lambda: any(step > at + 100 for step in set(run.kept) - before), timeout=LONG)
    person.bench.train_or_pause()
    person.until(Phase.PAUSED)


def test_the_strip_names_the_step_that_one_goes_back_to(person: Person) -> None:
    run, strip = person.bench.run, person.window.strip
    stood = one_epoch(person)
    person.qtbot.waitUntil(lambda: stood in run.kept, timeout=LONG)
    person.bench.set_training("learning_rate", 1e6)
    person.key(Key.Key_Space)
    person.until(Phase.DIVERGED)
    assert [button.text() for button in strip.buttons] == [f"Go back to step {stood}", "Halve α, start again"]
    person.click(strip.buttons[0])
    person.qtbot.waitUntil(lambda: run.step == stood and run.phase is Phase.PAUSED, timeout=LONG)
    assert not strip.isVisible()


def test_a_run_that_is_too_large_offers_a_batch_that_fits(person: Person) -> None:
    bench, strip = person.bench, person.window.strip
    reason = Said.of(sentence("Training needs about {need:.1f} GB, but only {free:.1f} GB are free.", need=9.1, free=4))
    bench.run.engine.refused.emit(Refused(reason=reason, batch=64))
    assert bench.run.phase is Phase.REFUSED
    assert not person.window.transport.train.isEnabled()
    assert strip.text.text() == "Training needs about 9.1 GB, but only 4.0 GB are free."
    assert [button.text() for button in strip.buttons] == ["Use batch 64"]
    person.click(strip.buttons[0])
    assert bench.experiment.training.batch_size == 64
    person.until(Phase.READY)
    assert person.window.transport.train.isEnabled()
    assert bench.document.can_undo


def slow_beat(person: Person) -> None:
    run = person.bench.run
    run.engine.heartbeat.emit(Heartbeat(step=run.step, epoch=0, steps_per_second=1.2, rss=0, next_ms=800, phase=""))


def test_a_slow_run_shows_a_triangle_and_offers_a_smaller_batch_once(person: Person) -> None:
    bench, chip, strip = person.bench, person.window.transport.speed, person.window.strip
    slow_beat(person)
    assert not chip.slow
    person.key(Key.Key_Space)
    person.until(Phase.TRAINING)
    slow_beat(person)
    assert chip.slow
    assert strip.text.text() == "A step takes 0.8 s. With a smaller batch it is shorter."
    strip.close_message()
    slow_beat(person)
    assert not strip.isVisible()
    person.click(chip)
    assert [button.text() for button in strip.buttons] == ["Use batch 32"]
    person.click(strip.buttons[0])
    assert bench.experiment.training.batch_size == 32
    person.qtbot.waitUntil(lambda: not chip.slow, timeout=LONG)  # the next beat tells the truth
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)


@pytest.mark.parametrize(
    ("batch", "ms", "offer"), [(144, 800, 32), (4096, 1000, 1024), (64, 501, 16), (8, 9000, 0), (10, 9000, 8)]
)
def test_the_smaller_batch_is_a_power_of_two_that_makes_a_step_brisk(batch: int, ms: float, offer: int) -> None:
    assert quicker_batch(batch, ms) == offer


def test_of_many_kept_steps_the_menu_shows_a_few_with_both_ends() -> None:
    steps = tuple(range(0, 640, 10))
    shown = some(steps)
    assert len(shown) == MOST
    assert (shown[0], shown[-1]) == (steps[0], steps[-1])
    assert sorted(set(shown)) == list(shown)
    assert some((1, 2)) == (1, 2)


def test_the_menu_of_steps_can_be_reached_by_tab(person: Person) -> None:
    one_epoch(person)
    back = person.window.transport.back
    person.qtbot.waitUntil(back.isEnabled, timeout=LONG)
    person.window.transport.reset.setFocus()
    person.key(Key.Key_Tab)
    assert QApplication.focusWidget() is back
