"""The benchmark on the GPU's stand-in: it runs there, says so, and compares with PyTorch on the same device only."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from resnet_sim.benchmark import alone, growth, peak
from resnet_sim.benchmark.alone import Request, measure_here
from resnet_sim.benchmark.bursts import Effort, Queued, interleave
from resnet_sim.benchmark.report import Report, lines, rows_of
from resnet_sim.cli import main
from resnet_sim.engine import devices

QUICK = Effort(rounds=2, burst=0.001)
ON_GPU = Request(("W1",), growth=False, effort=QUICK, backend="cupy")


@pytest.fixture(autouse=True)
def a_card(cupy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (devices, alone):
        monkeypatch.setattr(module, "look_for_gpu", lambda: devices.Device("Fake GPU"))
    monkeypatch.setattr(peak, "GPU_SIDE", 32)


@pytest.fixture
def without_gpu_for_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch_peer = pytest.importorskip("resnet_sim.benchmark.torch_peer", reason="the peer is PyTorch")
    monkeypatch.setattr(torch_peer, "use_gpu", lambda: False)


def test_every_row_says_that_it_ran_on_the_gpu(without_gpu_for_torch: None) -> None:
    report = measure_here(ON_GPU)
    rows = json.loads(json.dumps(rows_of(report), allow_nan=False))
    assert [row["backend"] for row in rows] == ["cupy", "cupy"]
    for row in rows:
        assert row["ours_ms"] > 0
        assert row["peak_share"] == pytest.approx(row["gflops"] / row["peak_gflops"])
        for key in ("torch_ms", "torch_tuned_ms", "ratio", "ratio_tuned", "loss_difference", "live_share"):
            assert row[key] is None
    assert report.machine["GPU"] == "Fake GPU"
    said = "\n".join(lines(report, str))
    assert "PyTorch sees no GPU here" in said
    assert "The GPU multiplies large matrices at" in said
    assert "One thread" not in said


def test_torch_computes_on_the_same_gpu_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's side stays on the CPU here, but is asked to be on the GPU, and is timed as what is there is."""
    torch_peer = pytest.importorskip("resnet_sim.benchmark.torch_peer", reason="the peer is PyTorch")
    real, asked, waits = torch_peer.TorchPeer, [], []

    def peer(*arguments: Any, device: str, **more: Any) -> Any:
        asked.append(device)
        return real(*arguments, **more)

    monkeypatch.setattr(torch_peer, "use_gpu", lambda: True)
    monkeypatch.setattr(torch_peer, "TorchPeer", peer)
    monkeypatch.setattr(real, "settle", lambda self: waits.append(self))
    report = measure_here(ON_GPU)
    assert asked == 4 * ["cuda"]
    assert waits
    for row in report.rows:
        assert row.torch_ms is not None
        assert row.loss_difference is not None
        assert row.ratio == pytest.approx(row.ours_ms / row.torch_ms)
        assert row.loss_difference < 1e-5
    assert "without TensorFloat-32" in "\n".join(lines(report, str))


@pytest.mark.parametrize("faster", ["numpy", "cupy"])
def test_auto_measures_the_faster_one(
    faster: str, monkeypatch: pytest.MonkeyPatch, without_gpu_for_torch: None
) -> None:
    speeds = {"numpy": 50.0, "cupy": 50.0, faster: 60.0}
    monkeypatch.setattr(devices, "steps_per_second", lambda experiment, data, make: speeds[make("float32").name])
    report = measure_here(replace(ON_GPU, backend="auto", live=None))
    assert {row.backend for row in report.rows} == {faster}


def test_growth_runs_on_the_gpu_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "DEPTHS", (4, 6))
    monkeypatch.setattr(growth, "BATCH_SIZES", (4,))
    found = growth.measure_growth(Effort(1, 0.0), None, "cupy")
    assert found.backend == "cupy"
    assert [row["backend"] for row in rows_of(Report({}, (), found))] == 3 * ["cupy"]


def test_steps_that_queue_are_timed_until_they_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step takes 1 s to queue; whoever waits, waits 3 s for each. The clock is the test's own."""
    now, waiting = [0.0], [0]

    def step() -> None:
        now[0] += 1
        waiting[0] += 1

    def settle() -> None:
        now[0] += 3 * waiting[0]
        waiting[0] = 0

    monkeypatch.setattr("resnet_sim.benchmark.bursts.time.perf_counter", lambda: now[0])
    found = interleave({"queued": Queued(step, settle)}, Effort(2, 20.0, 100))["queued"]
    assert (found.low, found.median, found.high) == (4.0, 4.0, 4.0)
    assert found.steps == 2 * 5


def test_the_verb_asks_for_the_backend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_gpu_for_torch: None
) -> None:
    def here(request: Request) -> Report:
        return measure_here(replace(request, effort=QUICK))

    monkeypatch.setattr("resnet_sim.cli.benchmark.measure_alone", here)
    assert main(["benchmark", "--preset", "W1", "--backend", "cupy", "--json"]) == 0
    assert {row["backend"] for row in json.loads(capsys.readouterr().out)} == {"cupy"}
