"""The transport at work: what its buttons do to the workbench, and what it shows of the run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from resnet_sim.assets import translator
from resnet_sim.ui.mending import Mender
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.workbench import Workbench

_ = translator()


class TransportDesk(QObject):
    """Joins a transport to a workbench."""

    def __init__(self, workbench: Workbench, transport: Transport, train_or_pause: Callable[[], object]) -> None:
        super().__init__(transport)
        self._bench, self._transport = workbench, transport
        self.mender = Mender(workbench, self)
        self.mender.said.connect(workbench.said)
        transport.train_pressed.connect(train_or_pause)
        transport.step_pressed.connect(workbench.one_step)
        transport.epoch_pressed.connect(workbench.one_epoch)
        transport.reset_pressed.connect(workbench.reset)
        transport.seed_entered.connect(self._set_seed)
        transport.back.chosen.connect(workbench.run.go_back)
        transport.speed.clicked.connect(self.mender.tell_slow)
        workbench.run.engine.heartbeat.connect(self._beat)

    def _set_seed(self, seed: int) -> None:
        self._bench.set_training("seed", seed)
        self._bench.editor.seal()

    def _beat(self, _beat: object) -> None:
        self._show_kept()
        self._transport.show_slow(self._bench.training and self.mender.slow)
        self.mender.look()

    def _show_kept(self) -> None:
        run = self._bench.run
        able = run.ready or run.phase is Phase.DIVERGED
        kept = tuple(step for step in run.kept if step < run.step) if able else ()
        self._transport.back.show_steps(kept, self._bench.epochs.at)

    def show_document(self) -> None:
        """The settings changed."""
        self._transport.seed.show_value(self._bench.experiment.training.seed)

    def show_state(self) -> None:
        """The training started, paused, stopped, or cannot start."""
        bench, transport = self._bench, self._transport
        transport.show_state(bench.kind, bench.state_words, bench.training)
        transport.allow(bench.can_train, bench.why_not)
        if bench.run.phase is Phase.DIVERGED:
            transport.allow_steps(False, _("Training has diverged: go back to a step, or start again."))
        if not bench.training:
            transport.show_slow(False)
        self._show_kept()

    def show_numbers(self) -> None:
        """Where the run stands."""
        bench = self._bench
        speed = bench.run.speed if bench.training and bench.run.speed else None
        self._transport.show_progress(bench.epochs.at(bench.run.step), bench.run.step, speed)
