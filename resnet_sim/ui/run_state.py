"""What is known of a run: its phase, its step, and what was measured."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from resnet_sim.assets import translator
from resnet_sim.engine.messages import RunSnapshot, TrainingSet
from resnet_sim.errors import Sentence
from resnet_sim.files.schema import experiment_in
from resnet_sim.state.controls import note_controls
from resnet_sim.state.record import Record
from resnet_sim.ui.device_choice import DeviceChoice
from resnet_sim.ui.engine_process import EngineProcess
from resnet_sim.ui.feeding import Feed
from resnet_sim.ui.pacing import Pacing
from resnet_sim.ui.panels.strip import Choice, Message

_ = translator()


class Phase(StrEnum):
    """What the training is doing, as people are told."""

    EMPTY = "empty"
    STARTING = "starting"
    READY = "ready"
    TRAINING = "training"
    PAUSED = "paused"
    DIVERGED = "diverged"
    REFUSED = "refused"
    STOPPED = "stopped"


CAN_RUN = frozenset({Phase.READY, Phase.PAUSED})


class RunState(QObject):
    """What the window reads of a run and hears of it. Who has the engine changes it."""

    changed = Signal()
    """Phase, step or device."""
    measured = Signal(bool)
    """Something was measured; True when every value is of one and the same step."""
    record_replaced = Signal()
    progressed = Signal()
    """Steps were made since the file was written."""
    written = Signal(int)
    """The document of that save command is on disk."""
    unwritten = Signal(int)
    """The document of that save command could not be written."""
    carried = Signal()
    """Another network goes on with the weights of the layers that stayed."""
    diverged = Signal(object)
    refused = Signal(object)
    """The Refused or Nack of a run, or of a setting, that cannot be."""
    said = Signal(object)
    finished = Signal()
    """The engine has ended after `close`."""

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pacing = Pacing(engine, self)
        self.devices = DeviceChoice(engine, self)
        self.phase = Phase.EMPTY
        self.step, self.speed, self.device, self.pid = 0, 0.0, "", 0
        self.record = Record()
        self.before: Record | None = None
        """What was measured in the run before the last reset."""
        self.feed = Feed(self.record)
        self.newest: RunSnapshot | None = None
        """The newest snapshot, for histograms and pictures."""
        self.kept: tuple[int, ...] = ()
        """The steps one can go back to."""
        self.step_ms = 0.0
        """How long the next step should take."""
        self.data: TrainingSet | None = None
        """What is known of its examples; None until the engine has loaded them."""
        self.pictured = 0
        """Row of the training set that its pictures show."""

    @property
    def ready(self) -> bool:
        """Whether a run is set up in the engine and can take changes."""
        return self.phase in CAN_RUN or self.phase is Phase.TRAINING

    def begin(self, record: Record | None) -> None:
        """Another run, or none: `record` is what was measured of it so far."""
        self.record = record if record is not None else Record()
        self.feed, self.kept = Feed(self.record), ()
        self.step = max((each.steps[-1] for each in self.record.series.values() if each.steps), default=0)
        self.record_replaced.emit()

    def forget_before(self) -> None:
        """The run before is of no interest any more."""
        self.before = None
        self.record_replaced.emit()

    def stand(self, step: int) -> None:
        """The run stands at `step` now."""
        if step != self.step and self.phase is not Phase.STARTING:
            self.progressed.emit()
        self.step = step

    def cut(self, step: int) -> None:
        """The run stands at `step`, which is kept: what was measured later belongs to another future."""
        self.record.cut(step)
        self.kept = (*(each for each in self.kept if each < step), step)
        self.record_replaced.emit()

    def note_controls(self, step: int, experiment: bytes) -> None:
        """The record learns how the controls of this experiment stand from the update after `step` updates on."""
        note_controls(self.record, step, experiment_in(experiment))

    def say(self, kind: str, said: Sentence, choices: tuple[Choice, ...] = ()) -> None:
        """Tell people in a strip."""
        self.said.emit(Message(kind, said.render(_), choices))
