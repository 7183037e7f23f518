"""Zoom, levels of detail, drops from the palette, themes, minimap, and that it is fast."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from ui.canvas.hands import CTRL, NONE, Hands, assert_mirrored, two_blocks

from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import BLOCK_KINDS, Network
from resnet_sim.network.templates import empty, mlp
from resnet_sim.ui.canvas.cards import CardItem, Live
from resnet_sim.ui.canvas.shapes import Detail
from resnet_sim.ui.canvas.view import level_for
from resnet_sim.ui.theme import DARK, LIGHT, Look

MakeHands = Callable[..., Hands]
PALETTE = sorted(name for name, kind in layer_kinds().items() if kind.in_palette)


def test_each_zoom_has_its_level() -> None:
    assert [level_for(zoom) for zoom in (2.0, 0.9, 0.75, 0.5, 0.1)] == [
        Detail.FULL,
        Detail.FULL,
        Detail.SLIM,
        Detail.MID,
        Detail.TINY,
    ]


def test_the_wheel_changes_the_level_and_keeps_what_is_under_the_mouse(hands: Hands) -> None:
    at = hands.on("conv4")
    seen = set()
    for steps in (-3, -3, -3, -3, 4, 4, 4):
        hands.wheel(at, steps)
        seen.add(hands.canvas.scene.detail)
        box = hands.canvas.scene.plan.box("conv4")
        assert box is not None
        x, y = hands.canvas.view._to_scene(QPointF(at))
        slack = 3 / hands.canvas.view.scale_now
        assert box.holds(x, y, slack)
        assert_mirrored(hands.canvas)
    assert len(seen) >= 3


def test_a_switch_of_level_keeps_the_distance_of_cards_on_screen(hands: Hands) -> None:
    view = hands.canvas.view
    for zoom in (0.845, 0.835, 0.71, 0.69, 0.35, 0.33):
        view.set_zoom(zoom)
        assert view.zoom == pytest.approx(zoom)
        scale_limits = {Detail.FULL: (0.8, 3.1), Detail.SLIM: (0.8, 1.01), Detail.MID: (0.8, 1.9)}
        if hands.canvas.scene.detail in scale_limits:
            low, high = scale_limits[hands.canvas.scene.detail]
            assert low <= view.scale_now <= high


def test_zooming_by_keys_and_fitting(hands: Hands) -> None:
    view = hands.canvas.view
    before = view.zoom
    hands.key(Qt.Key.Key_Plus, modifiers=CTRL)
    assert view.zoom == pytest.approx(before * 1.25)
    assert hands.canvas.toolbar.zoom.text() == f"{view.zoom * 100:.0f} %"
    hands.key(Qt.Key.Key_Minus, Qt.Key.Key_Minus, modifiers=CTRL)
    assert view.zoom == pytest.approx(before / 1.25)
    hands.key(Qt.Key.Key_0, modifiers=CTRL)
    assert view.zoom == pytest.approx(before)
    hands.key(Qt.Key.Key_Right, modifiers=CTRL)
    hands.canvas.toolbar.fit.click()
    assert view.zoom == pytest.approx(before)


@pytest.mark.parametrize(
    ("network", "detail"), [(two_blocks(), Detail.FULL), (mlp(8), Detail.MID), (mlp(27), Detail.TINY)]
)
def test_fitting_chooses_the_level_and_shows_everything(hands_on: MakeHands, network: Network, detail: Detail) -> None:
    hands = hands_on(network, 1400)
    assert hands.canvas.scene.detail is detail
    seen, bounds = hands.canvas.view.seen(), hands.canvas.scene.plan.bounds
    assert seen.x <= bounds.x + 1
    assert seen.right >= bounds.right - 1
    assert seen.y <= bounds.y
    assert seen.bottom >= bounds.bottom


def test_the_minimap_appears_when_not_all_is_in_sight_and_leads_there(hands: Hands, qtbot: object) -> None:
    from PySide6.QtTest import QTest

    minimap = hands.canvas.minimap
    assert not minimap.isVisible()
    hands.canvas.view.set_zoom(2.0)
    assert minimap.isVisible()
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, NONE, QPoint(minimap.width() - 12, minimap.height() // 2))
    box, seen = hands.canvas.scene.plan.box("output"), hands.canvas.view.seen()
    assert box is not None
    assert seen.holds(box.middle, box.axis)


def test_what_is_added_beyond_the_edge_is_brought_into_sight(hands: Hands) -> None:
    hands.canvas.view.set_zoom(1.5)
    hands.key(Qt.Key.Key_End, Qt.Key.Key_Left)
    for _ in range(3):
        hands.key(Qt.Key.Key_F)
        box, seen = hands.canvas.scene.plan.box(hands.canvas.editor.current), hands.canvas.view.seen()
        assert box is not None
        assert seen.holds(box.x, box.y)
        assert seen.holds(box.right, box.bottom)


def test_a_selected_card_stays_in_sight_when_a_fix_moves_it(hands: Hands) -> None:
    hands.key(Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Delete)
    hands.canvas.view.set_zoom(2.0)
    hands.key(Qt.Key.Key_End)
    before = hands.canvas.editor.current
    hands.key(Qt.Key.Key_F8)
    box, seen = hands.canvas.scene.plan.box(before), hands.canvas.view.seen()
    assert hands.canvas.editor.current == before
    assert box is not None
    assert seen.holds(box.right, box.bottom)


def test_a_selected_card_is_brought_into_sight(hands: Hands) -> None:
    hands.canvas.view.set_zoom(2.5)
    hands.key(Qt.Key.Key_End)
    box, seen = hands.canvas.scene.plan.box("output"), hands.canvas.view.seen()
    assert box is not None
    assert seen.holds(box.x, box.y)
    assert seen.holds(box.right, box.bottom)


# --- drops ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in PALETTE if name not in ("softmax", "regression")])
def test_every_layer_of_the_palette_can_be_dropped_on_a_connection(hands: Hands, name: str) -> None:
    with hands.one_step():
        assert hands.drop(name, hands.edge("pool1", "fc1"))
    (added,) = hands.network.outgoing["pool1"]
    assert hands.network.by_id[added].layer.kind == name
    assert hands.network.main_input["fc1"] == added
    assert hands.editor.selection == (added,)


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_every_block_of_the_palette_can_be_dropped_on_a_connection(hands: Hands, kind: str) -> None:
    with hands.one_step():
        assert hands.drop(f"block:{kind}", hands.edge("pool1", "fc1"))
    block = hands.network.blocks[-1]
    assert block.kind == kind
    assert hands.network.main_input[block.nodes[0]] == "pool1"
    assert hands.editor.report.ok


def test_a_block_dropped_where_a_skip_begins_goes_before_the_whole_block(hands: Hands) -> None:
    with hands.one_step():
        assert hands.drop("block:residual", hands.edge("relu1", "conv2"))
    new = hands.network.blocks[-1]
    assert hands.network.skip("skip1").source == new.nodes[-1]
    assert hands.network.skips[-1].source == "relu1"


@pytest.mark.parametrize("name", [*PALETTE, *(f"block:{kind}" for kind in BLOCK_KINDS)])
def test_everything_can_be_dropped_on_empty_canvas(hands_on: MakeHands, name: str) -> None:
    hands = hands_on(Network() if name in ("softmax", "regression") else empty())
    with hands.one_step():
        assert hands.drop(name, QPoint(300, 700))
    assert_mirrored(hands.canvas)


def test_a_second_output_is_refused_and_said(hands: Hands) -> None:
    said: list[str] = []
    hands.canvas.says.connect(said.append)
    assert not hands.drop("softmax", hands.edge("pool1", "fc1"))
    assert any("output" in each for each in said)


@pytest.mark.parametrize(("name", "mime"), [("nonsense", None), ("block:x", None), ("conv2d", "text/plain")])
def test_what_is_no_layer_is_not_taken(hands: Hands, name: str, mime: str | None) -> None:
    before = hands.editor.experiment
    assert not (hands.drop(name, QPoint(300, 700), mime) if mime else hands.drop(name, QPoint(300, 700)))
    assert hands.editor.experiment == before


# --- looks ------------------------------------------------------------------------------------------------------------


def shot(hands: Hands) -> QImage:
    return hands.canvas.grab().toImage()


def test_the_theme_changes_at_once(hands: Hands, look: Look) -> None:
    light = shot(hands)
    assert light.pixelColor(5, hands.canvas.height() - 5) == QColor(LIGHT.canvas)
    look.use(DARK)
    dark = shot(hands)
    assert dark.pixelColor(5, hands.canvas.height() - 5) == QColor(DARK.canvas)
    at = hands.on("conv1", right=0.5, down=0.3)
    assert dark.pixelColor(at) == QColor(DARK.card)
    look.use(LIGHT)
    assert shot(hands) == light


def test_a_card_shows_live_values_when_they_come_and_its_symbol_again(hands: Hands) -> None:
    before = shot(hands)
    picture = QImage(26, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor(LIGHT.act))
    hands.canvas.show_live({"conv1": Live(picture, 1.31, 1.8)})
    item = hands.canvas.scene.item("conv1")
    assert isinstance(item, CardItem)
    assert shot(hands).pixelColor(hands.on("conv1", down=0.5)) == QColor(LIGHT.act)
    hands.canvas.show_live({})
    assert shot(hands) == before


def test_another_document_is_shown_whole(hands: Hands) -> None:
    from ui.canvas.hands import DIGITS

    from resnet_sim.network.document import Document
    from resnet_sim.network.experiment import DataReference, Experiment

    hands.editor.show(Document(Experiment(mlp(3), DataReference("digits"))), DIGITS)
    assert_mirrored(hands.canvas)
    hands.editor.show(Document(Experiment(Network(), DataReference("digits"))), None)
    assert_mirrored(hands.canvas)


def test_two_hundred_cards_are_shown_and_dragged_quickly(hands_on: MakeHands) -> None:
    began = perf_counter()
    hands = hands_on(mlp(98))
    assert perf_counter() - began < 3.0  # a wide margin for slow machines; some 0.4 s here
    hands.canvas.view.set_zoom(1.0)
    start = hands.at(*_middle_card(hands))
    hands.press(start)
    times = []
    for k in range(30):
        before = perf_counter()
        hands.move(start + QPoint(3 * k, k))
        hands.canvas.view.viewport().repaint()
        times.append(perf_counter() - before)
    hands.release(start + QPoint(90, 30))
    assert sorted(times)[len(times) // 2] < 0.1


def _middle_card(hands: Hands) -> tuple[float, float]:
    seen = hands.canvas.view.seen()
    boxes = [hands.canvas.scene.plan.box(node.id) for node in hands.network.nodes if node.layer.weighted]
    near = min((box for box in boxes if box), key=lambda each: abs(each.middle - seen.middle))
    return near.middle, near.axis + near.h * 0.2


@pytest.mark.parametrize("high", [240, 420, 700])
def test_the_minimap_covers_nothing_of_a_network_that_is_all_in_sight(hands_on: MakeHands, high: int) -> None:
    hands = hands_on(mlp(9, batch_norm=True), 1100)
    hands.canvas.resize(1100, high)
    hands.canvas.fit()
    bounds, minimap = hands.canvas.scene.plan.bounds, hands.canvas.minimap
    corner = hands.at(bounds.right, bounds.bottom)
    assert not minimap.isVisible() or not minimap.geometry().contains(corner)
