"""The activation strip: histograms below their layers, exact zeros apart, only changes painted, the same in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.strips.standing import Ruler, WatchedActivations, measured, of_colour, picture, record_of, residual, values_of

from resnet_sim.engine.messages import ArrayData
from resnet_sim.engine.snapshots import Sheet
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import mlp
from resnet_sim.ui.strips import activation_strip
from resnet_sim.ui.strips.activation_strip import LayerValues, zeros_text
from resnet_sim.ui.strips.strip import HEAD
from resnet_sim.ui.theme import DARK, LIGHT, Look


def strip_of(
    qtbot: QtBot, look: Look, network: Network, ruler: Ruler, values: dict[str, LayerValues] | None = None
) -> WatchedActivations:
    strip = WatchedActivations(look, ruler)
    ruler.setParent(strip)
    qtbot.addWidget(strip)
    strip.resize(1132, strip.tall)
    strip.show_network(network)
    strip.show_values(values if values is not None else values_of(network))
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


# --- values -----------------------------------------------------------------------------------------------------------


def test_exact_zeros_are_taken_out_of_the_bars() -> None:
    values = LayerValues((60, 10, 20, 10), 0.0, 4.0, 0.5)
    assert values.bars(4) == (0.5, 0.5, 1.0, 0.5)
    assert values.bars(2) == (20 / 30, 1.0)


def test_zeros_in_the_middle_of_the_range_are_taken_out_too() -> None:
    assert LayerValues((10, 0, 60, 10), -2.0, 2.0, 60 / 80).bars(4) == (1.0, 0.0, 0.0, 1.0)
    assert LayerValues((10, 60, 0, 10), -2.0, 2.0, 60 / 80).bars(4) == (1.0, 0.0, 0.0, 1.0)  # rounded to their left


@pytest.mark.parametrize(
    ("values", "bars", "text"),
    [
        (LayerValues((), 0.0, 0.0), (), ""),
        (LayerValues((0,) * 32, 0.0, 0.0, None), (), ""),
        (LayerValues((512,) + (0,) * 31, 0.0, 0.0, 1.0), (), "all zero"),
        (LayerValues((512,) + (0,) * 31, 3.0, 3.0, 0.0), (1.0,) + (0.0,) * 15, "0\u202f% zero"),
        (LayerValues((1,) * 32, 0.0, 1.0, 511 / 512), None, "99\u202f% zero"),
        (LayerValues((16,) * 32, 0.0, 1.0, 1 / 512), None, "< 1\u202f% zero"),
    ],
)
def test_odd_layers_have_bars_and_words(values: LayerValues, bars: tuple[float, ...] | None, text: str) -> None:
    if bars is not None:
        assert values.bars(16) == bars
    assert zeros_text(values) == text


def test_a_snapshot_says_what_the_layers_hold() -> None:
    network = residual()
    snapshot = Sheet().snapshot(measured(network))
    assert isinstance(next(iter(snapshot.histograms.values())), ArrayData)
    assert activation_strip.values_of(snapshot, record_of(network)) == values_of(network)


# --- painting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("pitch", [124.0, 101.7, 50.25, 19.5])
def test_every_histogram_stands_under_its_layer(qtbot: QtBot, look: Look, scale: float, pitch: float) -> None:
    network = residual()
    ruler = Ruler.under(network, pitch)
    strip = strip_of(qtbot, look, network, ruler)
    pixels = picture(strip, scale)
    base = round((strip.height() - (17 if pitch >= 60 else 8)) * scale)
    line = of_colour(pixels[base - 1 : base + 2], LIGHT.color("border"), 60).any(axis=0)
    for x in ruler.places.values():
        low, high = round((x - pitch / 2) * scale), round((x + pitch / 2) * scale)
        found = np.flatnonzero(line[low:high]) + low
        assert (found.min() + found.max()) / 2 == pytest.approx(x * scale - 0.5, abs=1.0 * scale)
        assert of_colour(pixels[:, low:high], LIGHT.color("act")).any()


def test_the_grey_bar_is_as_tall_as_the_share_of_zeros(qtbot: QtBot, look: Look) -> None:
    network = residual()
    ruler = Ruler.under(network, 124.0, 100.0)
    shares = {"fc1": 0.25, "fc2": 0.5, "fc3": 1.0}
    values = {id: LayerValues((512,) + (0,) * 31, 0.0, 1.0, share) for id, share in shares.items()}
    strip = strip_of(qtbot, look, network, ruler, values)
    plot = picture(strip)[46 : strip.height() - 17]
    grey = of_colour(plot, LIGHT.color("ink3"), 20)
    for id, share in shares.items():
        left = round(ruler.places[id]) - 27
        assert grey[:, left : left + 3].any(axis=1).sum() == pytest.approx(share * len(plot), abs=1.0)


def test_names_and_shares_are_written_at_full_pitch_only(qtbot: QtBot, look: Look) -> None:
    network = residual()
    for pitch, written in ((124.0, True), (50.0, False)):
        strip = strip_of(qtbot, look, network, Ruler.under(network, pitch))
        assert of_colour(picture(strip)[HEAD:], LIGHT.color("ink2"), 15).any() == written


def test_only_what_changed_is_painted(qtbot: QtBot, look: Look) -> None:
    network = residual(4)
    ruler = Ruler.under(network, 100.0)
    strip = strip_of(qtbot, look, network, ruler)
    qtbot.waitUntil(lambda: not strip.painted.isEmpty())
    QApplication.processEvents()
    strip.painted = strip.painted.subtracted(strip.painted)
    values = values_of(network)
    strip.show_values(values)
    QApplication.processEvents()
    assert strip.painted.isEmpty()
    strip.show_values(values | {"fc3": replace(values["fc3"], zeros=0.9)})
    qtbot.waitUntil(lambda: not strip.painted.isEmpty())
    area = strip.painted.boundingRect()
    assert area.left() < ruler.places["fc3"] < area.right()
    assert area.width() <= 130


def test_layers_without_values_stay_empty(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0), {})
    assert not of_colour(picture(strip)[HEAD:], LIGHT.color("act")).any()
    assert strip.tip(strip.places.layers[0]) == ""
    assert set(strip.table().rows[0][2:]) == {"–"}


def test_other_layers_come_with_another_network(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0))
    assert [row[:2] for row in strip.table().rows] == [(str(i), f"fc{i}") for i in range(1, 7)]
    strip.show_network(mlp(0))
    assert [row[1] for row in strip.table().rows] == ["fc1", "fc2"]


def test_the_numbers_are_in_words(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0))
    row = dict(zip(strip.table().columns, strip.table().rows[2], strict=True))
    series = measured(network).series
    assert float(row["std"]) == pytest.approx(series["activation_std/fc3"], rel=1e-5)
    assert float(row["share of zeros"]) == pytest.approx(series["activation_zeros/fc3"], rel=1e-5)
    assert row["largest"] in strip.tip(strip.places.layers[2])
    assert strip.accessibleName() == "Activations per layer"
    assert strip.height() == 108


def test_it_follows_the_theme(qtbot: QtBot, look: Look) -> None:
    network = residual()
    strip = strip_of(qtbot, look, network, Ruler.under(network, 124.0))
    light = picture(strip)
    look.use(DARK)
    dark = picture(strip)
    look.use(LIGHT)
    assert light[104, 5].min() > 200 > 80 > dark[104, 5].max()
    assert np.array_equal(picture(strip), light)
