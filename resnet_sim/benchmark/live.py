"""What the live views cost: the worker's own loop, with every measurement at its pace and with none, in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from resnet_sim.benchmark.presets import Preset
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.lockstep import LockStep
from resnet_sim.engine.messages import CREDIT_IN_FLIGHT, Report, Snapshot, View
from resnet_sim.engine.pipe import Outlet
from resnet_sim.engine.training import TrainingRun
from resnet_sim.engine.worker_loop import Goal, Trainer

NAME = "measured"


@dataclass(frozen=True)
class LiveEffort:
    """turns: of each kind. seconds: of one turn at least; steps: in one turn at least."""

    turns: int = 6
    seconds: float = 0.4
    steps: int = 6


@dataclass(frozen=True)
class Live:
    """share: of training time that the live views take. hz: snapshots a second that came meanwhile."""

    share: float
    hz: float


def measure_live(preset: Preset, effort: LiveEffort, turn: Callable[[], None] | None = None, threads: int = 1) -> Live:
    """Steps with credit for snapshots against steps without: measured, composed and written, but for the drawing.

    Every weighted layer's histogram and the picture of every part are asked for, as when all cards are in view. Steps
    that end an epoch are not compared: they evaluate. On the CPU only: on a GPU a step returns before it is done.
    """
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        outlet = CountingOutlet(sink)
        trainer = _trainer(preset, outlet, threads)
        _turn(trainer, outlet, effort, Steps(), live=True)  # the pace learns what a snapshot takes
        plain, viewed = Steps(), Steps()
        for _ in range(effort.turns):
            _turn(trainer, outlet, effort, plain, live=False)
            _turn(trainer, outlet, effort, viewed, live=True)
            if turn is not None:
                turn()
    finally:
        os.close(sink)
    return Live(share_of(plain, viewed), len(viewed.measured) / viewed.elapsed)


@dataclass
class Steps:
    """Seconds of steps by kind: measured ones, the ones right behind those (which find other things in the caches),
    and all others. elapsed: seconds of all turns, evaluation included."""

    measured: list[float] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    elapsed: float = 0.0


def share_of(plain: Steps, viewed: Steps) -> float:
    """What measured steps and those behind them take longer than others do, each kind at its median, of all the time.

    Medians: what else the machine does meanwhile does not count.
    """
    usual = float(np.median(plain.others + viewed.others))
    kinds = [kind for kind in (viewed.measured, viewed.behind) if kind]
    return sum(len(kind) * (float(np.median(kind)) - usual) for kind in kinds) / viewed.elapsed


class CountingOutlet(Outlet):
    """Reports go where nobody reads; the snapshots among them are counted."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self.snapshots = 0

    def send(self, report: Report) -> None:
        super().send(report)
        self.snapshots += isinstance(report, Snapshot)


def _trainer(preset: Preset, outlet: Outlet, threads: int) -> Trainer:
    trainer = Trainer(outlet)
    run = TrainingRun(preset.experiment(), preset.data(), backend=partial(NumpyBackend, threads=threads))
    trainer.take(LockStep({NAME: run}))
    layers = tuple(part.id for part in run.parts if part.layer.weighted)
    trainer.look(View(run=0, id=0, histograms=layers, maps=tuple(part.id for part in run.parts)))
    trainer.go(Goal())
    return trainer


def _turn(trainer: Trainer, outlet: CountingOutlet, effort: LiveEffort, into: Steps, live: bool) -> None:
    """One turn, behind a first step that is not timed."""
    trainer.add_credit(CREDIT_IN_FLIGHT if live else -CREDIT_IN_FLIGHT)
    clock = time.perf_counter
    trainer.advance()
    began, steps, kind = clock(), 0, into.others
    while steps < effort.steps or clock() - began < effort.seconds:
        shown, at = outlet.snapshots, clock()
        trainer.advance()
        seconds, measured = clock() - at, outlet.snapshots > shown
        if not trainer.steps.first.epoch_ended:
            (into.measured if measured else kind).append(seconds)
        steps += 1
        kind = into.behind if measured else into.others
        if measured:
            trainer.add_credit(1)  # as a window that has drawn
    into.elapsed += clock() - began
