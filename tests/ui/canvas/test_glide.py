"""Cards glide to their new places: seen, not waited for. Connections hold on to them all the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.canvas.conftest import MakeHands
from ui.canvas.hands import Hands, chain, two_blocks

from resnet_sim.network.graph import Connection
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.skips import MergeItem, SkipItem

LONG = 20_000
Key, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def hands(hands_on: MakeHands) -> Hands:
    made = hands_on(two_blocks(), width=2200)
    made.canvas.reduce_motion(False)
    made.editor.select("conv2")
    return made


def drawn(hands: Hands, id: str) -> float:
    """Where a card is drawn, from the left."""
    item = hands.canvas.scene.item(id)
    assert isinstance(item, CardItem)
    assert item.pos().x() == item.shown.box.x
    return item.pos().x()


def planned(hands: Hands, id: str) -> float:
    """Where it stands."""
    box = hands.canvas.scene.plan.box(id)
    assert box is not None
    return box.x


def edge(hands: Hands, source: str, target: str) -> EdgeItem:
    item = hands.canvas.scene.item(Connection(source, target))
    assert isinstance(item, EdgeItem)
    return item


def test_a_card_glides_and_its_connections_hold_on_to_it(hands: Hands, qtbot: QtBot) -> None:
    glide, start = hands.canvas.glide, drawn(hands, "conv3")
    hands.key(Key.Key_C)
    (new,) = hands.editor.selection
    goal = planned(hands, "conv3")
    assert goal > start
    assert drawn(hands, "conv3") == start, "it is still where it was"
    seen: list[float] = []

    def arrived() -> bool:
        seen.append(drawn(hands, "conv3"))
        into, out = edge(hands, hands.network.main_input["conv3"], "conv3").shown, edge(hands, "conv3", "add1").shown
        assert into.x1 == pytest.approx(drawn(hands, "conv3"))
        assert out.x0 == pytest.approx(drawn(hands, "conv3") + 88)
        arc, merge = hands.canvas.scene.item("skip1"), hands.canvas.scene.item("add1")
        assert isinstance(arc, SkipItem)
        assert isinstance(merge, MergeItem)
        assert arc.shown.x1 == pytest.approx(merge.shown.box.middle)
        return not glide.running

    qtbot.waitUntil(arrived, timeout=LONG)
    assert seen == sorted(seen)
    assert seen[-1] == goal
    for key, shape in hands.canvas.scene.plan.shapes.items():
        item = hands.canvas.scene.item(key)
        assert item is not None
        assert item.shown is shape
        assert item.opacity() == 1.0
    assert new in hands.network.ids


def test_what_is_clicked_is_what_stands_there_for_good(hands: Hands) -> None:
    hands.key(Key.Key_C)
    assert hands.canvas.glide.running
    hands.click(hands.on("conv4"))
    assert hands.editor.selection == ("conv4",)
    hands.key(Key.Key_Z, modifiers=CTRL)
    hands.click(hands.on("fc1"))
    assert hands.editor.selection == ("fc1",)


def test_another_edit_on_the_way_leads_on_from_there(hands: Hands, qtbot: QtBot) -> None:
    hands.key(Key.Key_C)
    between = drawn(hands, "fc1")
    hands.key(Key.Key_Delete)
    assert drawn(hands, "fc1") == pytest.approx(between, abs=1e-6)
    qtbot.waitUntil(lambda: not hands.canvas.glide.running, timeout=LONG)
    assert drawn(hands, "fc1") == planned(hands, "fc1")


def test_tidied_cards_glide_and_a_dropped_one_stays_where_it_was_dropped(hands: Hands, qtbot: QtBot) -> None:
    start = hands.on("fc1")
    end = start + QPoint(0, 200)
    hands.press(start)
    hands.move(start + QPoint(0, 100))
    hands.move(end)
    QApplication.processEvents()  # it is seen there
    hands.release(end)
    assert not hands.canvas.glide.running
    item = hands.canvas.scene.item("fc1")
    assert item is not None
    dropped = item.pos().y()
    QApplication.processEvents()
    hands.key(Key.Key_L, modifiers=CTRL)
    assert hands.canvas.glide.running
    assert item.pos().y() == dropped
    qtbot.waitUntil(lambda: not hands.canvas.glide.running, timeout=LONG)
    assert item.pos().y() == pytest.approx(dropped - 200 / hands.canvas.view.scale_now, abs=1)


def test_nothing_glides_when_motion_is_reduced(hands: Hands) -> None:
    hands.canvas.reduce_motion(True)
    hands.key(Key.Key_C)
    assert not hands.canvas.glide.running
    assert drawn(hands, "fc1") == planned(hands, "fc1")


def test_reducing_motion_ends_what_is_under_way(hands: Hands) -> None:
    hands.key(Key.Key_C)
    assert hands.canvas.glide.running
    hands.canvas.reduce_motion(True)
    assert drawn(hands, "fc1") == planned(hands, "fc1")


def test_with_more_than_sixty_cards_in_sight_they_stand_at_once(hands_on: MakeHands) -> None:
    hands = hands_on(chain(*[4] * 60))
    hands.canvas.reduce_motion(False)
    hands.editor.select("conv2")
    hands.key(Key.Key_C)
    assert not hands.canvas.glide.running
