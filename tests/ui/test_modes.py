"""Build and Train in one window: switching, menus, keys, the outline, and editing a network that is being trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import CTRL, LONG, NONE, SHIFT, Key, Person, menu_entries

from resnet_sim.files import container
from resnet_sim.network.graph import Network
from resnet_sim.state.checkpoint import Checkpoint
from resnet_sim.ui.commands import OF_PICTURES, OF_TRAINING
from resnet_sim.ui.panels.inspector_node import NodePage
from resnet_sim.ui.run_state import Phase


@pytest.fixture
def person(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window in Build, a network with a skip connection in it."""
    settings.setValue("mode", "build")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, "insert-base") as window:
        window.build.canvas.view.setFocus()
        yield Person(qtbot, window)


def losses(person: Person) -> dict[int, float]:
    """step -> loss of the whole training set, where it was measured."""
    series = person.bench.run.record.series["train_loss"]
    return {step: value for step, value in zip(series.steps, series.values, strict=True) if value is not None}


def loss_now(person: Person) -> float:
    """The loss of the whole training set at this step, every digit of it."""
    run = person.bench.run
    person.qtbot.waitUntil(lambda: run.step in losses(person), timeout=LONG)
    return losses(person)[run.step]


def loss_after(person: Person, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> float:
    """The loss of the whole training set when another network has been set up, measured anew."""
    person.build.canvas.view.setFocus()
    run = person.bench.run
    run.record.series["train_loss"].cut(run.step - 1)
    person.key(key, modifiers=modifiers)
    assert run.phase is Phase.STARTING
    person.until(Phase.PAUSED)
    return loss_now(person)


def saved(person: Person, file: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """What is learned now, as Save as writes it."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    with person.qtbot.waitSignal(person.bench.saved, timeout=LONG):
        person.window.actions_["save_as"].trigger()
    found = container.load(file).checkpoint
    assert found is not None
    return found


def focus() -> QWidget | None:
    return QApplication.focusWidget()


# --- switching ------------------------------------------------------------------------------------------------------


def test_the_mode_is_switched_with_mouse_and_keys_and_remembered(person: Person, settings: QSettings) -> None:
    window = person.window
    tabs = window.header.modes.tabs
    assert window.mode.name == "build"
    person.click(tabs["train"])
    assert window.mode.name == "train"
    assert settings.value("mode") == "train"
    person.key(Key.Key_1, modifiers=CTRL)
    assert window.mode.name == "build"
    assert tabs["build"].isChecked()
    assert focus() is window.build.canvas.view
    person.key(Key.Key_2, modifiers=CTRL)
    assert window.mode.name == "train"
    assert window.actions_["mode_train"].isChecked()
    assert not window.actions_["mode_build"].isChecked()


def test_space_in_build_trains_and_shows_train(person: Person) -> None:
    person.key(Key.Key_Space)
    assert person.window.mode.name == "train"
    person.qtbot.waitUntil(lambda: person.bench.run.step > 3, timeout=LONG)
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)


# --- menus ----------------------------------------------------------------------------------------------------------


def test_everything_in_the_menus_has_words_and_its_own_key(person: Person) -> None:
    actions = menu_entries(person)
    assert len(actions) > 50
    assert [each for each in actions if not each.text().split("\t")[0].strip("& ")] == []
    keys = [each.shortcut().toString() for each in actions if each.shortcut().toString()]
    assert len(keys) == len(set(keys))
    bare = [each.text() for name, each in person.window.actions_.by_name.items() if not each.statusTip()]
    assert bare == []


def test_deeds_are_offered_only_where_they_work(person: Person) -> None:
    act = person.window.actions_
    pictures = [act[name] for name in OF_PICTURES]
    assert act["find"].isEnabled()
    assert not any(each.isEnabled() for each in pictures)
    person.key(Key.Key_2, modifiers=CTRL)
    assert not act["find"].isEnabled()
    assert "Build" in act["find"].toolTip()
    assert all(each.isEnabled() for each in pictures)
    assert not act["undo"].isEnabled()
    person.bench.set_training("l2", 0.1)
    assert act["undo"].isEnabled()
    assert "0.1" in act["undo"].text()
    assert all(act[name].isEnabled() for name in OF_TRAINING)
    person.window.files.new()
    assert not any(act[name].isEnabled() for name in OF_TRAINING)


@pytest.mark.parametrize("mode", [Key.Key_1, Key.Key_2])
def test_the_menus_work_on_the_canvas_that_is_shown(person: Person, mode: Key) -> None:
    person.key(mode, modifiers=CTRL)
    person.bench.editor.select("conv1")
    before = len(person.network.nodes)
    person.menu("Network", "Residual block")
    assert len(person.network.nodes) > before
    added = person.bench.editor.current
    person.menu("Edit", "Delete")
    assert len(person.network.nodes) == before
    assert added not in person.network.ids
    person.menu("Edit", "Undo")
    assert added in person.network.ids


def test_every_key_of_the_canvas_does_its_deed(person: Person) -> None:
    editor, view = person.bench.editor, person.build.canvas.view
    person.key(Key.Key_Home)
    assert editor.current == "input"
    for key, kind in (
        (Key.Key_C, "conv2d"),
        (Key.Key_F, "dense"),
        (Key.Key_G, "activation"),
        (Key.Key_P, "max_pool"),
        (Key.Key_A, "average_pool"),
        (Key.Key_N, "batch_norm"),
    ):
        before = person.network
        person.key(key)
        (new,) = (node for node in person.network.nodes if node.id not in before.by_id)
        assert new.layer.kind == kind
        person.key(Key.Key_Z, modifiers=CTRL)
        assert person.network == before
    skip = person.network.skips[0]
    person.window.build.canvas.desk.go(skip.id)
    person.key(Key.Key_M)
    assert not person.network.skip(skip.id).enabled
    person.key(Key.Key_Z, modifiers=CTRL)
    assert person.network.skip(skip.id).enabled
    person.key(Key.Key_2)
    assert person.network.skip(skip.id).shortcut == "learned"
    person.key(Key.Key_1)
    assert person.network.skip(skip.id).shortcut == "identity"
    zoom = view.zoom
    person.key(Key.Key_Plus, modifiers=CTRL)
    assert view.zoom > zoom
    person.key(Key.Key_0, modifiers=CTRL)
    person.key(Key.Key_Slash)
    assert focus() is person.build.palette_.finder
    person.key(Key.Key_Escape)
    assert focus() is view
    person.key(Key.Key_Home, Key.Key_Right)
    layers = len(person.network.nodes)
    person.key(Key.Key_D, modifiers=CTRL)
    assert len(person.network.nodes) > layers
    person.key(Key.Key_Delete)
    assert len(person.network.nodes) == layers
    person.walk_to(weighted_id(person.network))
    person.key(Key.Key_Return)
    assert person.build.inspector.isAncestorOf(focus() or view)
    person.key(Key.Key_Escape)
    assert focus() is view
    person.key(Key.Key_T, modifiers=CTRL | SHIFT)
    assert person.window.look.theme.dark
    person.key(Key.Key_L)
    assert person.window.mode.name == "train"
    assert focus() is person.window.train.setup.lam.slider


def test_the_keys_of_training_work_from_the_canvas(person: Person) -> None:
    run = person.bench.run
    person.key(Key.Key_Period)
    person.qtbot.waitUntil(lambda: run.step == 1, timeout=LONG)
    person.until(Phase.PAUSED)
    person.key(Key.Key_E)
    person.qtbot.waitUntil(lambda: run.phase is Phase.PAUSED and run.step > 1, timeout=LONG)
    person.key(Key.Key_R)
    person.until(Phase.READY)
    assert run.step == 0


def test_letters_in_a_text_field_stay_there(person: Person) -> None:
    before, step = person.network, person.bench.run.step
    person.key(Key.Key_Slash)
    QTest.keyClicks(person.build.palette_.finder, "cfgpansbmerl. 12/")
    assert person.build.palette_.finder.text() == "cfgpansbmerl. 12/"
    field = person.window.transport.seed
    field.setFocus()
    QTest.keyClicks(field, "cfgpansbmerl. ")
    assert person.network == before
    assert person.bench.run.step == step
    assert not person.bench.training
    assert person.window.mode.name == "build"


@pytest.mark.parametrize("name", ["card", "choice", "switch", "segments"])
def test_space_presses_what_has_the_focus_and_does_not_train(person: Person, name: str) -> None:
    skip = person.network.skips[0]
    weighted = next(node.id for node in person.network.nodes if node.layer.weighted)
    person.bench.editor.select(skip.id if name == "segments" else weighted)
    before = person.experiment
    page = person.build.inspector.page
    assert page is not None
    widget: QWidget
    if name == "card":
        widget = person.build.palette_.cards["dense"]
    elif name == "segments":
        widget = next(each for each in page.findChildren(QWidget) if type(each).__name__ == "Segment")
    else:
        assert isinstance(page, NodePage)
        assert page.gate is not None
        widget = page.freeze if name == "switch" else page.gate.choice
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert focus() is widget
    person.key(Key.Key_Space)
    assert not person.bench.training
    assert person.window.mode.name == "build"
    if name in ("card", "switch"):
        assert person.experiment != before
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
        person.come_back()


# --- panels ---------------------------------------------------------------------------------------------------------


def test_the_outline_shares_the_selection(person: Person) -> None:
    outline = person.build.layers
    assert not outline.isVisible()
    person.key(Key.Key_O, modifiers=CTRL | SHIFT)
    assert outline.isVisible()
    assert person.window.actions_["layers"].isChecked()
    model = outline.model
    row = next(index for index in model.indexes() if model.row(index).number == 2)
    person.click(outline.tree.viewport(), outline.tree.visualRect(row).center())
    id = model.row(row).id
    assert person.bench.editor.selection == (id,)
    assert person.page().id == id
    person.build.canvas.view.setFocus()
    person.key(Key.Key_Home)
    assert model.row(outline.tree.currentIndex()).id == "input"
    person.key(Key.Key_O, modifiers=CTRL | SHIFT)
    assert not outline.isVisible()


@pytest.mark.parametrize("mode", ["build", "train"])
def test_f6_goes_round_all_panels(person: Person, mode: str) -> None:
    window = person.window
    window.show_mode(mode)
    person.key(Key.Key_O, modifiers=CTRL | SHIFT)
    if not window.mode.layers.isVisible():  # type: ignore[attr-defined]
        person.key(Key.Key_O, modifiers=CTRL | SHIFT)
    panels = [panel for panel, _stop in window.mode.stops()] + [window.transport, window.header]
    met: list[QWidget] = []
    for _each in panels:
        person.key(Key.Key_F6)
        here = focus()
        assert here is not None
        met += [panel for panel in panels if panel is here or panel.isAncestorOf(here)]
    assert set(met) == {panel for panel in panels if panel.isVisible()}


# --- editing while training -----------------------------------------------------------------------------------------


def weighted_id(network: Network) -> str:
    return next(node.id for node in network.nodes if node.layer.weighted)


def test_a_setting_of_the_same_layers_holds_from_the_next_step_on(person: Person) -> None:
    person.bench.train_or_pause()
    run = person.bench.run
    person.qtbot.waitUntil(lambda: run.step > 5, timeout=LONG)
    person.build.canvas.desk.toggle(person.network.skips[0].id)
    person.page_of(weighted_id(person.network)).freeze.click()
    assert run.phase is Phase.TRAINING
    at = run.step
    person.qtbot.waitUntil(lambda: run.step > at + 5, timeout=LONG)
    assert run.phase is Phase.TRAINING
    assert not person.window.strip.isVisible()
    series = run.record.series[f"weight_norm/{weighted_id(person.network)}/W"]
    person.qtbot.waitUntil(lambda: series.steps[-2] > at and series.values[-1] == series.values[-2], timeout=LONG)
    person.bench.train_or_pause()
    person.until(Phase.PAUSED)


def test_another_network_keeps_the_weights_of_the_layers_that_stay_and_undo_brings_all_back(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = person.train_to(20)
    before = loss_now(person)
    left = saved(person, tmp_path / "left.resnet", monkeypatch)
    first = weighted_id(person.network)
    person.bench.editor.select(first)
    assert loss_after(person, Key.Key_N) != before
    assert person.bench.report.ok
    assert person.bench.run.step == stood
    assert "keep their weights" in person.window.statusBar().currentMessage()
    carried = saved(person, tmp_path / "carried.resnet", monkeypatch)
    for key, array in left.arrays.items():
        assert np.array_equal(carried.arrays[key], array), key
    person.train_to(stood + 10)
    loss_after(person, Key.Key_Z, CTRL)
    assert person.bench.run.step == stood
    again = saved(person, tmp_path / "again.resnet", monkeypatch)
    assert again.progress == left.progress
    assert again.arrays.keys() == left.arrays.keys()
    assert again.slots.keys() == left.slots.keys()
    assert all(np.array_equal(array, left.arrays[key]) for key, array in again.arrays.items()), "to the last digit"
    assert all(np.array_equal(array, left.slots[key]) for key, array in again.slots.items()), "to the last digit"


def test_an_edit_made_again_goes_on_with_the_newest_weights(person: Person) -> None:
    person.train_to(5)
    person.bench.editor.select(weighted_id(person.network))
    loss_after(person, Key.Key_N)
    loss_after(person, Key.Key_Z, CTRL)
    stood = person.train_to(person.bench.run.step + 20)
    loss_after(person, Key.Key_N)
    assert person.bench.run.step == stood


def test_a_residual_block_that_is_inserted_changes_the_loss_by_nothing(person: Person) -> None:
    stood = person.train_to(20)
    person.bench.editor.select(person.network.blocks[0].id)
    with_block = loss_after(person, Key.Key_B)
    assert len(person.network.blocks) > 1
    assert person.bench.run.step == stood
    assert loss_after(person, Key.Key_Z, CTRL) == with_block, "exactly"


def test_training_that_is_edited_pauses_and_goes_on(person: Person) -> None:
    person.bench.train_or_pause()
    run = person.bench.run
    person.qtbot.waitUntil(lambda: run.step > 5, timeout=LONG)
    person.bench.editor.select(weighted_id(person.network))
    person.build.canvas.view.setFocus()
    person.key(Key.Key_B)
    assert run.phase is Phase.STARTING
    person.until(Phase.PAUSED)
    at = run.step
    assert at > 5
    person.bench.train_or_pause()
    person.qtbot.waitUntil(lambda: run.step > at, timeout=LONG)
