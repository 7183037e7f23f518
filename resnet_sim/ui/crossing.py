"""What an edit did to a trained network: its loss before and after, to the last digit."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from resnet_sim.errors import Sentence, sentence
from resnet_sim.ui.live_run import LiveRun
from resnet_sim.ui.run_state import Phase


class Crossing(QObject):
    """Watches a run while an edited network takes over what the one before had learned."""

    said = Signal(object)
    """A Sentence with both losses, once the edited network stands."""

    def __init__(self, run: LiveRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._before: float | None = None
        self._label: Sentence | None = None
        run.measured.connect(self._measured)

    def begin(self, label: Sentence) -> None:
        """An edit of a run that stands still; of one that trains there is no loss of that very step to compare."""
        stands = self._run.phase is Phase.PAUSED
        self._before = self._run.record.last("train_loss") if stands else None
        self._label = label

    def forget(self) -> None:
        """Something else happened: nothing is compared."""
        self._before = None

    def _measured(self, exact: bool) -> None:
        before = self._before
        if before is None or self._label is None or not exact or self._run.phase is not Phase.PAUSED:
            return
        after = self._run.record.last("train_loss")
        self._before = None
        if after is None:
            return
        if after == before:
            template = "{deed}: the training loss is {before!r} before and after; it changed by exactly 0."
            self.said.emit(sentence(template, deed=self._label, before=before))
        else:
            template = "{deed}: the training loss was {before!r}, it is {after!r} now."
            self.said.emit(sentence(template, deed=self._label, before=before, after=after))
