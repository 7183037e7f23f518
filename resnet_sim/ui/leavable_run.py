"""A run that can be left: for another network, for another beginning, or until the network has no problems."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from resnet_sim.engine.messages import StateFile
from resnet_sim.state.record import Record
from resnet_sim.ui.checkpoints import Checkpoints
from resnet_sim.ui.engine_process import EngineProcess
from resnet_sim.ui.hand_over import HandOver, Keep, Known
from resnet_sim.ui.run_state import Phase, RunState

NAME = "run"
"""Of the run in the engine."""


class LeavableRun(RunState):
    """With what the run is set up in the engine, and what becomes of what was learned when it is set up otherwise."""

    def __init__(self, engine: EngineProcess, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(engine, parent)
        self.engine = engine
        self._experiment = b""
        self._resume: StateFile | None = None
        self._train_when_ready = self._found_again = False
        self._hand_over = HandOver(self._arrive)
        self._checkpoints = Checkpoints(engine, NAME, lambda: self.record, cache, self)

    def configure(self, experiment: bytes, resume: StateFile | None, record: Record | None = None) -> None:
        """Set up a run, now or as soon as the engine is there. `record` is what was measured of it so far."""
        self._experiment, self._resume = experiment, resume
        self._forget(None, record)
        self.set_up()

    def set_up(self) -> None:
        """Set up the run as it was described last: again, after it was refused."""
        self._enter(Phase.STARTING)
        if self.device:
            self._send_configuration()

    def update(self, experiment: bytes) -> None:
        """What to set up again should the engine die: the experiment with its present settings."""
        self._experiment = experiment

    @property
    def learned(self) -> bool:
        """Whether there are weights that are not the start weights."""
        return (self.step > 0 and self.phase not in (Phase.REFUSED, Phase.EMPTY)) or self._hand_over.under_way

    def change(self, experiment: bytes) -> None:
        """The same layers with other values, from the next step on."""
        self._experiment = experiment
        self.engine.change({NAME: experiment})

    @property
    def waiting(self) -> StateFile | None:
        """What was learned, while the present network has problems."""
        return self._hand_over.waiting

    def hand_over(self, experiment: bytes, known: StateFile | None, keep: Keep) -> None:
        """Go on with another network: weights of unchanged layers go over, or `known` ones come back.

        Training pauses. keep: told where the weights of the network that is left are kept. Further calls while the
        engine writes them replace the goal.
        """
        self._experiment = experiment
        if not self._hand_over.under_way:
            self._leave(keep)
        self._enter(Phase.STARTING)
        self._hand_over.go_to(experiment, known)

    def start_over(self, experiment: bytes, known: Known, record: Record, keep: Keep | None) -> None:
        """Begin with `known` weights, asked for when it is time (None: the start weights), and their record.

        experiment: b"" while the network has problems. keep: told where the weights that are left are kept; None:
        they need not be.
        """
        if keep is not None and self.step and self.learned:
            if self._hand_over.under_way:
                self._hand_over.also_tell(keep)
            else:
                self._leave(keep)
        self._experiment = experiment
        self._train_when_ready = self._found_again = False
        self._enter(Phase.STARTING if experiment else Phase.EMPTY)
        self.begin(record)
        self._hand_over.begin_with(experiment, known)

    def leave(self, keep: Keep) -> None:
        """The network has problems: keep what was learned until it has none."""
        self._experiment = b""
        self._train_when_ready = False
        self._hand_over.stay()
        if not self._hand_over.under_way:
            self._leave(keep)
        self._enter(Phase.EMPTY)

    def _leave(self, keep: Keep) -> None:
        if self.phase is Phase.TRAINING:
            self.engine.pause()
        file, written = self._checkpoints.leave()
        self._hand_over.leave(file, keep)
        if not written:
            self._hand_over.lost(file, self._resume)

    def _arrive(self, experiment: bytes, kept: StateFile | None) -> None:
        self._experiment, self._resume = experiment, kept
        self.set_up()

    def withdraw(self, kept: StateFile | None = None, record: Record | None = None) -> None:
        """There is nothing to run: the network has problems. What was learned before waits until it has none."""
        if self.phase is Phase.TRAINING:
            self.engine.pause()
        self._experiment, self._resume = b"", kept
        self._train_when_ready = False
        self._forget(kept, record)
        self._enter(Phase.EMPTY)

    def _forget(self, waiting: StateFile | None, record: Record | None) -> None:
        self._hand_over.hold(waiting)
        self._found_again = False
        self.begin(record)

    def keep_in(self, folder: Path) -> None:
        """Checkpoints of the document that is shown from now on go there."""
        self._checkpoints.folder = folder

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._checkpoints.keep_on(phase is Phase.TRAINING)
        self.changed.emit()

    def _send_configuration(self) -> None:
        """To the engine that is there."""
        raise NotImplementedError
