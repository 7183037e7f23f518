"""How fast a run trains and when it stops by itself: what people chose, kept for every run, told to the engine."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from resnet_sim.assets import translator
from resnet_sim.engine.messages import Ack, Command, Done, Ready, Run
from resnet_sim.ui.engine_process import EngineProcess

_ = translator()

FULL = 0
PACES = (1, 2, 5, 10, 25, 50, 100, FULL)
"""Steps a second, slowest first; FULL is as fast as it goes."""
SET_UP = frozenset({"paused", "running", "busy"})
"""States of the engine in which there is a run that can take a pace."""


@dataclass(frozen=True)
class StopRule:
    """When training stops by itself: after so many ends of an epoch, or at this loss; 0 does not count.

    words: in the menu; short: on the button; reached: what the state says when it has stopped.
    """

    name: str
    words: str
    short: str
    reached: str = ""
    epochs: int = 0
    loss: float = 0.0


NEVER = StopRule("never", _("Never"), _("Stop: never"))
RULES = (
    NEVER,
    StopRule("epoch", _("After 1 epoch"), _("Stop: 1 epoch"), _("Stopped: 1 epoch is done"), epochs=1),
    StopRule("epochs", _("After 10 epochs"), _("Stop: 10 epochs"), _("Stopped: 10 epochs are done"), epochs=10),
    StopRule("loss.1", _("At loss .1"), _("Stop: loss .1"), _("Stopped: the loss reached .1"), loss=0.1),
    StopRule("loss.01", _("At loss .01"), _("Stop: loss .01"), _("Stopped: the loss reached .01"), loss=0.01),
    StopRule("loss.001", _("At loss .001"), _("Stop: loss .001"), _("Stopped: the loss reached .001"), loss=0.001),
)


def pace_words(pace: int) -> str:
    """A pace as its button says it."""
    return _("full speed") if pace == FULL else _("pace {n}/s").format(n=pace)


class Pacing(QObject):
    """`changed`: another pace or rule. The worker forgets its pace with every run; it is told again here."""

    changed = Signal()

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pace = FULL
        self.rule = NEVER
        self._engine = engine
        self.asked = 0
        """The id of the command that trains by the rule; 0 before the first."""
        self._newest, self._by = 0, NEVER
        self._reached: tuple[StopRule, int] | None = None
        engine.ready.connect(self._ready)
        engine.acknowledged.connect(self._acknowledged)
        engine.done.connect(self._done)

    def stopped_words(self, step: int) -> str:
        """Why the run stands at this step, "" if nothing but people stopped it."""
        return self._reached[0].reached if self._reached is not None and self._reached[1] == step else ""

    def run(self) -> None:
        """Train at the pace, until the rule says stop."""
        self._reached = None
        self._by = self.rule
        self.asked = self._engine.run(epochs=self.rule.epochs, until_loss=self.rule.loss)

    def set_pace(self, pace: int) -> None:
        """Another pace, from the next step on."""
        if pace != self.pace:
            self.pace = pace
            if self._engine.state in SET_UP:
                self._engine.pace(pace)
            self.changed.emit()

    def slower(self) -> None:
        """The next slower pace."""
        self.set_pace(PACES[max(PACES.index(self.pace) - 1, 0)])

    def faster(self) -> None:
        """The next faster pace."""
        self.set_pace(PACES[min(PACES.index(self.pace) + 1, len(PACES) - 1)])

    def set_rule(self, name: str) -> None:
        """Another rule; a run in training goes on under it."""
        rule = next(each for each in RULES if each.name == name)
        if rule != self.rule:
            self.rule = rule
            if self._engine.state == "running" and self._newest and self._newest == self.asked:
                self.run()
            self.changed.emit()

    @Slot(object)
    def _ready(self, _ready: Ready) -> None:
        self._reached = None
        self.asked = self._newest = 0
        if self.pace != FULL:
            self._engine.pace(self.pace)

    @Slot(object, object)
    def _acknowledged(self, _ack: Ack, command: Command) -> None:
        if isinstance(command, Run):
            self._newest = command.id

    @Slot(object)
    def _done(self, done: Done) -> None:
        wanted = "epochs" if self._by.epochs else "loss" if self._by.loss else ""
        if done.id == self.asked and done.reason == wanted:
            self._reached = (self._by, done.step)
