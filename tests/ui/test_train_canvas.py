"""The canvas of Train: its word is in the status line, and who wants to change a value is led to its field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.canvas.hands import Hands
from ui.person import Key, Person

from resnet_sim.network.edits import set_setting
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.inspector_node import NodePage

OF_TRAIN = "← → layer   I its picture"


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    window.show_mode("train")
    return Person(qtbot, window)


def said(person: Person) -> str:
    return person.window.status.keys.text()


def test_the_status_line_tells_why_the_canvas_cannot(person: Person) -> None:
    assert said(person).startswith(OF_TRAIN)
    person.key(Key.Key_S)
    assert said(person) == "Select the layer that the skip connection starts from, then press S."
    person.key(Key.Key_Home)
    assert said(person).startswith(OF_TRAIN)


def test_the_status_line_tells_what_a_gesture_waits_for(person: Person) -> None:
    hands = Hands(person.window.train.canvas)
    person.walk_to("conv1")
    person.key(Key.Key_S)
    assert "Enter makes it" in said(person)
    person.key(Key.Key_Escape)
    assert said(person).startswith(OF_TRAIN)
    start, end = hands.on("conv2"), hands.on("conv2", down=0.9)
    hands.press(start)
    hands.move(end + (end - start) * 3)
    assert said(person).startswith("Let go to place it")
    person.key(Key.Key_Escape)
    hands.release(end)
    assert said(person).startswith(OF_TRAIN)


def test_the_status_line_tells_the_keys_of_a_skip_path(person: Person) -> None:
    person.walk_to("conv2")
    person.key(Key.Key_Up)
    assert person.bench.editor.current in person.network.skip_by_id
    assert said(person).startswith("Skip connection from")
    assert "M off or on" in said(person)
    person.key(Key.Key_Down)
    assert said(person).startswith(OF_TRAIN)


@pytest.mark.parametrize("way", ["double click", "Enter"])
def test_a_value_is_changed_in_the_field_of_build(person: Person, way: str) -> None:
    hands = Hands(person.window.train.canvas)
    if way == "Enter":
        person.walk_to("conv1")
        person.key(Key.Key_Return)
    else:
        hands.click(hands.on("conv1"))
        QTest.mouseDClick(hands.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hands.on("conv1"))
        hands.release(hands.on("conv1"))
    assert person.window.mode is person.build
    page = person.build.inspector.page
    assert isinstance(page, NodePage)
    field = page.form.rows["filters"].field
    assert QApplication.focusWidget() is field
    before = person.network
    person.write("6")
    person.key(Key.Key_Return)
    assert person.network == set_setting(before, "conv1", "filters", 6)
