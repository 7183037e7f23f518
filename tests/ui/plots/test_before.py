"""The run before the last reset: pale lines behind the present ones, in its own time, drawn once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.state.record import Record
from resnet_sim.ui.plots.base import Epochs, Plot, PlotLayer, Shown
from resnet_sim.ui.plots.cost import CostPlot
from resnet_sim.ui.plots.identity_distance import IdentityDistancePlot
from resnet_sim.ui.plots.weight_norm import WeightNormPlot
from resnet_sim.ui.theme import Look

TWENTY, TEN = Epochs(((0, 0.0, 20),)), Epochs(((0, 0.0, 10),))
LAYERS = tuple(PlotLayer(f"fc{k}", k) for k in (1, 2, 3))
KINDS = (CostPlot, WeightNormPlot, IdentityDistancePlot)


def recorded(steps: int, value: float, layers: tuple[PlotLayer, ...] = LAYERS) -> Record:
    record = Record()
    for step in range(steps):
        here: dict[str, float | None] = {"loss": value, "identity_distance/block1": value}
        here |= {f"weight_norm/{layer.id}/W": value for layer in layers}
        if step % 20 == 0:
            here["dev_loss"] = value
        record.add(step, here)
    return record


def shown(steps: int = 40, before: int = 200, value: float = 3.0) -> Shown:
    past = Shown(recorded(before, value), LAYERS, "", TEN)
    return Shown(recorded(steps, 1.0), LAYERS, "", TWENTY, before=past)


def pale(plot: Plot) -> np.ndarray:
    """(points, 2): what is drawn of the run before."""
    found = plot._before[0] if isinstance(plot, CostPlot) else plot._before  # type: ignore[attr-defined]
    x, y = found._curve.getData()
    return np.stack([x, y], axis=1)[np.isfinite(y)]


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def plot(request: pytest.FixtureRequest, qtbot: QtBot, look: Look) -> Plot:
    made: Plot = request.param(look)
    qtbot.addWidget(made)
    made.resize(370, 274)
    return made


def test_it_is_drawn_in_its_own_time_and_fits_in(plot: Plot) -> None:
    plot.show_record(shown())
    points = pale(plot)
    assert points[:, 1] == pytest.approx(3.0)
    assert points[:, 0].max() == pytest.approx(19.9), "199 steps, ten an epoch"
    (_x0, x1), (_y0, y1) = plot.chart.box.viewRange()
    assert x1 >= 19.9
    assert y1 > 3.0


def test_it_goes_when_there_is_none(plot: Plot) -> None:
    plot.show_record(shown())
    plot.show_record(replace(shown(), before=None))
    assert len(pale(plot)) == 0
    (_x0, x1), (_y0, y1) = plot.chart.box.viewRange()
    assert x1 < 4
    assert y1 < 3


def test_it_is_drawn_once_however_long_the_present_run_grows(plot: Plot, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shown()
    plot.show_record(first)
    before = plot._before[0] if isinstance(plot, CostPlot) else plot._before  # type: ignore[attr-defined]
    monkeypatch.setattr(before._curve, "setData", lambda *_args, **_named: pytest.fail("drawn again"))
    first.record.add(40, {"loss": 0.5, "weight_norm/fc1/W": 0.5, "identity_distance/block1": 0.5})
    assert first.before is not None
    plot.show_record(replace(first, before=replace(first.before)))


def test_another_run_before_takes_its_place(plot: Plot) -> None:
    plot.show_record(shown())
    plot.show_record(shown(value=2.0))
    assert pale(plot)[:, 1] == pytest.approx(2.0)


def test_a_run_before_that_measured_nothing_draws_nothing(plot: Plot) -> None:
    plot.show_record(replace(shown(), before=Shown(Record(), LAYERS, "", TEN)))
    assert len(pale(plot)) == 0


def test_of_many_layers_only_the_named_ones_stay(qtbot: QtBot, look: Look) -> None:
    many = tuple(PlotLayer(f"fc{k}", k) for k in range(1, 57))
    plot = WeightNormPlot(look)
    qtbot.addWidget(plot)
    past = Shown(recorded(20, 3.0, many), many, "", TEN)
    plot.show_record(Shown(recorded(20, 1.0, many), many, "fc7", TEN, before=past))
    assert len(pale(plot)) == 3 * 20


def test_its_colour_lies_between_that_of_the_line_and_the_card(qtbot: QtBot, look: Look) -> None:
    plot = WeightNormPlot(look)
    qtbot.addWidget(plot)
    color = plot._before._curve.opts["pen"].color()
    line, card = look.theme.color("wt"), look.theme.color("card")
    assert line.green() < color.green() < card.green()
    assert color.alpha() == 255
