"""The record of a run stays bounded and can be cut back to a kept step."""

from __future__ import annotations

import pytest

from resnet_sim.state.record import LIMIT, Record, Series


def test_a_series_never_holds_more_than_its_limit_and_keeps_its_ends() -> None:
    series = Series()
    for step in range(5 * LIMIT):
        series.add(step, float(step))
        assert len(series.steps) <= LIMIT
    assert series.steps[0] == 0
    assert series.steps[-1] == 5 * LIMIT - 1
    assert series.steps == sorted(series.steps)
    assert series.values == [float(step) for step in series.steps]


def test_a_record_that_was_left_can_be_thinned() -> None:
    record = Record()
    for step in range(1000):
        record.add(step, {"loss": float(step)})
    record.add(5, {"dev_loss": 1.0})
    record.thin(100)
    steps = record.series["loss"].steps
    assert len(steps) <= 100
    assert (steps[0], steps[-1]) == (0, 999)
    assert record.series["loss"].values == [float(step) for step in steps]
    assert record.series["dev_loss"].steps == [5]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 99, 100, 101, 198, 199, 200, 1000])
def test_a_thinned_copy_leaves_the_record_as_it_was(n: int) -> None:
    record = Record()
    for step in range(n):
        record.add(step, {"loss": float(step)})
    record.note(3, "l2", 0.01)
    found = record.thinned(100)
    if n:
        copy, whole = found.series["loss"], record.series["loss"]
        assert whole.steps == list(range(n))
        assert min(n, 50) <= len(copy.steps) <= 100
        assert (copy.steps[0], copy.steps[-1]) == (0, n - 1)
        assert copy.values == [float(step) for step in copy.steps]
        assert copy.steps is not whole.steps
    assert found.events == record.events
    assert found.events is not record.events


def test_no_more_events_are_kept_than_points() -> None:
    record = Record()
    for step in range(LIMIT + 10):
        record.note(step, "l2", 0.01 * step)
    assert len(record.events) == LIMIT
    assert record.events[-1].step == LIMIT + 9


def test_going_back_forgets_what_came_after() -> None:
    record = Record()
    for step in range(10):
        record.add(step, {"loss": 1.0 / (step + 1), "dev_loss": None})
        record.note(step, "l2", 0.01 * step)
    record.cut(4)
    assert record.series["loss"].steps == [0, 1, 2, 3, 4]
    assert [event.step for event in record.events] == [0, 1, 2, 3, 4]
    assert record.last("loss") == 0.2
    assert record.last("dev_loss") is None
    assert record.last("nothing") is None
