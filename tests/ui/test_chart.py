"""Ticks, ends of axes, labels that make room for each other, and points that stand for many."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Epochs
from resnet_sim.ui.plots.by_layer import value_text
from resnet_sim.ui.plots.chart import nice_top, number_text
from resnet_sim.ui.plots.labels import apart
from resnet_sim.ui.plots.thinning import Mirror, columns, sampled, smoothed


def series(values: list[float | None]) -> Series:
    return Series(list(range(len(values))), values)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.5, ".5"), (2, "2"), (2.5, "2.5"), (0.0001, "1e-4"), (-0.5, "-.5"), (1e6, "1e6"), (2e4, "2e4")],
)
def test_ticks_are_short(value: float, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.41, ".41"), (1.34, "1.3"), (4e-7, "4e-7"), (123.4, "123"), (0, "0")])
def test_values_have_at_most_three_digits(value: float, text: str) -> None:
    assert value_text(value) == text


@given(st.floats(1e-12, 1e25))
def test_the_end_of_an_axis_lies_just_above_the_value(value: float) -> None:
    assert value * (1 - 1e-9) <= nice_top(value) <= 2 * value


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_an_axis_always_has_an_end(value: float) -> None:
    assert nice_top(value) == 1.0


@given(st.lists(st.floats(-50, 450), max_size=20).map(sorted))
def test_labels_never_cover_each_other_and_stay_inside(wanted: list[float]) -> None:
    placed = apart(wanted, 14, 400)
    assert len(placed) == len(wanted)
    assert all(b - a >= 14 - 1e-6 for a, b in pairwise(placed))
    assert all(7 - 1e-6 <= y <= 393 + 1e-6 for y in placed)


def test_labels_with_room_stay_where_they_belong() -> None:
    assert apart([20.0, 100.0, 300.0], 14, 400) == [20.0, 100.0, 300.0]
    assert apart([100.0, 100.0], 14, 400) == [93.0, 107.0]


@pytest.mark.parametrize("count", [0, 1, 2, 39, 40, 81, 1000, 4097])
def test_a_sampled_series_keeps_its_ends(count: int) -> None:
    x, y = sampled(series([float(i) for i in range(count)]), 40)
    assert len(x) == len(y) <= 81
    if count:
        assert (x[0], x[-1]) == (0, count - 1)


def test_columns_keep_every_spike() -> None:
    y = np.zeros(10_000)
    y[[3, 5000, 9998]] = 7.0, -7.0, 9.0
    x, thin = columns(np.arange(10_000.0), y, 150)
    assert len(x) == len(thin) < 700
    assert {7.0, -7.0, 9.0} <= set(thin)


def test_smoothing_leaves_out_what_is_undefined() -> None:
    y = np.array([1.0, np.nan, 1.0, 1.0, np.nan, np.nan, np.nan, 1.0])
    assert np.nanmax(np.abs(smoothed(y, 3) - 1.0)) == 0.0


def test_a_mirror_follows_a_series_that_is_thinned_cut_and_grown() -> None:
    mirror, growing = Mirror(), Series()
    for step in range(12_000):
        growing.add(step, float(step))
        if step % 997 == 0:
            assert np.array_equal(mirror.follow(growing)[0], growing.steps)
    growing.cut(500)
    assert np.array_equal(mirror.follow(growing)[1], growing.values)


def test_epochs_follow_a_batch_size_that_changes() -> None:
    record = Record()
    record.note(0, "batch_size", 10)
    record.note(20, "batch_size", 50)
    epochs = Epochs.of(record, 100, 50)
    assert [epochs.at(step) for step in (0, 10, 20, 22)] == [0.0, 1.0, 2.0, 3.0]
    assert np.array_equal(epochs.of_steps(np.array([0.0, 10, 20, 22])), [0, 1, 2, 3])
