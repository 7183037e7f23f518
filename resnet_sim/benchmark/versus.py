"""One preset, timed: the engine, PyTorch as it comes and tuned, and the machine's matrix product, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from resnet_sim.benchmark.bursts import Effort, Step, Timing, interleave
from resnet_sim.benchmark.peak import Sgemm
from resnet_sim.benchmark.presets import Preset
from resnet_sim.datasets.base import Floats
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.cost import multiply_adds
from resnet_sim.engine.training import TrainingRun
from resnet_sim.errors import RefusedError, sentence

if TYPE_CHECKING:
    from resnet_sim.benchmark.torch_peer import TorchPeer

AGREEING_STEPS = 5
LARGEST_DIFFERENCE = 1e-3
"""Between the losses of both sides in the first steps, relative: float32 sums in another order, no more."""
OURS, PLAIN, TUNED, PEAK = "ours", "torch", "torch tuned", "sgemm"


@dataclass(frozen=True)
class Row:
    """What was measured of one preset; names as in the JSON. Times are medians in milliseconds, spread: quartiles.

    ratio: ours_ms / torch_ms, below 1 we are faster. gflops: 2 multiply-adds of the step's matrix products per second;
    peak_share: of what large products reach in the same turns. Columns of PyTorch are None where it is not installed.
    live_share: of training time that all live views take, at live_hz snapshots a second.
    """

    preset: str
    about: str
    depth: int
    batch: int
    threads: int
    backend: str
    ours_ms: float
    torch_ms: float | None
    torch_tuned_ms: float | None
    ratio: float | None
    ratio_tuned: float | None
    peak_share: float
    spread: dict[str, tuple[float, float]]
    steps_per_second: float
    gflops: float
    peak_gflops: float
    loss_difference: float | None
    live_share: float | None = None
    live_hz: float | None = None


def measure(preset: Preset, threads: int, effort: Effort, turn: Callable[[], None] | None = None) -> Row:
    """Full steps: take the next mini-batch, forward, loss, backward, update. Both sides start from the same weights.

    Raises RefusedError when PyTorch, where it is installed, does not compute the same losses.
    """
    data = preset.data()
    run = TrainingRun(preset.experiment(), data, backend=partial(NumpyBackend, threads=threads))
    contenders: dict[str, Step] = {OURS: run.step}
    peers = torch_peers(run, threads)
    difference = disagreement(run, list(peers.values())) if peers else None
    if difference is not None and not difference <= LARGEST_DIFFERENCE:
        raise RefusedError(
            sentence(
                "{preset}: the losses of PyTorch differ by {difference:.1e}: the two sides do not compute the same.",
                preset=preset.label,
                difference=difference,
            )
        )
    for name, peer in peers.items():
        contenders[name] = _stepping(peer, data.train_x, data.train_y, preset.batch)
    peak = contenders[PEAK] = Sgemm(threads)
    try:
        times = interleave(contenders, effort, turn)
    finally:
        peak.close()
    return _row(preset, run, times, threads, peak.multiply_adds, difference)


def torch_peers(run: TrainingRun, threads: int) -> dict[str, TorchPeer]:
    """PyTorch as it comes and tuned, at the weights of the run; none where it is not installed."""
    try:
        from resnet_sim.benchmark.torch_peer import TorchPeer, use_threads
    except ImportError:
        return {}
    use_threads(threads)
    start, training = run.checkpoint(), run.experiment.training
    return {name: TorchPeer(run.parts, start, training, tuned=name == TUNED) for name in (PLAIN, TUNED)}


def disagreement(run: TrainingRun, peers: Sequence[TorchPeer]) -> float:
    """The largest relative difference of losses while all make the same few steps on the same mini-batches."""
    largest = 0.0
    for _ in range(AGREEING_STEPS):
        ours = run.step().loss
        x, y = run.newest_batch()
        for peer in peers:
            theirs = peer.step(*peer.examples(x, y))
            largest = max(largest, abs(ours - theirs) / max(abs(theirs), 1e-12))
    return largest


def _stepping(peer: TorchPeer, x: Floats, y: Floats, m: int) -> Step:
    """PyTorch's side of a step: the next m examples of a shuffled set, then all of the rest."""
    inputs, targets = peer.examples(x, y)
    order = np.random.default_rng(1).permutation(len(x)).reshape(-1, m)
    batches = cycle([peer.rows(rows) for rows in order])

    def step() -> None:
        rows = next(batches)
        peer.step(inputs[rows], targets[rows])

    return step


def _row(
    preset: Preset, run: TrainingRun, times: dict[str, Timing], threads: int, of_peak: int, difference: float | None
) -> Row:
    ours, plain, tuned, peak = (times.get(name) for name in (OURS, PLAIN, TUNED, PEAK))
    assert ours is not None
    assert peak is not None
    reached = 2e-9 * multiply_adds(run.parts, preset.data().shape, preset.batch) / ours.median
    best = 2e-9 * of_peak / peak.median
    return Row(
        preset=preset.name,
        about=preset.about,
        depth=preset.depth,
        batch=preset.batch,
        threads=threads,
        backend=run.backend.name,
        ours_ms=ours.ms,
        torch_ms=plain.ms if plain else None,
        torch_tuned_ms=tuned.ms if tuned else None,
        ratio=ours.median / plain.median if plain else None,
        ratio_tuned=ours.median / tuned.median if tuned else None,
        peak_share=reached / best,
        spread={name: (1000 * each.low, 1000 * each.high) for name, each in times.items() if name != PEAK},
        steps_per_second=1 / ours.median,
        gflops=reached,
        peak_gflops=best,
        loss_difference=difference,
    )
