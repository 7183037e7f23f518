"""Training between two looks at the commands: steps, when to measure, what to report, when to stop."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import msgspec

from resnet_sim.engine.lockstep import LockStep, RunDiverged
from resnet_sim.engine.memory import resident_bytes
from resnet_sim.engine.messages import (
    CREDIT_IN_FLIGHT,
    DivergedReport,
    Done,
    Heartbeat,
    ProtocolError,
    Report,
    Snapshot,
    View,
)
from resnet_sim.engine.pace import MOST_HZ, Metronome, Pace
from resnet_sim.engine.pipe import Outlet
from resnet_sim.engine.probes import Measurement, Probe
from resnet_sim.errors import RefusedError, sentence

BEAT = 0.25
KEEP_EVERY = 2.0
"""Seconds of training between two kept steps."""
CHANGES_APART = 0.5
"""Seconds after a kept step in which a change of a setting keeps no other: a dragged slider changes many times."""
SLOWEST = 1.0
"""Steps a second; slower is what single steps are for."""


class State(Enum):
    """What the worker is doing; the value is the phase that heartbeats tell."""

    GREETING = "greeting"
    IDLE = "idle"
    PAUSED = "paused"
    TRAINING = "training"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class Goal:
    """Where training ends: at a step (`reason` says whose wish that was), an epoch, a training loss; 0: not there.

    id: of the command that said so.
    """

    step: int = 0
    reason: str = "until"
    epoch: int = 0
    loss: float = 0.0
    id: int = 0

    def reached(self, steps: LockStep) -> str:
        """Why training ends here, "" if it goes on."""
        if self.step and steps.step >= self.step:
            return self.reason
        if self.epoch and steps.epoch >= self.epoch:
            return "epochs"
        at = steps.train_loss
        return "loss" if self.loss and at is not None and at <= self.loss else ""


class Trainer:
    """Trains runs in lock step and reports; never waits for the window."""

    def __init__(self, outlet: Outlet) -> None:
        self.state = State.GREETING
        self.run = 0
        self._outlet = outlet
        self._steps: LockStep | None = None
        self._clear()
        self._last_beat = float("-inf")

    def _clear(self) -> None:
        self._view = View()
        self._probes: dict[str, Probe] = {}
        self._pace = Pace()
        self._metronome = Metronome()
        self._credit = 0
        self._asked_to_show = False
        self._goal = Goal()
        self._last_kept = 0.0

    @property
    def steps(self) -> LockStep:
        """The runs; there are some in every state but GREETING and IDLE."""
        assert self._steps is not None, "no command that needs runs is obeyed before they are set up"
        return self._steps

    def take(self, steps: LockStep) -> None:
        """Stand ready to train these."""
        self._clear()
        self._steps = steps
        self.state = State.PAUSED
        self.rewire()

    def drop(self) -> None:
        """Let the runs go, and their memory with them."""
        self._steps = None
        self._clear()
        self.state = State.IDLE

    # --- what is asked for ------------------------------------------------------------------------------------------

    def add_credit(self, n: int) -> None:
        """n more snapshots may be sent."""
        self._credit = max(0, min(self._credit + n, CREDIT_IN_FLIGHT))

    def look(self, view: View) -> None:
        """Measure this from now on. Raises RefusedError when no run has a part of that name."""
        known = {part.id for run in self.steps.runs.values() for part in run.parts}
        for part in (*view.histograms, *view.maps):
            if part not in known:
                raise RefusedError(sentence("There is no layer “{part}” in the runs.", part=part))
        if not 0 < view.hz <= MOST_HZ or view.example < 0:
            raise RefusedError(sentence("A view needs 1 to {hz:g} snapshots a second and an example.", hz=MOST_HZ))
        self._view = view
        self._pace.hz = view.hz
        self.rewire()

    def rewire(self) -> None:
        """Ask each run only for the parts that it has and that compute."""
        view = self._view
        for name, run in self.steps.runs.items():
            live = {part.id for part in run.parts if part.enabled}
            self._probes[name] = Probe(
                series=view.series,
                histograms=tuple(part for part in view.histograms if part in live),
                maps=tuple(part for part in view.maps if part in live),
                example=view.example,
            )

    def set_pace(self, steps_per_second: float) -> None:
        """At most so many steps a second from now on, 0: full speed. Raises RefusedError."""
        if not (steps_per_second == 0 or SLOWEST <= steps_per_second < float("inf")):
            raise RefusedError(
                sentence("A pace is {slowest:g} step a second or more, or 0 for full speed.", slowest=SLOWEST)
            )
        self._metronome.gap = 1 / steps_per_second if steps_per_second else 0.0
        self._pace.still()

    def go(self, goal: Goal) -> None:
        """Train until the goal is reached."""
        self.settle()
        self._goal = goal
        if goal.loss:
            self.steps.evaluate()
        if self.state is State.PAUSED:
            self._last_kept = time.perf_counter()
        self.state = State.TRAINING
        self._stop_at_goal()

    def stop(self) -> None:
        """Stand still, exactly here."""
        if self.state is State.TRAINING:
            self.state = State.PAUSED
            self.steps.keep()
        self._stand()

    def _stand(self) -> None:
        self._pace.still()
        self._metronome.still()

    def ask_to_show(self) -> None:
        """Show the standing state as soon as no more commands wait: a hundred views in a row are shown once."""
        self._asked_to_show = True

    def settle(self) -> None:
        """Evaluate and show the standing state if that was asked for."""
        if self._asked_to_show:
            self._asked_to_show = False
            self.steps.evaluate()
            self._show()

    def rewind(self, step: int) -> int:
        """Go back to a kept step; which one it was. Raises RefusedError when there is none so old."""
        self.steps.rewind(step)
        self.state = State.PAUSED
        self._stand()
        return self.steps.step

    # --- training ---------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """One step of all runs if its time has come, and what follows from it."""
        try:
            self._advance(time.perf_counter())
        except RunDiverged as error:
            self._diverged(error)

    def catch_up(self) -> None:
        """Hear how the steps went that a GPU was given: what a command changes or saves must be known."""
        if self.state is State.TRAINING:
            try:
                self.steps.settle()
            except RunDiverged as error:
                self._diverged(error)

    def _advance(self, began: float) -> None:
        if self._metronome.wait(began):
            return
        self._metronome.stepped(began)
        due = self._credit > 0 and not self._outlet.pending and (self._unhurried or self._pace.due(began))
        at, epoch = self.steps.step, self.steps.epoch
        measured = self.steps.advance(self._probes if due else {})
        ended = time.perf_counter()
        self._pace.stepped(ended - began, due)
        self._pace.mark(began, self.steps.step)
        if self.steps.first.epoch_ended:
            self.steps.evaluate()
        if due:
            self._pace.measured(began)
            self._credit -= 1
            before = time.perf_counter()
            self._snapshot(at, epoch, False, measured)
            self._pace.composed(time.perf_counter() - before)
        if ended - self._last_kept > KEEP_EVERY:
            self._keep(ended)
        self._stop_at_goal()

    def keep_before_change(self) -> None:
        """A setting is about to change: one can come back to here."""
        now = time.perf_counter()
        if self.state is State.TRAINING and now - self._last_kept > CHANGES_APART:
            self._keep(now)

    def _keep(self, now: float) -> None:
        self.steps.keep()
        self._last_kept = now

    @property
    def _unhurried(self) -> bool:
        """Whether there is time to measure every step, and a view that can follow."""
        gap, pace = self._metronome.gap, self._pace
        return gap * pace.hz >= 1 and gap > pace.expected + pace.cost

    def _stop_at_goal(self) -> None:
        reason = self._goal.reached(self.steps)
        if reason:
            self.steps.settle()
            self.stop()
            self.ask_to_show()
            self.settle()
            self.send(Done(run=self.run, id=self._goal.id, step=self.steps.step, reason=reason))

    def _diverged(self, error: RunDiverged) -> None:
        self.state = State.DIVERGED
        self._stand()
        found = error.diverged
        self.send(DivergedReport(run=self.run, name=error.name, step=found.step, part=found.part, what=found.what))
        self._show()

    # --- reports ----------------------------------------------------------------------------------------------------

    def send(self, report: Report) -> None:
        """Queue a report."""
        self._outlet.send(report)

    def _show(self) -> None:
        """A snapshot of the state as it stands, without credit."""
        places = {run.progress.step for run in self.steps.runs.values()}
        self._snapshot(self.steps.step, self.steps.epoch, len(places) == 1, self.steps.measure(self._probes))

    def _snapshot(self, step: int, epoch: int, exact: bool, measured: Mapping[str, Measurement]) -> None:
        runs = {name: sheet.snapshot(measured.get(name)) for name, sheet in self.steps.sheets.items()}
        example = self._view.example
        report = Snapshot(run=self.run, step=step, epoch=epoch, exact=exact, runs=runs, example=example)
        try:
            self.send(report)
        except ProtocolError:  # more pictures than a frame holds: the numbers still go
            bare = {name: msgspec.structs.replace(each, maps={}, weights={}) for name, each in runs.items()}
            self.send(msgspec.structs.replace(report, runs=bare))

    def beat(self, phase: str = "") -> None:
        """Tell that the worker lives, four times a second, or at once before something long (`phase`)."""
        now = time.perf_counter()
        if self.state is State.GREETING or (now - self._last_beat < BEAT and not phase):
            return
        self._last_beat = now
        if self._outlet.pending:
            return
        self.send(
            Heartbeat(
                run=self.run,
                step=self._steps.step if self._steps else 0,
                epoch=self._steps.epoch if self._steps else 0,
                steps_per_second=self._pace.steps_per_second,
                rss=resident_bytes(),
                next_ms=1000 * self._pace.expected,
                phase=phase or self.state.value,
                kept=self._steps.kept if self._steps else (),
            )
        )

    @property
    def wait(self) -> float:
        """How long the loop may wait for a command before it must step, beat or write what is held back."""
        now = time.perf_counter()
        beat = 0.002 if self._outlet.pending else max(0.0, self._last_beat + BEAT - now)
        return min(beat, self._metronome.wait(now)) if self.state is State.TRAINING else beat
