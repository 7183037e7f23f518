"""One preset, timed: the engine, PyTorch as it comes and tuned, and the machine's matrix product, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from resnet_sim.benchmark.bursts import Effort, Queued, Step, Timing, interleave
from resnet_sim.benchmark.ours import chosen, on_gpu, stepping
from resnet_sim.benchmark.peak import Sgemm, sgemm_on
from resnet_sim.benchmark.presets import Preset
from resnet_sim.datasets.base import Floats
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
    peak_share: of what large products reach in the same turns, on the same device. Columns of PyTorch are None where it
    is not installed, or sees no GPU while ours computes on one. live_share: of training time that all live views
    take, at live_hz snapshots a second.
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


def measure(
    preset: Preset, threads: int, effort: Effort, turn: Callable[[], None] | None = None, backend: str = "numpy"
) -> Row:
    """Full steps: take the next mini-batch, forward, loss, backward, update. Both sides start from the same weights.

    Raises RefusedError when there is no such backend, and when PyTorch, where it is installed, does not compute the
    same losses.
    """
    data = preset.data()
    run = TrainingRun(preset.experiment(), data, backend=chosen(backend, threads, preset))
    contenders: dict[str, Step] = {OURS: stepping(run)}
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
        contenders[name] = _stepping(peer, data.train_x, data.train_y, preset.batch, on_gpu(run))
    of_peak = _add_peak(contenders, run, threads)
    try:
        times = interleave(contenders, effort, turn)
    finally:
        if isinstance(peak := contenders[PEAK], Sgemm):
            peak.close()
    return _row(preset, run, times, threads, of_peak, difference)


def _add_peak(contenders: dict[str, Step], run: TrainingRun, threads: int) -> int:
    """The large product where the run computes; its multiply-adds."""
    if on_gpu(run):
        contenders[PEAK], count = sgemm_on(run.backend)
        return count
    sgemm = contenders[PEAK] = Sgemm(threads)
    return sgemm.multiply_adds


def torch_peers(run: TrainingRun, threads: int) -> dict[str, TorchPeer]:
    """PyTorch as it comes and tuned, at the weights of the run and on its device; none where it is not installed, or
    sees no GPU while the run computes on one."""
    try:
        from resnet_sim.benchmark.torch_peer import TorchPeer, use_gpu, use_threads
    except ImportError:
        return {}
    use_threads(threads)
    if on_gpu(run) and not use_gpu():
        return {}
    device = "cuda" if on_gpu(run) else "cpu"
    start, training = run.checkpoint(), run.experiment.training
    return {name: TorchPeer(run.parts, start, training, tuned=name == TUNED, device=device) for name in (PLAIN, TUNED)}


def disagreement(run: TrainingRun, peers: Sequence[TorchPeer]) -> float:
    """The largest relative difference of losses while all make the same few steps on the same mini-batches."""
    largest = 0.0
    for _ in range(AGREEING_STEPS):
        ours = (run.step().losses + run.settle())[-1][1]
        x, y = run.newest_batch()
        for peer in peers:
            theirs = peer.step(*peer.examples(x, y))
            largest = max(largest, abs(ours - theirs) / max(abs(theirs), 1e-12))
    return largest


def _stepping(peer: TorchPeer, x: Floats, y: Floats, m: int, queued: bool) -> Step:
    """PyTorch's side of a step: the next m examples of a shuffled set, then all of the rest. queued: without a wait."""
    inputs, targets = peer.examples(x, y)
    order = np.random.default_rng(1).permutation(len(x)).reshape(-1, m)
    batches = cycle([peer.rows(rows) for rows in order])

    def step() -> None:
        rows = next(batches)
        peer.step(inputs[rows], targets[rows])

    def queue() -> None:
        rows = next(batches)
        peer.update(inputs[rows], targets[rows])

    return Queued(queue, peer.settle) if queued else step


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
