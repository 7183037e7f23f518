"""The enlarged picture: of the selected layer, every channel, with the scale, and the very values of the run."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.canvas.hands import Hands
from ui.person import LONG, Key, Person

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import DataReference
from resnet_sim.ui.live_pictures import colours
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.picture_card import PictureCard

DIGITS = data_set(DataReference("digits")).load()


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    window.show_mode("train")
    return Person(qtbot, window)


def card(person: Person) -> PictureCard:
    return person.window.train.setup.picture


def enlarged(person: Person, id: str) -> PictureCard:
    """I on a layer, its values there."""
    person.walk_to(id)
    person.key(Key.Key_I)
    made = card(person)
    person.qtbot.waitUntil(lambda: " of " in made.title.text, timeout=LONG)
    return made


def test_i_enlarges_the_picture_and_the_arrows_choose_the_channel(person: Person) -> None:
    assert not card(person).isVisible()
    shown = enlarged(person, "conv1")
    assert shown.isVisible()
    assert QApplication.focusWidget() is shown.picture
    channels = person.bench.report.shapes["conv1"][2]
    assert shown.title.text == f"a[1], channel 1 of {channels}"
    first = shown.picture.image
    person.key(Key.Key_Right)
    assert shown.title.text == f"a[1], channel 2 of {channels}"
    assert shown.picture.image != first
    person.key(Key.Key_Left, Key.Key_Left)
    assert shown.title.text == f"a[1], channel {channels} of {channels}"
    person.click(shown.on)
    assert shown.picture.image == first
    person.key(Key.Key_Escape)
    assert not shown.isVisible()
    assert QApplication.focusWidget() is person.window.train.canvas.view


def test_it_shows_the_values_of_the_example_on_one_scale(person: Person) -> None:
    shown = enlarged(person, "input")
    x = DIGITS.train_x[0, :, :, 0]
    low, high = shown.picture.scale
    assert (low, high) == pytest.approx((-np.abs(x).max(), np.abs(x).max()))
    assert f"{x.min():.3g} to {x.max():.3g}" in shown.facts.text
    row, column = (int(at) for at in np.unravel_index(x.argmax(), x.shape))
    assert shown.picture.image.pixel(column, row) == colours(person.window.look.theme)[255]
    person.key(Key.Key_X)
    x = DIGITS.train_x[1, :, :, 0]
    wanted = f"Example 2: {x.min():.3g} to {x.max():.3g}"
    person.qtbot.waitUntil(lambda: shown.facts.text.startswith(wanted), timeout=LONG)


def test_the_mouse_over_a_cell_tells_its_value(person: Person) -> None:
    shown = enlarged(person, "input")
    person.qtbot.waitUntil(lambda: shown.picture.width() > 100, timeout=LONG)
    room = shown.picture._room()
    cell = int(min(room.width(), room.height()) / 8)
    corner = room.center().toPoint() - QPoint(4 * cell, 4 * cell)
    at = QPointF(corner + QPoint(5 * cell + cell // 2, 2 * cell + cell // 2))
    glob = shown.picture.mapToGlobal(at)
    none = Qt.MouseButton.NoButton
    QApplication.sendEvent(
        shown.picture, QMouseEvent(QEvent.Type.MouseMove, at, glob, none, none, Qt.KeyboardModifier.NoModifier)
    )
    assert shown.pointed.text() == f"row 3, column 6: {DIGITS.train_x[0, 2, 5, 0]:.4g}"


def test_a_vector_shows_its_values_one_by_one(person: Person) -> None:
    shown = enlarged(person, "output")
    person.key(Key.Key_Right, Key.Key_Right)
    assert shown.title.text.endswith("value 3 of 10")
    yhat = TrainingRun(person.experiment, DIGITS).predict(DIGITS.train_x[:1].astype("float32"))[0]
    assert float(shown.facts.text.split(": ")[1]) == pytest.approx(float(yhat[2]), rel=2e-3)
    assert shown.picture.scale[0] == 0


def test_the_picture_follows_the_selection_and_closes_with_it(person: Person) -> None:
    shown = enlarged(person, "input")
    person.window.train.canvas.view.setFocus()
    person.key(Key.Key_Right)
    person.qtbot.waitUntil(lambda: shown.title.text.startswith("a[1], channel 1"), timeout=LONG)
    person.key(Key.Key_Escape)
    assert not person.bench.editor.selection
    assert not shown.isVisible()
    person.key(Key.Key_I)
    assert not shown.isVisible()
    assert "Select a layer" in person.window.strip.text.text()


def test_a_click_on_a_picture_enlarges_it_and_one_beside_it_only_selects(person: Person) -> None:
    canvas = person.window.train.canvas
    hands = Hands(canvas)
    hands.click(hands.on("conv1", down=0.9))
    assert person.bench.editor.selection == ("conv1",)
    assert not card(person).isVisible()
    hands.click(hands.on("conv1", down=0.5))
    assert card(person).isVisible()
    assert QApplication.focusWidget() is canvas.view
    person.click(card(person).close_button)
    assert not card(person).isVisible()


def test_a_layer_out_of_sight_is_measured_while_its_picture_is_open(person: Person) -> None:
    shown = enlarged(person, "conv1")
    view = person.window.train.canvas.view
    view.set_zoom(0.2)
    person.key(Key.Key_X)
    person.qtbot.waitUntil(lambda: shown.facts.text.startswith("Example 2"), timeout=LONG)
    assert shown.picture.image.width() == person.bench.report.shapes["conv1"][1]
