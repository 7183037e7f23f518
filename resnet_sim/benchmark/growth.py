"""What depth and batch size cost: one residual network at growing sizes, timed in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from resnet_sim.benchmark.bursts import Effort, Step, interleave
from resnet_sim.benchmark.ours import chosen, stepping
from resnet_sim.benchmark.presets import Preset, residual_mlp
from resnet_sim.engine.devices import MakeBackend
from resnet_sim.engine.training import TrainingRun

DEPTHS = (8, 20, 56, 110)
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
WIDTH, USUAL_DEPTH, USUAL_BATCH = 64, 20, 32


@dataclass(frozen=True)
class Size:
    """One network at one batch size: the median step, and its share per layer and per example."""

    depth: int
    batch: int
    ms: float
    us_per_layer: float
    us_per_example: float


@dataclass(frozen=True)
class Growth:
    """deeper: at one batch size. larger: one network at growing batch sizes. flatness: largest time per layer of
    `deeper` over the smallest. backend: one for all sizes; of auto, the faster one for the usual depth and batch."""

    about: str
    deeper: tuple[Size, ...]
    larger: tuple[Size, ...]
    flatness: float
    backend: str


def measure_growth(
    effort: Effort, turn: Callable[[], None] | None = None, backend: str = "numpy", threads: int = 1
) -> Growth:
    """All depths in turns, then all batch sizes in turns. Raises RefusedError where there is no such backend."""
    usual = replace(residual_mlp("batch", USUAL_DEPTH, WIDTH), batch=USUAL_BATCH)
    make = chosen(backend, threads, usual)
    depths = [replace(residual_mlp("depth", each, WIDTH), batch=USUAL_BATCH) for each in DEPTHS]
    deeper = _measure(depths, make, effort, turn)
    larger = _measure([replace(usual, batch=m) for m in BATCH_SIZES], make, effort, turn)
    return Growth(usual.about, deeper, larger, flatness(deeper), make("float32").name)


def flatness(sizes: Sequence[Size]) -> float:
    """The largest time per layer over the smallest: 1 where a layer costs the same in every network."""
    per_layer = [each.us_per_layer for each in sizes]
    return max(per_layer) / min(per_layer)


def _measure(
    presets: Sequence[Preset], make: MakeBackend, effort: Effort, turn: Callable[[], None] | None
) -> tuple[Size, ...]:
    contenders: dict[str, Step] = {
        f"{each.depth} {each.batch}": stepping(TrainingRun(each.experiment(), each.data(), backend=make))
        for each in presets
    }
    times = interleave(contenders, effort, turn)
    return tuple(
        Size(each.depth, each.batch, t.ms, 1e6 * t.median / each.depth, 1e6 * t.median / each.batch)
        for each, t in zip(presets, times.values(), strict=True)
    )
