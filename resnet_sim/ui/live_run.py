"""One run as the window knows it: configured in the engine, trained, paused, lost and found again, with its record."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from resnet_sim.assets import translator
from resnet_sim.engine.messages import (
    CREDIT_IN_FLIGHT,
    Ack,
    Change,
    Command,
    DivergedReport,
    Done,
    ErrorReport,
    Heartbeat,
    HelloBack,
    Nack,
    Pause,
    Ready,
    Refused,
    Rewind,
    RunSpec,
    SaveCheckpoint,
    Saved,
    SaveDocument,
    Set,
    Snapshot,
    StateFile,
)
from resnet_sim.errors import sentence
from resnet_sim.state.controls import NETWORK
from resnet_sim.ui.engine_process import EngineProcess
from resnet_sim.ui.leavable_run import NAME, LeavableRun
from resnet_sim.ui.panels.strip import Choice
from resnet_sim.ui.run_state import CAN_RUN, Phase

_ = translator()
_log = logging.getLogger("resnet_sim")


class LiveRun(LeavableRun):
    """Commands go to the engine, reports come back into the record.

    The engine may die at any time: the experiment and the newest checkpoint are kept here, and it is set up again.
    """

    def __init__(self, engine: EngineProcess, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(engine, cache, parent)
        self._closing = False
        self._owed = 0
        self._asked = 0
        """The id of the newest command for one step or one epoch."""
        self._keep_when_shown = False
        """A checkpoint of a pause has the curves up to it: they come with the snapshot behind the answer."""
        self._watched: tuple[tuple[str, ...], tuple[str, ...], int] = ((), (), 0)
        engine.greeted.connect(self._greeted)
        engine.ready.connect(self._ready)
        engine.refused.connect(self._refused)
        engine.snapshot.connect(self._snapshot)
        engine.heartbeat.connect(self._heartbeat)
        engine.acknowledged.connect(self._acknowledged)
        engine.denied.connect(self._denied)
        engine.diverged.connect(self._diverged)
        engine.done.connect(self._done)
        engine.saved.connect(self._saved)
        engine.failed.connect(self._failed)
        engine.died.connect(self._died)
        engine.closed.connect(self.finished)
        self.devices.moved.connect(self._moved)
        self.devices.said.connect(lambda said, _batch: self.say("warning", said))

    # --- what the window asks -------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train from where it stands; while the engine is starting, as soon as it is ready."""
        if self.phase in CAN_RUN:
            self.pacing.run()
            self._enter(Phase.TRAINING)
        elif self.phase in (Phase.STARTING, Phase.STOPPED):
            self._train_when_ready = True
            if self.engine.state == "dead":
                self.engine.restart()

    def pause(self) -> None:
        """Stop after the running step."""
        if self.phase is Phase.TRAINING:
            self.engine.pause()
        self._train_when_ready = False

    def one_step(self) -> None:
        """One mini-batch, then pause."""
        if self.ready:
            self._asked = self.engine.step(1)

    def one_epoch(self) -> None:
        """To the end of the epoch, then pause."""
        if self.phase in CAN_RUN:
            self._asked = self.engine.run(epochs=1)
            self._enter(Phase.TRAINING)

    def set(self, name: str, value: float | str | bool) -> None:
        """A training setting, from the next step on; the record learns at which step it held."""
        if self.ready:
            self.engine.set(name, value)

    def go_back(self, step: int) -> None:
        """To the newest kept step at or before this one; see `kept`."""
        self.engine.rewind(step)

    def save(self, file: Path, experiment: bytes) -> int:
        """Write a document; `written` tells the number returned here when it is on disk. 0: there is no engine."""
        return self.engine.save_document(NAME, str(file), experiment, self.record)

    def watch(self, histograms: tuple[str, ...], maps: tuple[str, ...], example: int) -> None:
        """What to measure besides the series: histograms and pictures of these parts, for one training example."""
        if (histograms, maps, example) != self._watched:
            self._watched = (histograms, maps, example)
            if self.ready:
                self._send_view()

    def _send_view(self) -> None:
        histograms, maps, example = self._watched
        self.engine.view(series=True, histograms=histograms, maps=maps, example=example, hz=30.0)

    def drawn(self) -> None:
        """What was measured is on screen: the engine may send more."""
        if self._owed:
            self.engine.credit(self._owed)
            self._owed = 0

    def close(self) -> None:
        """End the engine; `finished` tells when it has."""
        self._closing = True
        self._checkpoints.keep_on(False)
        self.engine.close()

    # --- what the engine says -------------------------------------------------------------------------------------

    @Slot(object)
    def _greeted(self, hello: HelloBack) -> None:
        self.device, self.pid = self.devices.words, hello.pid
        if self._experiment:
            self._send_configuration()
        self.changed.emit()

    def _send_configuration(self) -> None:
        self._owed, self._asked, self._keep_when_shown = 0, 0, False
        self.engine.configure({NAME: RunSpec(self._experiment, self._resume)}, self.devices.asked)

    @Slot(object)
    def _ready(self, ready: Ready) -> None:
        self.data = ready.data[NAME]
        self.stand(ready.step)
        self.cut(ready.step)
        if ready.carried and ready.step:
            self.record.note(ready.step, NETWORK, "")
        self.note_controls(ready.step, self._experiment)
        self._enter(Phase.PAUSED if ready.step else Phase.READY)
        if ready.carried:
            self.carried.emit()
        self._send_view()
        self.engine.credit(CREDIT_IN_FLIGHT)
        if self._found_again:
            self._found_again = False
            said = sentence("The calculation stopped and was set up again at step {step}.", step=ready.step)
            self.say("warning", said, (Choice(_("Train on"), self.train),))
        if self._train_when_ready:
            self._train_when_ready = False
            self.train()

    @Slot(object)
    def _refused(self, refused: Refused) -> None:
        self._train_when_ready = False
        self._enter(Phase.REFUSED)
        self.refused.emit(refused)

    @Slot(object)
    def _snapshot(self, snapshot: Snapshot) -> None:
        if NAME not in snapshot.runs or self.phase is Phase.STARTING:
            return
        self.stand(snapshot.step)
        self.newest, self.pictured = snapshot.runs[NAME], snapshot.example
        self.feed.take(snapshot.step, self.newest)
        self._owed += 1
        self.measured.emit(snapshot.exact)
        if snapshot.exact and self._keep_when_shown:
            self._keep_when_shown = False
            self._checkpoints.keep()

    @Slot(object)
    def _heartbeat(self, beat: Heartbeat) -> None:
        self.speed, self.step_ms, self.kept = beat.steps_per_second, beat.next_ms, beat.kept

    @Slot(int, str)
    def _moved(self, step: int, device: str) -> None:
        self.device = self.devices.words
        if self.ready:
            self.record.note(step, "device", device)
        self.changed.emit()

    @Slot(object, object)
    def _acknowledged(self, ack: Ack, command: Command) -> None:
        if isinstance(command, Set):
            self.record.note(ack.step, command.name, command.value)
            self.measured.emit(False)
        elif isinstance(command, Change):
            self.note_controls(ack.step, command.experiments[NAME])
            self.measured.emit(False)
        elif isinstance(command, Pause):
            self._halt(ack.step, command.id)
            self._keep_when_shown = True
        elif isinstance(command, Rewind):
            self.cut(ack.step)
            self.note_controls(ack.step, self._experiment)
            self._halt(ack.step, command.id)
            self._keep_when_shown = True

    @Slot(object, object)
    def _denied(self, nack: Nack, command: Command) -> None:
        if isinstance(command, SaveCheckpoint) and self._hand_over.lost(command.file, self._resume):
            return
        if isinstance(command, SaveDocument):
            self.unwritten.emit(command.id)
        self.refused.emit(nack)

    @Slot(object)
    def _diverged(self, report: DivergedReport) -> None:
        self.stand(report.step)
        self._enter(Phase.DIVERGED)
        self.diverged.emit(report)

    @Slot(object)
    def _done(self, done: Done) -> None:
        self._halt(done.step, done.id)
        self._checkpoints.keep()

    @Slot(object)
    def _saved(self, saved: Saved) -> None:
        if self._hand_over.written(saved.file, saved.sha256):
            return
        if (kept := Path(saved.file).parent == self._checkpoints.folder) or (
            self._resume and self._resume.file == saved.file
        ):
            self._resume = StateFile(saved.file, saved.sha256)
        if not kept:
            self.written.emit(saved.id)

    @Slot(object)
    def _failed(self, error: ErrorReport) -> None:
        _log.error("the worker ended: %s: %s\n%s", error.class_name, error.message, error.frames)

    @Slot(int, str)
    def _died(self, code: int, why: str) -> None:
        _log.warning("the worker is gone: %s %s", code, why)
        self.device = ""
        if self._closing:
            return
        self._found_again = bool(self._experiment)
        self._hand_over.hold(self._hand_over.waiting if self._experiment else self._hand_over.waiting or self._resume)
        self._enter(Phase.STOPPED if self._experiment else Phase.EMPTY)
        said = sentence("The calculation stopped. Your network is safe (step {step}).", step=self.step)
        if self.devices.lost:
            said = sentence(
                "The GPU was lost. Your network is safe (step {step}) and goes on on the CPU.", step=self.step
            )
        again = (Choice(_("Start it again"), self.train),) if self.engine.state == "dead" else ()
        self.say("warning", said, again)

    # --- what follows from it -------------------------------------------------------------------------------------

    def _halt(self, step: int, asked: int) -> None:
        """asked: the id of the command that led here. What was asked for behind it goes on."""
        self.stand(step)
        if asked < max(self._asked, self.pacing.asked):
            return
        if self.phase not in (Phase.STARTING, Phase.EMPTY):  # then this network has been left already
            self._enter(Phase.PAUSED)
