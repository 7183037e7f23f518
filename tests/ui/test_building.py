"""From an empty canvas to a residual network with W_s, its error mended, saved and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import CTRL, SHIFT, Key, Person

from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.templates import empty
from resnet_sim.ui.run_state import Phase

PARAMETERS = 5034
"""80 + 584 + 584 + 1168 + 2320 + 128 (W_s) + 170, counted by hand."""


@pytest.fixture
def person(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window in Build, any network in it."""
    settings.setValue("mode", "build")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, "tiny-cnn") as window:
        yield Person(qtbot, window)


def assert_the_network_of_the_picture(person: Person, blocks: int = 2) -> None:
    """conv 8 | block 8 | block 16, stride 2, W_s | pool, fc 10, softmax."""
    network, report = person.network, person.bench.report
    assert report.ok, [str(each.sentence) for each in report.problems]
    order = network.order()
    assert order is not None
    convs = [id for id in order if isinstance(network.by_id[id].layer, Conv2D)]
    assert [report.shapes[id] for id in convs] == [(8, 8, 8)] * 3 + [(4, 4, 16)] * 2
    assert [skip.shortcut for skip in network.skips] == ["identity", "learned"]
    assert len(network.blocks) == blocks
    assert report.total == PARAMETERS
    assert report.parameters[network.skips[1].id] == 128
    kinds = [network.by_id[id].layer.kind for id in order]
    assert kinds[:3] == ["input", "conv2d", "activation"]
    assert kinds[-3:] == ["average_pool", "dense", "softmax"]
    assert "5\u2009034" in person.window.status.counts.text()


def assert_training_is_off(person: Person) -> None:
    """The button cannot be pressed, and it is said why."""
    transport = person.window.transport
    assert not transport.train.isEnabled()
    assert transport.state.text() == "Fix 1 error to train"
    assert "6×6×8" in transport.train.toolTip()


def undo_all_and_redo(person: Person) -> None:
    """To the empty network and back, every step shown."""
    made, position = person.experiment, person.bench.document.position
    assert QApplication.focusWidget() is person.build.canvas.view
    for _each in range(position):
        person.key(Key.Key_Z, modifiers=CTRL)
    assert person.network == empty()
    assert person.bench.document.position == 0
    for _each in range(position):
        person.key(Key.Key_Z, modifiers=CTRL | SHIFT)
    assert person.experiment == made
    assert not person.bench.document.can_redo


def reopened(qtbot: QtBot, settings: QSettings, cache: Path, file: Path) -> Experiment:
    """The experiment as another window shows it."""
    cache.mkdir()
    with opened(qtbot, settings, cache, "tiny-cnn") as window:
        assert window.files.open_path(file)
        assert not window.workbench.document.edited
        return window.workbench.experiment


def close(person: Person) -> None:
    with person.qtbot.waitSignal(person.bench.run.finished, timeout=5_000):
        person.window.close()


def test_the_network_of_the_picture_is_built_with_the_mouse(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: QSettings
) -> None:
    canvas, qtbot = person.canvas, person.qtbot
    person.menu("File", "New")
    assert person.network == empty()
    assert not person.window.strip.isVisible(), "an empty canvas is no trouble"

    assert canvas.drop("conv2d", canvas.edge("input", "output"))
    assert canvas.drop("activation", canvas.edge("conv1", "output"))
    canvas.click(canvas.on("conv1"))
    person.set_number("filters", "8")
    assert canvas.drop("block:residual", canvas.edge("relu1", "output"))
    person.double_click(person.build.palette_.cards["block:residual"])
    assert len(person.network.blocks) == 2
    assert canvas.drop("average_pool", canvas.edge(person.network.blocks[1].nodes[-1], "output"))
    assert canvas.drop("dense", canvas.edge("pool1", "output"))
    canvas.click(canvas.on("fc1"))
    person.set_number("units", "10")
    assert person.bench.report.ok

    canvas.click(canvas.on("conv4"))
    person.set_number("filters", "16")
    person.set_number("stride", "2")
    canvas.click(canvas.on("conv5"))
    person.set_number("filters", "16")
    skip = person.network.skips[1]
    assert [each.place for each in person.bench.report.errors] == [skip.id]
    canvas.click(canvas.on(skip.id, 0.5, 0.02))
    callout = person.build.canvas.callout
    assert callout.isVisible()
    person.click(next(each for each in callout.buttons if "W_s" in each.text()))
    assert_the_network_of_the_picture(person)
    person.until(Phase.READY)

    canvas.click(canvas.on("conv3"))
    person.set_choice("padding", "valid")
    assert len(person.bench.report.errors) == 1
    assert_training_is_off(person)
    canvas.click(canvas.on("input"))
    canvas.key(Key.Key_F8)
    assert person.bench.editor.current == "conv3"
    assert_training_is_off(person)
    canvas.key(Key.Key_F8)
    assert_the_network_of_the_picture(person)
    qtbot.waitUntil(person.window.transport.train.isEnabled)

    undo_all_and_redo(person)
    assert_the_network_of_the_picture(person)
    file = tmp_path / "picture.resnet"
    person.save_to(file, monkeypatch)
    made = person.experiment
    assert person.window.header.name.text() == "picture"
    close(person)
    assert reopened(qtbot, settings, tmp_path / "again", file) == made


def test_the_network_of_the_picture_is_built_with_the_keyboard(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: QSettings
) -> None:
    editor = person.bench.editor
    person.key(Key.Key_N, modifiers=CTRL)
    assert person.network == empty()
    assert QApplication.focusWidget() is person.build.canvas.view

    person.key(Key.Key_C, Key.Key_G, Key.Key_B)
    for _each in ("conv4", "conv5"):
        person.key(Key.Key_C, Key.Key_G)
    person.key(Key.Key_A)
    person.key(Key.Key_Slash)
    person.write("fc")
    person.key(Key.Key_Return)
    assert QApplication.focusWidget() is person.build.canvas.view
    person.walk_to("fc1")
    person.type_into("units", "10")
    for id in ("conv4", "conv5"):
        person.walk_to(id)
        person.type_into("filters", "16")
    person.walk_to("conv4")
    person.type_into("stride", "2")
    assert person.bench.report.ok

    person.walk_to("add1")
    person.key(Key.Key_S)
    person.key(Key.Key_Right)
    draft = person.build.canvas.keys.draft
    assert draft is not None
    assert draft.target == "conv5"
    person.key(Key.Key_Return)
    assert QApplication.focusWidget() in person.build.canvas.callout.buttons, "sizes differ: it asks how"
    person.key(Key.Key_Return)
    assert_the_network_of_the_picture(person, blocks=1)

    person.walk_to("conv3")
    person.key(Key.Key_Return)
    padding = person.page().form.rows["padding"].field
    person.tab_to(padding)
    person.key(Key.Key_Down)
    assert_training_is_off(person)
    person.key(Key.Key_Escape)
    assert QApplication.focusWidget() is person.build.canvas.view
    person.key(Key.Key_Home)
    person.key(Key.Key_F8)
    assert editor.current == "conv3"
    person.key(Key.Key_F8)
    assert_the_network_of_the_picture(person, blocks=1)

    undo_all_and_redo(person)
    file = tmp_path / "picture.resnet"
    person.save_to(file, monkeypatch)
    made = person.experiment
    person.key(Key.Key_N, modifiers=CTRL)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(file), ""))
    person.key(Key.Key_O, modifiers=CTRL)
    assert person.experiment == made
    assert not person.bench.document.edited
    close(person)
    assert reopened(person.qtbot, settings, tmp_path / "again", file) == made
