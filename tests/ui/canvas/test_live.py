"""The canvas of a run: lanes and shares appear with their values only, and everything can still be edited."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage
from ui.canvas.hands import MIDDLE, Hands, assert_mirrored, two_blocks

from resnet_sim.network.graph import Connection, Network
from resnet_sim.ui.canvas.cards import CardItem, Live, bar_share
from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.live import (
    BAR_DECADES,
    BAR_STEPS,
    Bars,
    EdgeLive,
    LiveNumbers,
    SkipLive,
    bars_of,
    edge_words,
    lane,
    number_text,
    pill_text,
    skip_words,
)
from resnet_sim.ui.canvas.shapes import Detail, EdgeShape, SkipShape
from resnet_sim.ui.canvas.skips import SkipItem
from resnet_sim.ui.theme import DARK, LIGHT, Look

MakeHands = Callable[..., Hands]
RUNS = Connection("relu1", "conv2")


def numbers_of(network: Network, forward: float = 0.41, back: float | None = 0.049) -> LiveNumbers:
    """The same numbers everywhere."""
    edges = {each: EdgeLive(forward, back, "a", "da") for each in network.connections}
    return LiveNumbers(edges, {skip.id: SkipLive(0.64, 0.36, 0.5) for skip in network.skips})


def edge_item(hands: Hands, connection: Connection) -> EdgeItem:
    item = hands.canvas.scene.item(connection)
    assert isinstance(item, EdgeItem)
    return item


def skip_item(hands: Hands, id: str) -> SkipItem:
    item = hands.canvas.scene.item(id)
    assert isinstance(item, SkipItem)
    return item


def shown_edges(hands: Hands) -> list[EdgeShape]:
    return [shape for shape in hands.canvas.scene.plan.shapes.values() if isinstance(shape, EdgeShape)]


def shot(hands: Hands) -> QImage:
    return hands.canvas.grab().toImage()


def colours(image: QImage, hands: Hands, box: QRectF) -> set[str]:
    """The colours of a rectangle of the scene."""
    a, b = hands.at(box.left(), box.top()), hands.at(box.right(), box.bottom())
    return {image.pixelColor(x, y).name() for x in range(a.x(), b.x()) for y in range(a.y(), b.y())}


def around(shape: EdgeShape) -> QRectF:
    return QRectF(shape.begin + 6, shape.y0 - 26, shape.x1 - shape.begin - 10, 52)


# --- numbers as they are written --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.41, ".41"),
        (0.4, ".40"),
        (0.049, ".049"),
        (0.0042, ".004"),
        (0.00094, "9e-4"),
        (4e-7, "4e-7"),
        (0.9999, "1.00"),
        (1.311, "1.31"),
        (24.31, "24.3"),
        (212.0, "212"),
        (1234.0, "1e3"),
        (3.2e12, "3e12"),
    ],
)
def test_numbers_have_at_most_four_signs(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_lane_is_as_wide_as_its_number_is_large() -> None:
    widths = [found.width for v in (1e-9, 1e-4, 1e-3, 0.1, 1.0, 1e6) if (found := lane(v, False)) is not None]
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == (0.8, 4.0)
    assert [lane(v, True).dotted for v in (0.0, 9e-6, 2e-5)] == [True, True, False]  # type: ignore[union-attr]
    assert not lane(1e-7, False).dotted  # type: ignore[union-attr]
    assert lane(None, True) is None
    assert lane(float("nan"), True) is None


def test_the_share_is_of_the_sum_of_both_norms() -> None:
    assert pill_text(SkipLive(0.64, 0.36, 0.5))[:2] == ("64 %", "")
    assert pill_text(SkipLive(0.64, 0.36, -0.31))[:2] == ("64 %", "\u2212.31")
    assert pill_text(SkipLive(0.64, None, -0.31))[:2] == ("", "")
    assert pill_text(SkipLive(0.0, 0.0, None)).share == ""
    assert pill_text(SkipLive()).lane is None
    assert "do not add up" in skip_words(SkipLive(0.64, 0.36, -0.31))
    assert skip_words(SkipLive()) == ""
    assert edge_words(EdgeLive(0.41, None, "the a", "the da")) == "Blue: the a = 0.41"


# --- on the canvas ----------------------------------------------------------------------------------------------------


def test_lanes_appear_with_their_values_and_sizes_come_back_without(hands: Hands) -> None:
    before = shot(hands)
    hands.canvas.show_numbers(numbers_of(hands.network))
    live = shot(hands)
    for shape in shown_edges(hands):
        assert edge_item(hands, shape.connection).lanes is not None
        if shape.y0 == shape.y1:
            found = colours(live, hands, around(shape))
            assert {LIGHT.act.lower(), LIGHT.grad.lower()} <= found, shape.connection
    hands.canvas.show_numbers(None)
    assert shot(hands) == before


def test_a_connection_without_values_has_neither_lanes_nor_a_size(hands: Hands) -> None:
    hands.canvas.show_numbers(LiveNumbers({RUNS: EdgeLive(0.41)}))
    image = shot(hands)
    for shape in shown_edges(hands):
        found = colours(image, hands, around(shape))
        assert (LIGHT.act.lower() in found) is (shape.connection == RUNS)
        assert LIGHT.grad.lower() not in found
        above = QRectF(shape.begin + 6, shape.y0 - 24, shape.x1 - shape.begin - 12, 14)
        if shape.connection != RUNS and shape.begin == shape.x0:
            assert LIGHT.ink2.lower() not in colours(image, hands, above)


def test_numbers_hide_when_they_would_be_small_and_lanes_stay(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    for zoom in (0.75, 0.5, 0.2):
        hands.canvas.view.set_zoom(zoom)
        assert shot(hands) is not None
        assert_mirrored(hands.canvas)
        assert all(edge_item(hands, shape.connection).lanes is not None for shape in shown_edges(hands))
    assert hands.canvas.scene.detail is Detail.TINY


def test_only_what_looks_different_is_painted(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    painted: list[object] = []
    for kind in (EdgeItem, SkipItem, CardItem):
        monkeypatch.setattr(kind, "update", lambda item, *rect: painted.append(item))
    hands.canvas.show_numbers(numbers_of(hands.network, 0.4101, 0.04902))
    assert not painted
    changed = numbers_of(hands.network)
    changed.edges[RUNS] = EdgeLive(0.43, 0.049)
    hands.canvas.show_numbers(changed)
    assert painted == [edge_item(hands, RUNS)]


def test_pills_say_how_the_gradient_divides(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    for id in ("skip1", "skip2"):
        shape = hands.canvas.scene.plan.shapes[id]
        assert isinstance(shape, SkipShape)
        assert r"\grad{da^{[" in shape.ink.tex
        said = skip_item(hands, id).said
        assert said is not None
        assert said.share == "64 %"
    assert r"\skip{W_s}" in hands.canvas.scene.writing.pills["skip2"].gradient
    image = shot(hands)
    shape = hands.canvas.scene.plan.shapes["skip1"]
    assert isinstance(shape, SkipShape)
    under = QRectF(shape.x0 + 5, shape.top + 6, shape.x1 - shape.x0 - 10, 40)
    assert LIGHT.grad.lower() in colours(image, hands, under)


def test_a_pill_is_as_wide_whatever_it_says(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    box = hands.canvas.scene.plan.box("skip1")
    for values in (SkipLive(1.0, 0.0, 0.0), SkipLive(0.01, 0.99, -1.0), SkipLive()):
        hands.canvas.show_numbers(LiveNumbers({RUNS: EdgeLive(1.0)}, {"skip1": values}))
        assert shot(hands) is not None
        assert hands.canvas.scene.plan.box("skip1") == box


def test_a_skip_path_that_is_off_says_so_and_has_no_gradient(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    hands.click(hands.on("skip1", right=0.3, down=0.5), MIDDLE)
    assert not hands.network.skip("skip1").enabled
    shape = hands.canvas.scene.plan.shapes["skip1"]
    assert isinstance(shape, SkipShape)
    assert "off" in shape.ink.tex
    under = QRectF(shape.x0 + 5, shape.top + 6, shape.x1 - shape.x0 - 10, 40)
    assert LIGHT.grad.lower() not in colours(shot(hands), hands, under)


def test_the_theme_changes_lanes_too(hands: Hands, look: Look) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    look.use(DARK)
    shape = next(each for each in shown_edges(hands) if each.connection == RUNS)
    assert {DARK.act.lower(), DARK.grad.lower()} <= colours(shot(hands), hands, around(shape))
    look.use(LIGHT)


def test_the_live_canvas_is_edited_like_any_other(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    start = hands.on("fc1")
    with hands.one_step():
        hands.drag(start, start + (hands.on("fc1", down=1.4) - start))
    with hands.one_step():
        assert hands.drop("batch_norm", hands.edge("relu1", "conv2"))
    new = [edge for edge in hands.network.connections if edge.source == "relu1"]
    assert edge_item(hands, new[0]).lanes == (None, None)
    with hands.one_step():
        hands.click(hands.on("conv5"))
        hands.key(Qt.Key.Key_Delete)
    assert_mirrored(hands.canvas)


def test_tool_tips_say_which_quantity_it_is(hands: Hands) -> None:
    hands.canvas.show_numbers(numbers_of(hands.network))
    viewport = hands.canvas.view.viewport()
    hands.move(hands.edge("relu1", "conv2"), Qt.MouseButton.NoButton)
    assert "Blue: a = 0.41" in viewport.toolTip()
    hands.move(hands.on("skip1", right=0.3, down=0.5), Qt.MouseButton.NoButton)
    assert "‖skip part‖ / (‖skip part‖ + ‖main part‖)" in viewport.toolTip()
    hands.canvas.show_numbers(None)
    hands.move(hands.edge("relu1", "conv2"), Qt.MouseButton.NoButton)
    assert viewport.toolTip() == ""


def test_a_dead_layer_is_a_big_zero(hands: Hands) -> None:
    picture = QImage(26, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor(LIGHT.act))
    box = hands.canvas.scene.plan.box("conv1")
    assert box is not None
    middle = QRectF(box.x + 10, box.y + 50, box.w - 20, 54)
    hands.canvas.show_live({"conv1": Live(picture, 1.3, 1.8, dead=True)})
    found = colours(shot(hands), hands, middle)
    assert LIGHT.act_text.lower() in found
    assert LIGHT.act.lower() not in found
    hands.canvas.show_live({})


def test_what_diverged_is_red_until_it_is_mended(hands: Hands) -> None:
    before = shot(hands)
    for part in ("conv1", "relu2", "add1", "skip2", "skip2/batch_norm"):
        hands.canvas.show_diverged(part)
        image = shot(hands)
        box = hands.canvas.scene.plan.box(part.split("/")[0])
        assert box is not None
        assert LIGHT.err.lower() in colours(image, hands, QRectF(*box.grown(4)))
        hands.canvas.show_diverged(None)
        assert shot(hands) == before
    hands.canvas.show_diverged("not there")
    assert shot(hands) == before


@pytest.mark.parametrize("width", [700, 1100])
def test_shares_fit_short_arcs(hands_on: MakeHands, width: int) -> None:
    hands = hands_on(two_blocks(), width=width)
    hands.canvas.show_numbers(numbers_of(hands.network))
    assert shot(hands) is not None
    assert_mirrored(hands.canvas)


# --- the smallest level -----------------------------------------------------------------------------------------------


def test_the_smallest_cards_show_what_runs_above_the_axis_and_what_comes_back_below_it(hands: Hands) -> None:
    hands.canvas.view.set_zoom(0.3)
    assert hands.canvas.scene.detail is Detail.TINY
    layers = {"conv1": EdgeLive(2.0, 1e-1), "conv2": EdgeLive(1.0, 1e-3), "conv3": EdgeLive(0.0, None)}
    bars = bars_of(layers)
    assert bars["conv1"].forward == BAR_STEPS
    assert bars["conv2"].forward == BAR_STEPS // 2
    assert bars["conv2"].back == math.ceil(BAR_STEPS * (1 - 2 / BAR_DECADES))
    assert bars["conv3"][:2] == (0, 0)
    hands.canvas.show_live({id: Live(bars=each) for id, each in bars.items()})
    image = shot(hands)
    for id, each in bars.items():
        box = hands.canvas.scene.plan.box(id)
        assert box is not None
        above = colours(image, hands, QRectF(box.x + 2, box.y, box.w - 4, box.h / 2 - 1))
        below = colours(image, hands, QRectF(box.x + 2, box.axis + 1, box.w - 4, box.h / 2 - 1))
        assert (LIGHT.act.lower() in above) is (each.forward > 0), id
        assert (LIGHT.grad.lower() in below) is (each.back > 0), id
        assert LIGHT.grad.lower() not in above
        assert LIGHT.act.lower() not in below
    hands.move(hands.on("conv1"), Qt.MouseButton.NoButton)
    assert "Orange bar: logarithmic, from 1e-6 to 1e-1" in hands.canvas.view.viewport().toolTip()


def test_bars_of_equal_height_are_not_painted_again(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    hands.canvas.view.set_zoom(0.3)
    hands.canvas.show_live({"conv1": Live(norm=1.0, bars=Bars(10, 20, "before"))})
    painted: list[object] = []
    monkeypatch.setattr(CardItem, "update", lambda item, *rect: painted.append(item))
    hands.canvas.show_live({"conv1": Live(norm=2.0, bars=Bars(10, 20, "after"))})
    assert not painted
    hands.canvas.show_live({"conv1": Live(norm=2.0, bars=Bars(11, 20, "after"))})
    assert painted == [hands.canvas.scene.item("conv1")]


def test_the_bar_of_a_w_that_started_at_0_is_a_share_of_its_largest() -> None:
    assert bar_share(Live(norm=1.2, start=0.0, most=2.4)) == 0.5
    assert bar_share(Live(norm=0.0, start=0.0, most=0.0)) == 0.0
    assert bar_share(Live(norm=0.9, start=1.8, most=5.0)) == pytest.approx(1 / 3)
    assert bar_share(Live(norm=9.0, start=1.8)) == 1.0
