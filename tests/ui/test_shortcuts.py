"""Every key can be changed, and what stands in the way is said."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.panels.networks import unnamed
from ui.person import CTRL, SHIFT, Person

from resnet_sim.ui.app import FIRST_EXAMPLE
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.shortcuts import FIXED, commands

Key = Qt.Key


def page_open(qtbot: QtBot, window: MainWindow) -> Person:
    window.show_mode("build")
    person = Person(qtbot, window)
    person.menu("Help", "Keyboard")
    assert window.shortcuts.isVisible()
    assert not window.pages.isVisible()
    return person


def press(window: MainWindow, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Click the field of a command and press keys."""
    field = window.shortcuts.fields[name]
    field.setFocus()
    QTest.keyClick(field, key, modifiers)


def test_no_two_commands_share_their_usual_keys() -> None:
    keys = [each.usual for each in commands() if each.usual]
    assert len(keys) == len(set(keys)) > 30
    assert not set(keys) & set(FIXED)


def test_a_key_of_the_window_is_changed_and_works_and_is_remembered(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    person = page_open(qtbot, window)
    press(window, "mode_train", Key.Key_F9, Qt.KeyboardModifier.NoModifier)
    assert settings.value("keys/mode_train") == "F9"
    person.key(Key.Key_Escape)
    assert not window.shortcuts.isVisible()
    assert QApplication.focusWidget() is window.build.canvas.view
    person.key(Key.Key_2, modifiers=CTRL)
    assert window.mode is window.build
    person.key(Key.Key_F9)
    assert window.mode is window.train


def test_a_key_of_the_canvas_is_changed_in_the_menu_too(qtbot: QtBot, window: MainWindow) -> None:
    person = page_open(qtbot, window)
    press(window, "conv2d", Key.Key_K, Qt.KeyboardModifier.NoModifier)
    person.key(Key.Key_Escape)
    assert window.actions_["conv2d"].text().endswith("\tK")
    count = len(person.network.nodes)
    person.key(Key.Key_C)
    assert len(person.network.nodes) == count
    person.key(Key.Key_K)
    assert len(person.network.nodes) == count + 1


def test_keys_that_do_something_else_are_refused_in_one_sentence(qtbot: QtBot, window: MainWindow) -> None:
    page_open(qtbot, window)
    page = window.shortcuts
    press(window, "open", Key.Key_S, CTRL)
    assert page.message.text == "Ctrl+S already is “Save”; choose another key."
    assert page.fields["open"].keySequence() == QKeySequence("Ctrl+O")
    press(window, "skip", Key.Key_Left, SHIFT)
    assert page.message.text.startswith("Shift+Left moves about")
    assert page.fields["skip"].keySequence() == QKeySequence("S")
    press(window, "skip", Key.Key_F7, Qt.KeyboardModifier.NoModifier)
    assert page.message.text == ""


def test_all_goes_back_to_the_usual_keys(qtbot: QtBot, window: MainWindow, settings: QSettings) -> None:
    person = page_open(qtbot, window)
    press(window, "save", Key.Key_F9, Qt.KeyboardModifier.NoModifier)
    assert window.shortcuts.reset.isEnabled()
    person.click(window.shortcuts.reset)
    assert window.actions_["save"].shortcut() == QKeySequence("Ctrl+S")
    assert settings.value("keys/save") is None
    assert not window.shortcuts.reset.isEnabled()


def test_chosen_keys_come_back_with_the_next_window_and_damaged_ones_do_not(
    qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path
) -> None:
    settings.setValue("keys/save", "F9")
    settings.setValue("keys/open", "F9")
    settings.setValue("keys/quit", "no key at all")
    with opened(qtbot, settings, tmp_path, FIRST_EXAMPLE) as window:
        shown = {name: window.actions_[name].shortcut().toString() for name in ("save", "open", "quit")}
    assert sorted(shown.values()) == ["Ctrl+Q", "Ctrl+S", "F9"]  # one of two that want the same key


def test_backspace_takes_the_keys_away(qtbot: QtBot, window: MainWindow) -> None:
    person = page_open(qtbot, window)
    press(window, "skip", Key.Key_Backspace, Qt.KeyboardModifier.NoModifier)
    assert window.shortcuts.fields["skip"].keySequence().isEmpty()
    person.key(Key.Key_Escape)
    assert window.actions_["skip"].text() == "&Skip connection"


def test_every_field_has_a_name(qtbot: QtBot, window: MainWindow) -> None:
    page_open(qtbot, window)
    assert unnamed(window.shortcuts) == []


def test_the_palette_and_the_transport_show_the_keys_in_force(qtbot: QtBot, window: MainWindow) -> None:
    cards, transport = window.build.palette_.cards, window.transport
    assert (cards["conv2d"].entry.key, transport.step.key, transport.train.key) == ("C", ".", "Space")
    page_open(qtbot, window)
    press(window, "conv2d", Key.Key_F9, Qt.KeyboardModifier.NoModifier)
    press(window, "step", Key.Key_F10, Qt.KeyboardModifier.NoModifier)
    press(window, "train", Key.Key_F11, Qt.KeyboardModifier.NoModifier)
    press(window, "skip", Key.Key_Backspace, Qt.KeyboardModifier.NoModifier)
    assert (cards["conv2d"].entry.key, transport.step.key, transport.train.key) == ("F9", "F10", "F11")
    assert cards["skip"].entry.key == ""
