"""Both strips where there is room, one of two behind tabs where there is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resnet_sim.ui.strips.pair import StripPair
from resnet_sim.ui.theme import Look


def test_one_of_two_strips_is_chosen_where_there_is_little_height(qtbot: QtBot, look: Look) -> None:
    pair = StripPair(look)
    qtbot.addWidget(pair)
    pair.resize(900, pair.tall)
    pair.show()
    assert pair.activations.isVisible()
    assert pair.gradients.isVisible()
    assert not pair.tabs.isVisible()
    high = pair.height()
    pair.set_low(True)
    assert pair.tabs.isVisible()
    assert (pair.activations.isVisible(), pair.gradients.isVisible()) == (False, True)
    assert pair.height() < high
    low = pair.height()
    QTest.mouseClick(pair.tabs.segments["activations"], Qt.MouseButton.LeftButton)
    assert (pair.activations.isVisible(), pair.gradients.isVisible()) == (True, False)
    assert pair.height() == pair.activations.height() == low
    QTest.keyClick(pair.tabs.segments["activations"], Qt.Key.Key_Right)
    assert (pair.activations.isVisible(), pair.gradients.isVisible()) == (False, True)
    assert pair.tabs.geometry().right() < pair.width()
    assert pair.gradients.heading_width <= pair.tabs.x()
    pair.set_low(False)
    assert pair.activations.isVisible()
    assert pair.gradients.isVisible()
    assert not pair.tabs.isVisible()
