"""Whatever names a key names the one in force, also after somebody chose another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import Key, Person

from resnet_sim.errors import sentence
from resnet_sim.network.edits import set_setting
from resnet_sim.ui.app import EXAMPLE, FIRST_EXAMPLE, path_of
from resnet_sim.ui.canvas.hits import Hit, Part
from resnet_sim.ui.canvas.mouse import tip
from resnet_sim.ui.panels.inspector_parts import KeyCap

CHOSEN = {
    "conv2d": "K",
    "skip": "W",
    "toggle_skip": "U",
    "shortcut:learned": "5",
    "fit": "Ctrl+9",
    "undo": "Ctrl+U",
    "delete": "Ctrl+Del",
    "next_problem": "F9",
    "train": "F2",
    "step": "F3",
    "enlarge": "O",
    "lambda": "Y",
    "faster": "F4",
    "text_size": "F7",
    "theme": "Ctrl+Shift+D",
    "mode_train": "F5",
    "go_back": "F12",
    "next_example": "Q",
    "find": "F10",
    "next_panel": "F11",
}
"""Other keys than the usual ones."""


@pytest.fixture
def person(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[Person]:
    """Somebody who had chosen other keys, in Build."""
    settings.setValue("mode", "build")
    for name, keys in CHOSEN.items():
        settings.setValue(f"keys/{name}", keys)
    with opened(qtbot, settings, tmp_path, "insert-base") as window:
        window.build.canvas.view.setFocus()
        yield Person(qtbot, window)


def status(person: Person) -> list[str]:
    """What the status line says, each key with its deed."""
    return person.window.status.keys.text().split("   ")


def press(
    person: Person, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Choose another key on the page of the keys."""
    person.menu("Help", "Keyboard")
    person.window.shortcuts.fields[name].setFocus()
    person.key(key, modifiers=modifiers)
    person.key(Key.Key_Escape)


def test_the_status_line_of_build_names_them(person: Person) -> None:
    assert "Ctrl+9 fit" in status(person)
    letters = next(each for each in status(person) if each.endswith("add a layer"))
    assert "K" in letters.split(" ")
    assert "C" not in letters.split(" ")
    person.walk_to("fc1")
    assert {"W start a skip", "Ctrl+Del delete", "Ctrl+U undo"} <= set(status(person))
    person.key(Key.Key_Tab)
    assert {"U off or on", "5 W_s", "1 as it is"} <= set(status(person))
    person.key(Key.Key_Return)
    assert status(person)[0] == "1 5 3 choose"
    assert [each.text()[0] for each in person.build.canvas.callout.buttons] == ["1", "5", "3"]
    skip = person.bench.editor.current
    person.key(Key.Key_5)
    assert person.network.skip(skip).shortcut == "learned"


def test_a_key_that_was_just_changed_is_said_at_once_and_one_taken_away_no_more(person: Person) -> None:
    press(person, "fit", Key.Key_J)
    assert "J fit" in status(person)
    assert person.build.canvas.toolbar.fit.toolTip() == "Show the whole network (J)"
    press(person, "fit", Key.Key_Backspace)
    assert not any(each.endswith("fit") for each in status(person))
    assert person.build.canvas.toolbar.fit.toolTip() == "Show the whole network"


def test_the_status_line_of_train_names_them(person: Person) -> None:
    window = person.window
    window.show_mode("train")
    assert {"F2 train", "F3 one step", "O its picture", "Y to λ", "[ F4 pace", "Q example"} <= set(status(person))
    window.transport.train.setFocus(Qt.FocusReason.TabFocusReason)
    assert "F11 next panel" in status(person)


def test_tool_tips_name_them(person: Person) -> None:
    window, canvas = person.window, person.build.canvas
    transport, header, chooser = window.transport, window.header, window.train.cards.chooser
    tipped: tuple[tuple[QWidget, str], ...] = (
        (header.larger, "(F7)"),
        (header.theme, "(Ctrl+Shift+D)"),
        (header.modes.tabs["train"], "Train (F5)"),
        (header.modes.tabs["build"], "Build (Ctrl+1)"),
        (transport.back, "(F12)"),
        (transport.pace, "([ F4)"),
        (chooser.on, "(Q)"),
        (chooser.back, "(Shift+X)"),
        (person.build.palette_.finder, "(F10)"),
        (canvas.toolbar.undo, "(Ctrl+U)"),
        (canvas.toolbar.redo, "(Ctrl+Shift+Z)"),
        (canvas.toolbar.fit, "(Ctrl+9)"),
    )
    assert {words: widget.toolTip() for widget, words in tipped if not widget.toolTip().endswith(words)} == {}
    for part, key in ((Part.RING, "(W)"), (Part.EYE, "(U)"), (Part.PILL, "(Enter)")):
        assert tip(canvas.desk, Hit(part, "fc1")).endswith(key)
    assert person.build.palette_.rail_find.entry.key == "F10"
    assert person.build.first_steps.block.key == "B"


def test_a_fix_names_its_key_on_the_canvas_and_in_the_inspector(person: Person) -> None:
    assert person.bench.open(path_of(EXAMPLE + FIRST_EXAMPLE))
    conv = person.network.blocks[0].nodes[0]
    person.bench.editor.edit(sentence("Padding"), partial(set_setting, node_id=conv, name="padding", value="valid"))
    person.key(Key.Key_F9)
    callout = person.build.canvas.callout
    assert callout.isVisible()
    assert callout.offer is not None
    assert callout.offer.key == "F9"
    assert "F9 apply the first fix" in status(person)
    assert [each.accessibleName() for each in person.page().findChildren(KeyCap)] == ["Key F9"]
    person.key(Key.Key_F9)
    assert person.bench.report.ok
