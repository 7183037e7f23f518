"""Every plot that is found draws an empty, a short, a full and an undefined record."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Epochs, Plot, PlotLayer, Shown
from resnet_sim.ui.plots.registry import plot_kinds
from resnet_sim.ui.theme import DARK, LIGHT, Look

TWENTY = Epochs(((0, 0.0, 20),))
QUANTITIES = ("activation_std", "activation_gradient_norm")


def layers(count: int) -> tuple[PlotLayer, ...]:
    return tuple(PlotLayer(f"conv{i}", i) for i in range(1, count + 1))


def filled(steps: int, shown_layers: tuple[PlotLayer, ...], value: float | None = None) -> Record:
    """A record as a run leaves it; `value` everywhere if given."""
    record = Record()
    for step in range(steps):
        here = {"loss": 2.0 * math.exp(-step / 400) + 0.1 * (step % 3)}
        for k, layer in enumerate(shown_layers):
            here[f"weight_norm/{layer.id}/W"] = 2.0 + 0.1 * k - step / 5000
            for quantity in QUANTITIES:
                here[f"{quantity}/{layer.id}"] = 10.0 ** -(k + 1)
        if step % 50 == 0:
            here |= {"train_loss": 1.0, "dev_loss": 1.2, "train_accuracy": 0.9, "dev_accuracy": 0.85}
        record.add(step, {name: value if value is not None else each for name, each in here.items()})
    record.note(30, "l2", 0.01)
    return record


def undefined(shown_layers: tuple[PlotLayer, ...]) -> Record:
    record = filled(3, shown_layers)
    for each in record.series.values():
        each.values = [None] * len(each.values)
    return record


RECORDS = {
    "empty": lambda shown: Record(),
    "one step": lambda shown: filled(1, shown),
    "short": lambda shown: filled(3, shown),
    "long": lambda shown: filled(3000, shown),
    "undefined": undefined,
    "nan": lambda shown: filled(5, shown, math.nan),
    "infinite": lambda shown: filled(5, shown, math.inf),
    "huge": lambda shown: filled(5, shown, 1e300),
    "zero": lambda shown: filled(5, shown, 0.0),
    "negative": lambda shown: filled(5, shown, -1.0),
}


def test_plots_are_found() -> None:
    assert {"cost", "activations", "gradients", "weight_norm"} <= {kind.name for kind in plot_kinds()}


@pytest.mark.parametrize("kind", plot_kinds(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("count", [0, 1, 5, 56])
def test_a_plot_draws_any_record(qtbot: QtBot, look: Look, kind: type[Plot], name: str, count: int) -> None:
    if count == 56 and name == "long":
        count = 12
    plot = kind(look)
    qtbot.addWidget(plot)
    plot.resize(370, 380)
    shown_layers = layers(count)
    selected = shown_layers[-1].id if shown_layers else ""
    plot.draw(Shown(RECORDS[name](shown_layers), shown_layers, selected, TWENTY))
    assert not plot.grab().isNull()


@pytest.mark.parametrize("kind", [kind for kind in plot_kinds() if kind.over_time], ids=lambda kind: kind.name)
@pytest.mark.parametrize("width", [300, 1600])
def test_no_line_has_more_than_400_points(qtbot: QtBot, look: Look, kind: type[Plot], width: int) -> None:
    plot = kind(look)
    qtbot.addWidget(plot)
    plot.resize(width, 380)
    plot.show()
    qtbot.waitExposed(plot)
    steps = list(range(9_999))
    names = ["loss", "l2_term", "dev_loss", *(f"{name}/fc1" for name in ("weight_norm", "identity_distance"))]
    record = Record({name + "/W" * ("norm" in name): Series(steps, [1.0 + s % 7 for s in steps]) for name in names})
    shown = Shown(record, (PlotLayer("fc1", 1),), "", TWENTY)
    plot.show_record(replace(shown, before=shown))
    drawn = [item.getData()[0] for item, *_style in plot.chart._styled]
    counts = [len(x) for x in drawn if x is not None]
    assert max(counts) > 30
    assert max(counts) <= 400


@pytest.mark.parametrize("kind", plot_kinds(), ids=lambda kind: kind.name)
def test_a_plot_follows_the_theme(qtbot: QtBot, look: Look, kind: type[Plot]) -> None:
    plot = kind(look)
    qtbot.addWidget(plot)
    plot.resize(370, 380)
    plot.draw(Shown(filled(30, layers(4)), layers(4), "conv1", TWENTY))
    light = plot.grab().toImage()
    look.use(DARK)
    dark = plot.grab().toImage()
    look.use(LIGHT)
    assert light.pixelColor(200, 4).lightness() > 200 > 80 > dark.pixelColor(200, 4).lightness()
    assert plot.grab().toImage() == light


@pytest.mark.parametrize("kind", plot_kinds(), ids=lambda kind: kind.name)
def test_a_plot_that_went_back_shows_no_old_points(qtbot: QtBot, look: Look, kind: type[Plot]) -> None:
    plot = kind(look)
    qtbot.addWidget(plot)
    plot.resize(370, 380)
    record = filled(400, layers(3))
    plot.draw(Shown(record, layers(3), "", TWENTY))
    record.cut(100)
    plot.forget()
    plot.draw(Shown(record, layers(3), "", TWENTY))
    fresh = kind(look)
    qtbot.addWidget(fresh)
    fresh.resize(370, 380)
    fresh.draw(Shown(record, layers(3), "", TWENTY))
    assert plot.grab().toImage() == fresh.grab().toImage()
