"""A network of many cards: only what is in sight has items, and from afar one item draws all of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from ui.canvas.conftest import MakeHands
from ui.canvas.hands import Hands

from resnet_sim.network.experiment import Position
from resnet_sim.network.templates import mlp
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.shapes import CardShape, Detail
from resnet_sim.ui.theme import LIGHT

DEEP = mlp(400, 4)


@pytest.fixture
def deep(hands_on: MakeHands) -> Hands:
    """Hands on 800 layers, all of them in sight."""
    return hands_on(DEEP)


def colours(hands: Hands, at: QPoint, reach: int = 9) -> set[str]:
    """The colours of the column at a point of the viewport."""
    picture = hands.viewport.grab().toImage()
    return {picture.pixelColor(at + QPoint(0, dy)).name() for dy in range(-reach, reach + 1)}


def axis(hands: Hands, id: str) -> QPoint:
    return hands.on(id, 0.0, 0.5) + QPoint(1, 0)


def test_from_afar_every_card_is_drawn_though_none_is_an_item(deep: Hands) -> None:
    assert deep.canvas.scene.detail is Detail.TINY
    assert not deep.canvas.scene.keys
    empty = QColor(LIGHT.canvas).name()
    for id in ("input", "fc1", "fc200", "fc500", "fc799"):
        assert colours(deep, axis(deep, id)) - {empty}
    beside = axis(deep, "input") - QPoint(12, 0)
    assert QColor(LIGHT.border).name() in colours(deep, axis(deep, "fc333"))
    assert QColor(LIGHT.border).name() not in colours(deep, beside)


def test_from_afar_what_is_selected_stands_out(deep: Hands) -> None:
    ink = QColor(LIGHT.ink).name()
    at = axis(deep, "fc300")
    assert ink not in colours(deep, at)
    deep.editor.select("fc300")
    assert ink in colours(deep, at)
    deep.editor.select("fc500")
    assert ink not in colours(deep, at)
    assert ink in colours(deep, axis(deep, "fc500"))


def test_from_afar_a_moved_card_is_drawn_where_it_is(deep: Hands) -> None:
    scene = deep.canvas.scene
    x, y = scene.planned(Detail.FULL).arranged["fc300"]
    fill = QColor(LIGHT.border).name()
    for down in (400.0, 900.0, 650.0):
        scene.drag([Position("fc300", x, y + down)])
        assert fill in colours(deep, axis(deep, "fc300"), 2)
        assert axis(deep, "fc300").y() > axis(deep, "fc299").y() + 20
    at = axis(deep, "fc300")
    scene.drag(())
    assert fill not in colours(deep, at, 2)


def test_near_only_what_is_in_sight_or_beside_it_has_items(deep: Hands) -> None:
    canvas = deep.canvas
    canvas.view.set_zoom(1.0)
    for _step in range(5):
        seen = canvas.view.seen()
        cards = [shape for shape in canvas.scene.plan.shapes.values() if isinstance(shape, CardShape)]
        inside = [card.id for card in cards if card.box.meets(seen)]
        assert inside
        assert all(isinstance(canvas.scene.item(id), CardItem) for id in inside)
        assert len(canvas.scene.keys) < 400
        canvas.view.pan(-900, 0)
    canvas.fit()
    assert not canvas.scene.keys


def test_the_middle_of_the_window_finds_the_network_at_100_percent(deep: Hands) -> None:
    deep.canvas.view.set_zoom(1.0)
    bounds, seen = deep.canvas.scene.plan.bounds, deep.canvas.view.seen()
    assert bounds.meets(seen)
