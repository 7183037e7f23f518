"""What the window promises, done by mouse and keys from beginning to end: train, lambda, insert, crash, divergence."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import CTRL, LONG, Key, Person

from resnet_sim.network.blocks import block_ends
from resnet_sim.ui.plots.weight_norm import WeightNormPlot
from resnet_sim.ui.run_state import Phase


@pytest.fixture
def person_at(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> Iterator[Callable[[str], Person]]:
    """Somebody in front of a window on an example, in Train."""
    settings.setValue("outline/train", "false")
    held = []

    def at(example: str) -> Person:
        held.append(opened(qtbot, settings, tmp_path, example))
        return Person(qtbot, held[-1].__enter__())

    yield at
    for each in reversed(held):
        each.__exit__(None, None, None)


def dev(person: Person) -> float:
    return person.bench.run.record.last("dev_accuracy") or 0.0


def enter(person: Person, field: QLineEdit, text: str) -> None:
    """Click a field of the setup panel, type, Enter, and back to the canvas."""
    person.window.train.setup.ensureWidgetVisible(field)
    person.click(field)
    person.write(text)
    person.key(Key.Key_Return)
    person.key(Key.Key_Escape)
    person.window.train.canvas.view.setFocus()


def pause(person: Person) -> int:
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)
    return person.bench.run.step


def train_on(person: Person, steps: int) -> int:
    """Space, so many steps, Space. The step it stands at."""
    goal = person.bench.run.step + steps
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: person.bench.run.step >= goal, timeout=LONG)
    return pause(person)


def train_epochs(person: Person, epochs: int) -> None:
    """E, so many times."""
    run = person.bench.run
    for _epoch in range(epochs):
        at = run.step
        person.key(Key.Key_E)
        person.qtbot.waitUntil(lambda at=at: run.step > at and run.phase is Phase.PAUSED, timeout=LONG)


def test_a_residual_network_learns_and_lambda_shrinks_every_w_without_harm(
    person_at: Callable[[str], Person],
) -> None:
    person = person_at("digits-conv-residual")
    window, run = person.window, person.bench.run
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: run.step >= 800 and dev(person) >= 0.95, timeout=4 * LONG)
    enter(person, window.train.setup.lam.field, "0.01")
    assert person.bench.training, "training goes on while λ changes"

    def raised() -> list[int]:
        return [event.step for event in run.record.events if event.name == "l2" and event.value == 0.01]

    person.qtbot.waitUntil(lambda: bool(raised()), timeout=LONG)
    changed = raised()[0]
    person.qtbot.waitUntil(lambda: run.step >= changed + 250, timeout=2 * LONG)
    pause(person)
    plot = next(each for each in window.train.plots.plots if isinstance(each, WeightNormPlot))
    lines = [line for line in plot.lines(window.train.shown()) if line.name.startswith("weight_norm/")]
    assert len(lines) == 6
    for line in lines:
        points = list(zip(line.series.steps, line.series.values, strict=True))
        before = [value for step, value in points if step <= changed][-1]
        after = points[-1][1]
        assert before is not None
        assert after is not None
        assert after < 0.97 * before, line.name
    accuracy = run.record.series["dev_accuracy"]
    since = [value for step, value in zip(accuracy.steps, accuracy.values, strict=True) if step > changed]
    assert since
    assert min(value or 0.0 for value in since) >= 0.94


def test_a_zero_block_changes_nothing_and_lambda_makes_an_identity_of_another(
    person_at: Callable[[str], Person],
) -> None:
    person = person_at("insert-base")
    window, bench = person.window, person.bench
    train_epochs(person, 20)
    loss = bench.run.record.last("train_loss")

    person.key(Key.Key_1, modifiers=CTRL)
    end = block_ends(person.network, person.network.blocks[0]).end
    person.build.canvas.view.setFocus()
    bench.editor.select(end)
    person.key(Key.Key_B)
    person.qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED and window.strip.isVisible(), timeout=LONG)
    zero = person.network.blocks[-1]
    assert bench.run.record.last("train_loss") == loss, "to the last digit"
    assert "changed by exactly 0" in window.strip.text.text()
    assert bench.run.record.last(f"identity_distance/{zero.id}") == 0
    window.strip.close_message()

    # Another one, its two W drawn as He says, times a half: the zero block with other start scales, duplicated.
    for id in (block_ends(person.network, zero).first, block_ends(person.network, zero).last):
        person.come_back()
        bench.editor.select(id)
        person.build.canvas.view.setFocus()
        person.key(Key.Key_Return)
        person.tab_to(person.page().start_form.rows["start_scale"].field)
        person.write("0.5")
        person.key(Key.Key_Return)
        person.key(Key.Key_Escape)
    person.come_back()
    person.build.canvas.view.setFocus()
    bench.editor.select(zero.id)
    person.key(Key.Key_D, modifiers=CTRL)
    useless = person.network.blocks[-1]
    assert useless.id != zero.id
    last = f"{block_ends(person.network, useless).last}/W"
    person.qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED and last in bench.norms(), timeout=LONG)
    started = bench.norms()[last][0]
    assert started > 1
    assert (bench.run.record.last(f"identity_distance/{useless.id}") or 0) > 0.1

    bench.editor.select(useless.id)
    person.key(Key.Key_2, modifiers=CTRL)
    lam = window.train.setup.lam
    person.click(lam.target.segments["block"])
    person.click(lam.own)
    enter(person, lam.field, "0.02")
    assert person.network.block(useless.id).l2 == 0.02
    assert person.network.block(zero.id).l2 is None
    assert bench.experiment.training.learning_rate == 0.03
    train_on(person, 1500)
    assert bench.norms()[last][0] < 0.001 * started
    distance = bench.run.record.last(f"identity_distance/{useless.id}")
    assert distance is not None
    assert distance < 0.01
    now = bench.run.record.last("train_loss")
    assert now is not None
    assert loss is not None
    assert now <= loss


def test_a_killed_calculation_goes_on_from_its_checkpoint(person_at: Callable[[str], Person]) -> None:
    person = person_at("insert-base")
    window, run = person.window, person.bench.run
    stood = train_on(person, 60)
    person.qtbot.waitUntil(lambda: any(tmp.name.startswith("checkpoint") for tmp in kept(person)), timeout=LONG)
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: run.step >= stood + 20, timeout=LONG)
    killed, document = run.pid, person.bench.document
    os.kill(killed, signal.SIGKILL)
    person.until(Phase.STOPPED)
    assert "Your network is safe" in window.strip.text.text()
    person.until(Phase.PAUSED)
    assert run.step == stood
    assert run.pid != killed
    assert person.bench.document is document
    person.click(window.strip.buttons[0])
    person.qtbot.waitUntil(lambda: run.step >= stood + 60, timeout=LONG)
    pause(person)
    assert run.record.series["loss"].steps == sorted(set(run.record.series["loss"].steps))


def kept(person: Person) -> list[Path]:
    """The files of what was not saved."""
    return list(person.window.files.keeper.folder.iterdir())


def test_a_learning_rate_of_a_million_is_told_and_one_comes_back(person_at: Callable[[str], Person]) -> None:
    person = person_at("insert-base")
    window, run = person.window, person.bench.run
    train_epochs(person, 3)
    stood, loss = run.step, run.record.last("train_loss")
    person.qtbot.waitUntil(lambda: stood in run.kept, timeout=LONG)
    enter(person, window.train.setup.alpha, "1e6")
    person.key(Key.Key_Space)
    person.until(Phase.DIVERGED)
    assert window.strip.isVisible()
    assert window.strip.text.text().startswith(f"Diverged at step {run.step}")
    assert window.transport.state.text() == f"Diverged at step {run.step}"
    assert window.strip.buttons[0].text() == f"Go back to step {stood}"
    assert not window.transport.train.isEnabled(), "the next sensible thing is on the strip"
    assert window.transport.reset.isEnabled()
    person.click(window.strip.buttons[0])
    person.qtbot.waitUntil(lambda: run.phase is Phase.PAUSED and run.step == stood, timeout=LONG)
    person.qtbot.waitUntil(lambda: run.record.last("train_loss") == loss, timeout=LONG)
    assert window.transport.train.isEnabled()
    enter(person, window.train.setup.alpha, "0.03")
    train_on(person, 60)
    after = run.record.last("train_loss")
    assert after is not None
    assert loss is not None
    assert after < loss
