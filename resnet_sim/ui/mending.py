"""Ways out for a run that cannot go on, or only slowly: each is said in a strip with what mends it on its buttons."""

from __future__ import annotations

from math import log2

from PySide6.QtCore import QObject, Signal

from resnet_sim.assets import translator
from resnet_sim.engine.messages import DivergedReport, Nack, Refused
from resnet_sim.errors import Sentence, sentence
from resnet_sim.ui.panels.strip import Choice, Message
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.state_words import divergence_words
from resnet_sim.ui.workbench import Workbench

_ = translator()

SLOW_MS = 500.0
"""A step that takes longer makes fewer than two a second."""
BRISK_MS = 250.0
"""The smaller batch that is offered should make steps of this length."""
SMALLEST_OFFER = 8


class Mender(QObject):
    """Listens to the run of a workbench. `said` carries messages for the strip."""

    said = Signal(object)

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = workbench
        self._told_slow = False
        run = workbench.run
        run.diverged.connect(self._diverged)
        run.refused.connect(self._refused)
        run.record_replaced.connect(self._forget)

    # --- diverged -------------------------------------------------------------------------------------------------

    def _diverged(self, report: DivergedReport) -> None:
        run = self._bench.run
        kept = max((step for step in run.kept if step < report.step), default=0)
        words = _("Go back to step {step}").format(step=kept)
        back = Choice(words, lambda: run.go_back(kept))
        self._say("error", divergence_words(report), back, Choice(_("Halve α, start again"), self.halve_and_restart))

    def halve_and_restart(self) -> None:
        """Half the learning rate, from the start weights, training at once."""
        bench = self._bench
        bench.set_training("learning_rate", bench.experiment.training.learning_rate / 2)
        bench.editor.seal()
        bench.reset()
        bench.run.train()

    # --- too large ------------------------------------------------------------------------------------------------

    def _refused(self, answer: Refused | Nack) -> None:
        fixes = (self._batch_choice(answer.batch),) if answer.batch else ()
        self._say("error" if isinstance(answer, Refused) else "warning", answer.reason.sentence, *fixes)

    def _batch_choice(self, batch: int) -> Choice:
        return Choice(_("Use batch {m}").format(m=batch), lambda: self._use_batch(batch))

    def _use_batch(self, batch: int) -> None:
        self._bench.set_training("batch_size", batch)
        self._bench.editor.seal()

    # --- slow -----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._told_slow = False

    def look(self) -> None:
        """Called a few times a second: of a run that is slow people hear once; the transport goes on showing it."""
        run = self._bench.run
        if not self._told_slow and run.phase is Phase.TRAINING and self.slow:
            self._told_slow = True
            self.tell_slow()

    @property
    def slow(self) -> bool:
        """Whether two steps take more than a second."""
        return self._bench.run.step_ms > SLOW_MS

    def tell_slow(self) -> None:
        """How long a step takes, and what makes it shorter."""
        seconds = self._bench.run.step_ms / 1000
        batch = quicker_batch(self._bench.experiment.training.batch_size, self._bench.run.step_ms)
        if batch:
            said = sentence("A step takes {seconds:.1f} s. With a smaller batch it is shorter.", seconds=seconds)
            self._say("warning", said, self._batch_choice(batch))
        else:
            said = sentence("A step takes {seconds:.1f} s. Fewer units or layers make it shorter.", seconds=seconds)
            self._say("warning", said)

    def _say(self, kind: str, said: Sentence, *choices: Choice) -> None:
        self.said.emit(Message(kind, said.render(_), choices))


def quicker_batch(batch: int, step_ms: float) -> int:
    """The power of two that should make a step brisk, as steps last in proportion to the batch; 0: none is smaller."""
    wanted = batch * BRISK_MS / step_ms if step_ms > 0 else batch
    offer = max(SMALLEST_OFFER, 2 ** int(log2(max(wanted, 1.0))))
    return offer if offer < batch else 0
