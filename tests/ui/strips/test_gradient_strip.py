"""The gradient strip: marks exactly below their layers, undefined values, only changes painted, the same in words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot
from ui.strips.standing import Ruler, WatchedGradients, ink, of_colour, picture, record_of, residual

from resnet_sim.network.graph import Network
from resnet_sim.network.templates import mlp
from resnet_sim.state.record import Record
from resnet_sim.ui.strips.gradient_strip import UNDEFINED, GradientStrip, decades
from resnet_sim.ui.strips.strip import HEAD
from resnet_sim.ui.theme import DARK, LIGHT, Look


def strip_of(
    qtbot: QtBot, look: Look, network: Network, ruler: Ruler, record: Record | None = None
) -> WatchedGradients:
    strip = WatchedGradients(look, ruler)
    ruler.setParent(strip)
    qtbot.addWidget(strip)
    strip.resize(1132, strip.tall)
    strip.show_network(network)
    strip.show_record(record if record is not None else record_of(network))
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(("pitch", "first"), [(124.0, 90.3), (101.7, 61.8), (50.25, 300.5), (30.1, 77.7)])
def test_every_mark_stands_under_its_layer(qtbot: QtBot, look: Look, scale: float, pitch: float, first: float) -> None:
    """The line from dot to dot has the colour of the dots, so these are found by their dotted lines down."""
    network = residual()
    ruler = Ruler.under(network, pitch, first)
    strip = strip_of(qtbot, look, network, ruler)
    pixels = picture(strip, scale)[round(HEAD * scale) :]
    sources = {block.under for block in strip.places.blocks}
    for layer in strip.places.layers:
        x = ruler.places[layer.id]
        low, high = round((x - 10) * scale), round((x + 10) * scale)
        for token in ("grad", "skip", "plain") if layer.id in sources else ("grad",):
            found = ink(pixels[:, low:high], token)
            found = found[-round(25 * scale) :] if token == "grad" else found[: -round(8 * scale)]
            assert found.sum() > 2 * scale, (layer, token)
            middle = found.sum(axis=0) @ np.arange(low, high) / found.sum()
            assert middle == pytest.approx(x * scale - 0.5, abs=2.0 * scale), (layer, token)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_total_stands_at_the_height_of_its_value(qtbot: QtBot, look: Look, scale: float) -> None:
    network = mlp(2, residual=False)
    ruler = Ruler.under(network, 124.0)
    record = Record()
    values = [10.0**-k for k in range(len(ruler.places))]
    record.add(0, {f"activation_gradient_norm/{id}": v for id, v in zip(ruler.places, values, strict=True)})
    strip = strip_of(qtbot, look, network, ruler, record)
    orange = of_colour(picture(strip, scale), LIGHT.color("grad"))
    for id, value in zip(ruler.places, values, strict=True):
        x = ruler.places[id] * scale
        column = orange[:, round(x - 1.5 * scale) : round(x + 1.5 * scale)].all(axis=1)
        rows = np.flatnonzero(column)
        assert rows.mean() == pytest.approx(strip.y_of(value) * scale - 0.5, abs=1.5 * scale)
    heights = [strip.y_of(value) for value in values]
    assert np.allclose(np.diff(heights), heights[1] - heights[0])  # every power of ten is as tall


def test_when_the_canvas_moves_the_strip_follows(qtbot: QtBot, look: Look) -> None:
    network = residual()
    ruler = Ruler.under(network, 124.0)
    strip = strip_of(qtbot, look, network, ruler)
    before = picture(strip)
    ruler.places = {id: x + 37 for id, x in ruler.places.items()}
    ruler.mapped.emit()
    qtbot.waitUntil(lambda: strip.painted.boundingRect().width() == strip.width())
    after = picture(strip)
    assert np.array_equal(before[HEAD:, 70:700], after[HEAD:, 107:737])


def test_deep_networks_have_every_third_mark_and_the_whole_line(qtbot: QtBot, look: Look) -> None:
    network = mlp(27)
    strip = strip_of(qtbot, look, network, Ruler.under(network, 12.0))
    crowded = picture(strip)[HEAD:]
    drops = ink(crowded, "grad")[-5:].max(axis=0) > 0
    assert np.sum(np.diff(drops.astype(int)) == 1) == -(-len(strip.places.layers) // 3)
    assert ink(crowded, "grad")[:, 100:700].max(axis=0).all()


@pytest.mark.parametrize("value", [None, 0.0, 1e-31, float("nan")])
def test_what_is_undefined_says_so_and_breaks_the_line(qtbot: QtBot, look: Look, value: float | None) -> None:
    network = mlp(2, residual=False)
    ruler = Ruler.under(network, 124.0)
    layers = list(ruler.places)
    record = Record()
    record.add(
        0, {f"activation_gradient_norm/{id}": 0.1 for id in layers} | {f"activation_gradient_norm/{layers[2]}": value}
    )
    strip = strip_of(qtbot, look, network, ruler, record)
    assert strip.table().rows[2][2] == UNDEFINED
    assert UNDEFINED in strip.tip(strip.places.layers[2])
    orange = of_colour(picture(strip)[HEAD:], LIGHT.color("grad"), 90).any(axis=0)
    x = round(ruler.places[layers[2]])
    assert not orange[x - 60 : x + 60].any()
    assert orange[x + 130]
    strip.select(layers[2])
    assert not np.array_equal(picture(strip)[HEAD:, x - 60 : x + 60], picture(strip)[HEAD:, x + 64 : x + 184])


@pytest.mark.parametrize("record", [Record(), Record(series={})], ids=["empty", "nothing measured"])
def test_nothing_measured_is_nothing_drawn(qtbot: QtBot, look: Look, record: Record) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0), record)
    assert not of_colour(picture(strip)[HEAD:], LIGHT.color("grad")).any()
    assert {row[2] for row in strip.table().rows} == {UNDEFINED}


def test_a_strip_without_a_network_or_an_axis_draws_its_heading(qtbot: QtBot, look: Look) -> None:
    strip = GradientStrip(look)
    qtbot.addWidget(strip)
    strip.show_record(Record())
    assert not strip.grab().isNull()
    assert strip.table().rows == ()


def test_the_numbers_are_those_of_the_record(qtbot: QtBot, look: Look) -> None:
    network = residual()
    record = record_of(network)
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0), record)
    table = strip.table()
    assert len(table.rows) == 6
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert float(first["total"]) == pytest.approx(record.last("activation_gradient_norm/fc1"), rel=1e-5)
    assert float(first["through the layers"]) == pytest.approx(record.last("main_gradient_norm/block1"), rel=1e-5)
    assert float(first["through the skip"]) == pytest.approx(record.last("skip_gradient_norm/block1"), rel=1e-5)
    assert table.rows[1][3:] == ("", "")
    for number in (first["total"], first["through the layers"], first["through the skip"]):
        assert number in strip.tip(strip.places.layers[0])


def test_selection_and_hover_show_numbers(qtbot: QtBot, look: Look) -> None:
    network = residual()
    ruler = Ruler.under(network, 124.0)
    strip = strip_of(qtbot, look, network, ruler)
    plain = picture(strip)
    strip.select("fc3")
    chosen = picture(strip)
    differ = np.flatnonzero((plain != chosen).any(axis=(0, 2)))
    assert ruler.places["fc3"] - 60 < differ.min() < differ.max() < ruler.places["fc3"] + 60
    strip.select("")
    assert np.array_equal(picture(strip), plain)
    QTest.mouseMove(strip, QPoint(round(ruler.places["fc2"]) + 5, 80))
    qtbot.waitUntil(lambda: strip.hovered == "fc2")
    assert not np.array_equal(picture(strip), plain)
    QApplication.sendEvent(strip, QEvent(QEvent.Type.Leave))
    assert np.array_equal(picture(strip), plain)


def test_a_click_chooses_the_layer(qtbot: QtBot, look: Look) -> None:
    network = residual()
    ruler = Ruler.under(network, 124.0)
    strip = strip_of(qtbot, look, network, ruler)
    with qtbot.waitSignal(strip.chosen) as heard:
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(ruler.places["fc4"]) - 20, 90))
    assert heard.args == ["fc4"]


def test_the_tool_tip_has_the_exact_numbers(qtbot: QtBot, look: Look) -> None:
    network = residual()
    ruler = Ruler.under(network, 124.0)
    strip = strip_of(qtbot, look, network, ruler)
    at = QPoint(round(ruler.places["fc1"]), 80)
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    assert strip.table().rows[0][2] in QToolTip.text()
    QToolTip.hideText()


def test_only_what_changed_is_painted(qtbot: QtBot, look: Look) -> None:
    network = residual(8)
    record = record_of(network)
    ruler = Ruler.under(network, 50.0)
    strip = strip_of(qtbot, look, network, ruler, record)
    qtbot.waitUntil(lambda: not strip.painted.isEmpty())
    QApplication.processEvents()
    strip.painted = strip.painted.subtracted(strip.painted)
    strip.show_record(record)
    QApplication.processEvents()
    assert strip.painted.isEmpty()
    last = record.last("activation_gradient_norm/fc5")
    assert last is not None
    record.add(4, {"activation_gradient_norm/fc5": 0.6 * last})
    strip.show_record(record)
    qtbot.waitUntil(lambda: not strip.painted.isEmpty())
    area = strip.painted.boundingRect()
    assert area.left() < ruler.places["fc4"] < ruler.places["fc6"] < area.right()
    assert area.width() < 4 * 50


def test_it_follows_the_theme(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0))
    light = picture(strip)
    look.use(DARK)
    dark = picture(strip)
    look.use(LIGHT)
    assert light[130, 5].min() > 200 > 80 > dark[130, 5].max()
    assert of_colour(dark, DARK.color("grad")).any()
    assert np.array_equal(picture(strip), light)


def test_it_can_be_read_aloud(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0))
    assert strip.accessibleName() == "Gradient norm per layer, log scale"
    assert strip.accessibleDescription()
    assert strip.height() == 136


def test_the_range_of_the_axis_rests() -> None:
    first = decades([-0.3, -1.0], (-3.0, 0.0))
    assert first[0] <= -1.0 < -0.3 <= first[1]
    assert decades([-0.35, -1.05], first) == first
    wide = decades([-0.3, -9.0], first)
    assert wide[0] < -9
    assert decades([-0.3, -1.0], wide) != wide  # far too wide now
    assert decades([], first) == first
