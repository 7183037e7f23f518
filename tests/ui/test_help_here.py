"""F1 says what is known of what is selected, of the control that has the focus, or what the keys do here."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.person import Key, Person

from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.settings import settings_of
from resnet_sim.ui.main_window import MainWindow


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    window.show_mode("build")
    return Person(qtbot, window)


def note(person: Person) -> tuple[str, ...]:
    shown = person.build.inspector.note
    return shown.lines if shown is not None and shown.isVisible() else ()


def test_f1_on_a_layer_says_its_kind_and_every_setting(person: Person) -> None:
    person.walk_to("conv1")
    person.key(Key.Key_F1)
    lines = note(person)
    assert lines[:2] == (Conv2D.title, Conv2D.help)
    for each in settings_of(Conv2D):
        assert f"{each.label}: {each.help}" in lines
    person.key(Key.Key_F1)
    assert not note(person)


def test_the_note_goes_with_the_selection_and_with_its_button(person: Person) -> None:
    person.walk_to("conv1")
    person.menu("Help", "Help on this")
    assert note(person)
    person.key(Key.Key_Right)
    assert not note(person)
    person.key(Key.Key_Up, Key.Key_F1)
    assert note(person)[0] == "Skip connection"
    shown = person.build.inspector.note
    assert shown is not None
    person.click(shown.close_button)
    assert not note(person)


def test_with_nothing_selected_f1_says_what_the_keys_do_as_they_are_in_force(person: Person) -> None:
    person.key(Key.Key_Escape, Key.Key_F1)
    assert note(person)[0] == "What the keys do here"
    assert "S: Skip connection" in note(person)
    assert "Del: Delete" in note(person)


def test_f1_on_a_field_says_what_the_field_is(person: Person) -> None:
    person.walk_to("conv1")
    person.key(Key.Key_Return)
    field = QApplication.focusWidget()
    assert field is not None
    person.key(Key.Key_F1)
    assert note(person) == (field.accessibleName(), field.accessibleDescription())
    assert QApplication.focusWidget() is field


def test_while_training_is_watched_the_help_stands_in_the_strip(person: Person) -> None:
    window = person.window
    window.show_mode("train")
    person.walk_to("conv1")
    person.key(Key.Key_F1)
    assert window.strip.isVisible()
    assert window.strip.text.text().startswith(f"{Conv2D.title}. {Conv2D.help}")
    person.key(Key.Key_Escape)
    assert not window.strip.isVisible()
    person.key(Key.Key_Escape, Key.Key_F1)
    assert "Space: Train or pause" in window.strip.text.text()
