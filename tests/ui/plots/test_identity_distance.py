"""The plot of the distance from identity: one line per block, what 0 means, batch norm said."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.skips import set_enabled
from resnet_sim.network.templates import mlp, widening
from resnet_sim.network.training import Training
from resnet_sim.state.record import Record
from resnet_sim.ui.plots.base import Epochs, Shown
from resnet_sim.ui.plots.identity_distance import (
    COPIES,
    ONLY_SHORTCUT,
    WITH_NORM,
    IdentityDistancePlot,
    plot_blocks,
)
from resnet_sim.ui.plots.registry import plot_kinds
from resnet_sim.ui.theme import DARK, LIGHT, Look

TWENTY = Epochs(((0, 0.0, 20),))
Draw = Callable[..., IdentityDistancePlot]


def record_of(count: int, steps: int = 60, value: float | None = None) -> Record:
    record = Record()
    for step in range(steps):
        record.add(
            step,
            {
                f"identity_distance/block{k}": 0.1 * k * math.exp(-step / 40) if value is None else value
                for k in range(1, count + 1)
            },
        )
    return record


@pytest.fixture
def draw(qtbot: QtBot, look: Look) -> Draw:
    def make(record: Record, network: Network | None = None, selected: str = "") -> IdentityDistancePlot:
        plot = IdentityDistancePlot(look)
        qtbot.addWidget(plot)
        plot.resize(377, 280)
        if network is not None:
            plot.show_blocks(plot_blocks(network))
        plot.draw(Shown(record, (), selected, TWENTY))
        assert not plot.grab().isNull()
        return plot

    return make


def labels(plot: IdentityDistancePlot) -> list[tuple[str, bool]]:
    return [(each.text, each.strong) for each in plot.chart.ends.labels]


def test_it_is_found() -> None:
    assert IdentityDistancePlot in plot_kinds()


@pytest.mark.parametrize("count", [0, 1, 5, 27])
@pytest.mark.parametrize("value", [None, 0.0, math.nan, math.inf, 1e300, -1.0])
@pytest.mark.parametrize("steps", [1, 3, 400])
def test_it_draws_any_record(draw: Draw, count: int, steps: int, value: float | None) -> None:
    plot = draw(record_of(count, steps, value))
    drawn = [] if count == 0 or (value is not None and not math.isfinite(value)) else list(range(1, count + 1))
    named = drawn if count <= 9 else [drawn[0], drawn[-1]] if drawn else []
    assert [text for text, _ in labels(plot)] == [f"block {k}" for k in named]


def test_undefined_points_are_gaps(draw: Draw) -> None:
    record = record_of(1, 10)
    record.series["identity_distance/block1"].values[4] = None
    plot = draw(record)
    y = plot._few[0].getData()[1]
    assert np.isnan(y[4])
    assert np.isfinite(np.delete(y, 4)).all()


def test_the_lines_are_what_a_run_measured(draw: Draw) -> None:
    network = mlp(2, second_scale=0.5)
    reference = DataReference("digits-600")
    run = TrainingRun(Experiment(network, reference, Training(l2=0.1)), data_set(reference).load())
    record = Record()
    for step in range(40):
        found = run.step(Probe()).measured
        assert found is not None
        record.add(step, found.series)
    plot = draw(record, network)
    for item, block in zip(plot._few, ("block1", "block2"), strict=False):
        values = record.series[f"identity_distance/{block}"].values
        assert item.getData()[1].tolist() == pytest.approx(values)
    assert labels(plot) == [("block 1", False), ("block 2", False)]


@pytest.mark.parametrize("count", [3, 12])
def test_selecting_a_layer_marks_its_block(draw: Draw, count: int) -> None:
    network = mlp(count)
    plot = draw(record_of(count), network, selected=network.blocks[1].nodes[0])
    assert ("block 2", True) in labels(plot)
    assert sum(strong for _, strong in labels(plot)) == 1


@pytest.mark.parametrize(
    ("network", "lines"),
    [
        (mlp(2), (COPIES,)),
        (mlp(2, batch_norm=True), (WITH_NORM, COPIES)),
        (mlp(2, residual=False), (COPIES,)),
        (widening(0, (32, 48)), (ONLY_SHORTCUT,)),
        (widening(1, (32, 48)), (ONLY_SHORTCUT,)),
        (widening(0, (32, 48), shortcut="zero_pad"), (ONLY_SHORTCUT,)),
        (mlp(0), ()),
    ],
    ids=["identity", "batch norm", "plain", "W_s", "both", "zero padding", "no block"],
)
def test_what_zero_means_is_said(draw: Draw, network: Network, lines: tuple[str, ...]) -> None:
    plot = draw(record_of(len(network.blocks)), network)
    assert plot._zero._lines == lines


def test_without_anything_measured_nothing_is_said(draw: Draw) -> None:
    assert draw(Record(), mlp(2))._zero._lines == ()


def test_blocks_know_what_they_are() -> None:
    blocks = plot_blocks(widening(1, (32, 48)))
    assert [(each.number, each.copies, each.plain) for each in blocks] == [
        (1, True, False),
        (2, False, False),
        (3, True, False),
    ]
    network = mlp(1)
    off = set_enabled(network, network.skips[0].id, False)
    assert plot_blocks(off)[0].copies
    assert plot_blocks(mlp(1, residual=False))[0].plain


def test_the_words_stand_behind_the_curves_and_follow_the_theme(draw: Draw, look: Look) -> None:
    plot = draw(record_of(2), mlp(2, batch_norm=True))
    light = plot.grab().toImage()
    look.use(DARK)
    assert plot.grab().toImage() != light
    look.use(LIGHT)
    assert plot.grab().toImage() == light
    assert plot._zero.zValue() < 0
