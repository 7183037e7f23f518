"""What the benchmark says: a table, where PyTorch is faster, and how time grows; and the same as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from resnet_sim.benchmark.growth import Growth, Size
from resnet_sim.benchmark.versus import OURS, Row
from resnet_sim.errors import sentence

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Report:
    """rows: one per preset and batch size. growth: None where it was not asked for. machine: what it ran on."""

    machine: dict[str, str]
    rows: tuple[Row, ...]
    growth: Growth | None


def rows_of(report: Report) -> list[dict[str, Any]]:
    """The JSON: one object per measured network; those of the growth are called “growth” and have no peer."""
    found = [asdict(row) for row in report.rows]
    if report.growth is not None:
        number = report.rows[0].threads if report.rows else 1
        for size in (*report.growth.deeper, *report.growth.larger):
            found.append(
                {
                    "preset": "growth",
                    "depth": size.depth,
                    "batch": size.batch,
                    "threads": number,
                    "backend": report.growth.backend,
                    "ours_ms": size.ms,
                    "torch_ms": None,
                    "torch_tuned_ms": None,
                    "ratio": None,
                    "ratio_tuned": None,
                    "peak_share": None,
                    "us_per_layer": size.us_per_layer,
                }
            )
    return found


def lines(report: Report, said: Translate) -> Iterator[str]:
    """The report for people."""
    yield ", ".join(f"{name} {value}" for name, value in report.machine.items())
    if report.rows:
        yield from _table(report.rows, said)
        yield from _where_torch_is_faster(report, said)
    if report.growth is not None:
        yield ""
        yield from _growth(report.growth, said)


def _table(rows: Sequence[Row], said: Translate) -> Iterator[str]:
    yield said(
        "Milliseconds per step, median (quartiles); ratio = ours / PyTorch; tuned = channels last, fused update."
    )
    width = max(len(row.about) for row in rows)
    yield (
        f"{'':<4}{'':<{width}} {'batch':>5} {'ours':>24} {'torch':>9} {'tuned':>9} {'ratio':>6} {'tuned':>6}"
        f" {'steps/s':>8} {'GF/s':>6} {'of peak':>8} {'live':>7} {'on':>6}"
    )
    for row in rows:
        low, high = row.spread[OURS]
        ours = f"{_ms(row.ours_ms)} ({_ms(low)}-{_ms(high)})"
        yield (
            f"{row.preset:<4}{row.about:<{width}} {row.batch:>5} {ours:>24} {_ms(row.torch_ms):>9}"
            f" {_ms(row.torch_tuned_ms):>9} {_ratio(row.ratio):>6} {_ratio(row.ratio_tuned):>6}"
            f" {row.steps_per_second:>8.4g} {row.gflops:>6.3g} {100 * row.peak_share:>6.1f} %"
            f" {_share(row.live_share):>7} {row.backend:>6}"
        )
    for backend, each in (("numpy", sentence("One thread")), ("cupy", sentence("The GPU"))):
        if found := [row for row in rows if row.backend == backend]:
            template = "{multiplier} multiplies large matrices at {peak:.0f} GF/s."
            yield sentence(template, multiplier=each, peak=_typical_peak(found)).render(said)
    if any(row.live_share is not None for row in rows):
        yield said("live: share of training time that all live views take, at most 30 snapshots a second.")


def _typical_peak(rows: Sequence[Row]) -> float:
    peaks = sorted(row.peak_gflops / (row.threads if row.backend == "numpy" else 1) for row in rows)
    return peaks[len(peaks) // 2]


def _where_torch_is_faster(report: Report, said: Translate) -> Iterator[str]:
    rows = [row for row in report.rows if row.ratio is not None]
    empty = [row for row in report.rows if row.ratio is None]
    if empty and "PyTorch" in report.machine and all(row.backend == "cupy" for row in empty):
        yield said("PyTorch sees no GPU here, so its columns are empty where ours computes on one.")
    elif empty:
        yield said("PyTorch is not installed here, so its columns are empty.")
    if not rows:
        return
    if any(row.backend == "cupy" for row in rows):
        yield said(
            "On the GPU both sides compute in whole float32, without TensorFloat-32, and nobody waits for a loss."
        )
    slower = [row for row in rows if (row.ratio or 0) > 1 or (row.ratio_tuned or 0) > 1]
    if not slower:
        yield said("PyTorch is faster on none of these.")
    for row in slower:
        yield sentence(
            "PyTorch is faster on {preset}, batch {batch}: our step takes {ratio} of its time, {tuned} of tuned.",
            preset=f"{row.preset} {row.about}",
            batch=row.batch,
            ratio=_ratio(row.ratio),
            tuned=_ratio(row.ratio_tuned),
        ).render(said)
    differences = [row.loss_difference for row in rows if row.loss_difference is not None]
    yield sentence(
        "Both sides started from the same weights; their first losses differ by at most {difference:.0e}, relative.",
        difference=max(differences),
    ).render(said)


def _growth(growth: Growth, said: Translate) -> Iterator[str]:
    yield said("Time as depth grows")
    yield from _sizes(growth.deeper)
    yield sentence(
        "The dearest layer costs {ratio:.2f} times the cheapest: {verdict}",
        ratio=growth.flatness,
        verdict=sentence("time per layer stays flat.")
        if growth.flatness <= FLAT
        else sentence("time per layer does not stay flat here."),
    ).render(said)
    yield said("Time as the batch grows")
    yield from _sizes(growth.larger)


FLAT = 1.25
"""Up to this ratio between the dearest and the cheapest layer time per layer counts as flat."""


def _sizes(sizes: Sequence[Size]) -> Iterator[str]:
    yield f"{'layers':>8} {'batch':>6} {'ms':>9} {'us/layer':>10} {'us/example':>11}"
    for each in sizes:
        yield (
            f"{each.depth:>8} {each.batch:>6} {_ms(each.ms):>9} {each.us_per_layer:>10.1f} {each.us_per_example:>11.2f}"
        )


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
