"""The benchmark measures what it says: presets, counts, arithmetic of its columns, with PyTorch and without."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from resnet_sim.benchmark import versus
from resnet_sim.benchmark.alone import Request, machine, measure_alone, measure_here
from resnet_sim.benchmark.bursts import Effort, interleave, timing
from resnet_sim.benchmark.growth import BATCH_SIZES, DEPTHS, measure_growth
from resnet_sim.benchmark.live import LiveEffort, Steps, measure_live, share_of
from resnet_sim.benchmark.presets import presets
from resnet_sim.benchmark.report import Report, lines, rows_of
from resnet_sim.cli import main
from resnet_sim.engine.cost import multiply_adds
from resnet_sim.engine.training import TrainingRun
from resnet_sim.errors import RefusedError
from resnet_sim.network.parts import parts

QUICK = Effort(rounds=2, burst=0.001)
ON_CPU = Request(("W1",), growth=False, effort=QUICK, live=None, backend="numpy")
KEYS = [
    "preset",
    "depth",
    "batch",
    "threads",
    "backend",
    "ours_ms",
    "torch_ms",
    "torch_tuned_ms",
    "ratio",
    "ratio_tuned",
    "peak_share",
]


def test_the_presets_are_the_networks_they_are_called() -> None:
    found = [(each.name, each.depth, each.batch) for each in presets()]
    assert found == [
        *(("W1", 7, 10), ("W1", 7, 100)),
        *(("W2", 20, 32), ("W2", 20, 128), ("W2", 56, 32), ("W2", 56, 128)),
        *(("W3", 20, 128), ("W4", 20, 64), ("W5", 20, 64)),
    ]
    learned = {each.name: TrainingRun(each.experiment(), each.data()).parameters for each in presets(("W1", "W4"))}
    assert learned["W1"] == 2 * 8 + 8 + 5 * (64 + 8) + 8 * 2 + 2
    conv = 72 + 6 * 576 + (1152 + 5 * 2304) + (4608 + 5 * 9216) + 8 * 16 + 16 * 32  # filters, then both W_s
    norms = 2 * (7 * 8 + 7 * 16 + 7 * 32)
    assert learned["W4"] == conv + norms + 32 * 10 + 10


def test_multiply_adds_are_counted_exactly() -> None:
    w1 = presets(("W1",))[0]
    shape = w1.data().shape
    # Forward and dW of every layer; da of all but the first, whose input does not learn.
    by_hand = 10 * (2 * (2 * 8) + 3 * (5 * 64 + 8 * 2))
    assert multiply_adds(parts(w1.network, shape.input), shape, 10) == by_hand
    (w4,) = presets(("W4",))
    shape = w4.data().shape
    per_image = 2 * 64 * 72 + 3 * (64 * 6 * 576 + 16 * (1152 + 5 * 2304 + 128) + 4 * (4608 + 5 * 9216 + 512) + 320)
    assert multiply_adds(parts(w4.network, shape.input), shape, 64) == 64 * per_image


def test_contenders_take_turns() -> None:
    seen: list[str] = []
    found = interleave({name: lambda name=name: seen.append(name) for name in "ab"}, Effort(3, 1.0, 2))
    warm = [*"aaa", *"bbb"]
    assert seen == warm + 3 * [*"aaa", *"bbb"]
    assert {each.steps for each in found.values()} == {6}


def test_a_timing_is_median_and_quartiles() -> None:
    found = timing([0.005, 0.001, 0.002, 0.004, 0.003])
    assert (found.low, found.median, found.high) == (0.002, 0.003, 0.004)
    assert found.ms == 3.0


def test_rows_compare_with_torch() -> None:
    pytest.importorskip("torch")
    report = measure_here(ON_CPU)
    for row in rows_of(report):
        assert set(KEYS) <= set(row)
        assert row["ratio"] == pytest.approx(row["ours_ms"] / row["torch_ms"])
        assert row["ratio_tuned"] == pytest.approx(row["ours_ms"] / row["torch_tuned_ms"])
        assert row["peak_share"] == pytest.approx(row["gflops"] / row["peak_gflops"])
        assert row["steps_per_second"] == pytest.approx(1000 / row["ours_ms"])
        assert row["loss_difference"] < 1e-5
        assert row["backend"] == "numpy"


def test_without_torch_its_columns_are_empty_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resnet_sim.benchmark.torch_peer", None)
    report = measure_here(ON_CPU)
    for row in rows_of(report):
        assert [row[key] for key in ("torch_ms", "torch_tuned_ms", "ratio", "ratio_tuned")] == [None] * 4
        assert row["ours_ms"] > 0
    assert any("not installed" in line for line in lines(report, str))


def test_where_torch_is_faster_is_said() -> None:
    report = measure_here(ON_CPU)
    first, second = (replace(row, torch_ms=1.0, torch_tuned_ms=0.5, loss_difference=0.0) for row in report.rows)
    slower = replace(
        report, rows=(replace(first, ratio=0.9, ratio_tuned=1.8), replace(second, ratio=0.5, ratio_tuned=1))
    )
    said = "\n".join(lines(slower, str))
    assert "faster on W1 MLP, 6 layers of 8, batch 10: our step takes 0.90 of its time, 1.80 of tuned" in said
    assert "batch 100: our step" not in said
    assert "faster on none" in "\n".join(lines(replace(slower, rows=slower.rows[1:]), str))


def test_two_sides_that_do_not_compute_the_same_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(versus, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(RefusedError, match="do not compute the same"):
        versus.measure(presets(("W1",))[0], 1, QUICK)


def test_growth_measures_every_depth_and_batch() -> None:
    found = measure_growth(Effort(1, 0.0))
    assert [each.depth for each in found.deeper] == [*DEPTHS] == [8, 20, 56, 110]
    assert [each.batch for each in found.larger] == [*BATCH_SIZES]
    for each in (*found.deeper, *found.larger):
        assert each.us_per_layer * each.depth == pytest.approx(1000 * each.ms)
        assert each.us_per_example * each.batch == pytest.approx(1000 * each.ms)
    per_layer = [each.us_per_layer for each in found.deeper]
    assert found.flatness == max(per_layer) / min(per_layer)
    report = Report({"processor": "x"}, (), found)
    assert [(row["preset"], row["depth"]) for row in rows_of(report)][:4] == [("growth", depth) for depth in DEPTHS]
    assert any("time per layer" in line for line in lines(report, str))


def test_a_process_of_its_own_measures_with_one_thread_of_the_library() -> None:
    report = measure_alone(Request(("W1",), growth=False, effort=QUICK, live=None))
    assert [row.batch for row in report.rows] == [10, 100]
    assert "NumPy" in report.machine


def test_the_head_tells_when_numpy_is_held_to_other_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    assert "Haswell" not in machine().values()
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert "Haswell" in machine().values()


def test_the_verb_prints_a_list_or_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Request] = []

    def quick(request: Request) -> Report:
        asked.append(request)
        return measure_here(replace(request, effort=QUICK, live=LiveEffort(1, 0.02)))

    monkeypatch.setattr("resnet_sim.cli.benchmark.measure_alone", quick)
    assert main(["benchmark", "--preset", "W1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["batch"] for row in rows] == [10, 100]
    assert next(iter(rows[0])) == "preset"
    assert main(["benchmark", "--preset", "W1"]) == 0
    assert "steps/s" in (out := capsys.readouterr().out)
    assert "share of training time that all live views take" in out
    assert asked[0] == Request(("W1",), 1, False)


def test_a_measuring_process_that_fails_is_told() -> None:
    with pytest.raises(RefusedError, match="ended early"):
        measure_alone(Request(("W1",), threads=0, growth=False, effort=QUICK, live=None))


def test_the_cost_of_live_views_is_what_measured_steps_take_longer() -> None:
    plain = Steps(others=[0.010, 0.010, 0.030])
    viewed = Steps([0.014, 0.014], [0.011, 0.011], [0.010] * 6, elapsed=0.1)
    assert share_of(plain, viewed) == pytest.approx((2 * 0.004 + 2 * 0.001) / 0.1)


def test_live_views_are_measured_in_the_workers_own_loop() -> None:
    found = measure_live(presets(("W1",))[0], LiveEffort(turns=1, seconds=0.5))
    assert 0 < found.hz <= 30 + 1 / 0.5  # one may be due at once
    assert found.share < 1
