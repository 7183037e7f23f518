"""With what a run begins: start weights, those of a file, of the network before an edit, or of before a reset."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from resnet_sim.engine.messages import StateFile
from resnet_sim.errors import sentence
from resnet_sim.files import schema
from resnet_sim.network.document import Change
from resnet_sim.state.record import Record
from resnet_sim.ui.crossing import Crossing
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.hand_over import Keep, Versions, same_parameters
from resnet_sim.ui.live_run import LiveRun
from resnet_sim.ui.run_state import Phase

KEPT = 10
"""Resets whose weights are kept."""
POINTS = 1_000
"""Points a curve keeps when its run is left a second time."""


@dataclass(eq=False)
class Learned:
    """A run that was left: its curves, the pale ones beside them, and its weights once they are in a file."""

    record: Record
    before: Record | None
    weights: StateFile | None = None


@dataclass(eq=False)
class Reset:
    """What an entry of the history carries that began anew: the run before it, and the one after it when left."""

    left: Learned | None = None
    right: Learned | None = None


class Beginnings(QObject):
    """Sets the run up whenever it is to begin otherwise, and keeps what it leaves, so that undo brings it back."""

    said = Signal(object)
    """A Sentence: what an edit did to the loss."""
    lost = Signal(object)
    """A Sentence: what cannot come back."""

    def __init__(self, run: LiveRun, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run, self._editor = run, editor
        self._versions = Versions()
        self._kept: deque[Learned] = deque()
        self._arriving: Learned | None = None
        self._crossing = Crossing(run, self)
        self._crossing.said.connect(self.said)
        run.changed.connect(self._arrived)

    def clear(self) -> None:
        """Another document."""
        self._versions.clear()
        self._kept.clear()
        self._arriving = None

    def set_up(self, resume: StateFile | None, record: Record | None) -> None:
        """A run of its own, with these weights and what was measured of them."""
        self._run.before = None
        if self._editor.report.ok:
            self._run.configure(schema.encode(self._editor.experiment), resume, record)
        else:
            self._run.withdraw(resume, record)

    # --- another network ------------------------------------------------------------------------------------------

    def move(self, change: Change) -> None:
        """What was learned of unchanged layers goes over; by undo, what the network had learned comes back."""
        run, ok = self._run, self._editor.report.ok
        before, after = change.before, change.after
        stepped_back = change.kind in ("undo", "redo")
        self._crossing.forget()
        if same_parameters(before.network, after.network) and ok and run.ready:
            run.change(schema.encode(after))
            return
        known = self._versions.of(after.network) if stepped_back else None
        if ok and run.learned:
            if not stepped_back:
                self._crossing.begin(change.label)
            run.hand_over(schema.encode(after), known, lambda kept: self._versions.remember(before.network, kept))
        elif ok:
            run.configure(schema.encode(after), known)
        elif run.learned:
            run.leave(lambda kept: self._versions.remember(before.network, kept))
        else:
            run.withdraw()

    # --- another beginning ----------------------------------------------------------------------------------------

    def cross(self, reset: Reset, change: Change) -> None:
        """Over a reset, forwards or back: what is left is kept in it, what was there comes back, its curves too."""
        run = self._run
        left, keep = self._arriving, None
        if left is None:
            left = Learned(run.record, run.before)
            keep = self._keep(left)
        goal: Learned | None = None
        if change.kind == "undo":
            goal, reset.right = reset.left, left
        elif change.kind == "redo" or reset.left is None:
            goal, reset.left = reset.right, left
        else:  # one more change in the same entry, a digit of a seed: what that entry left stays
            keep = None
        if goal is None:
            pale = run.record if run.step else run.before
            goal = Learned(Record(), pale if change.before.data == change.after.data else None)
        weights = goal.weights
        if weights is not None and not Path(weights.file).exists():
            goal.weights = None
            self.lost.emit(sentence("What was learned then is no longer kept: it begins with its start weights."))
        self._crossing.forget()
        run.before, self._arriving = goal.before, goal
        experiment = schema.encode(self._editor.experiment) if self._editor.report.ok else b""
        run.start_over(experiment, lambda: goal.weights, goal.record, keep)

    def _keep(self, left: Learned) -> Keep:
        def kept(file: StateFile) -> None:
            left.weights = file
            self._kept.append(left)
            for older in list(self._kept)[:-1]:
                older.record.thin(POINTS)
            while len(self._kept) > KEPT:
                oldest = self._kept.popleft()
                if oldest.weights is not None:
                    Path(oldest.weights.file).unlink(missing_ok=True)

        return kept

    def _arrived(self) -> None:
        if self._run.phase is not Phase.STARTING:
            self._arriving = None
