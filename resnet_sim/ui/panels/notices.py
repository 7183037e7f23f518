"""What to notice: a few sentences that follow from what was measured; each leads to its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import Sentence
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.noticing import Maths, Notice, notice
from resnet_sim.state.record import Record
from resnet_sim.ui.panels.controls import label
from resnet_sim.ui.prose import MathProse, plain
from resnet_sim.ui.theme import Look

_ = translator()

EVERY = 2.0
"""Seconds between two looks while it trains; a sentence must stand long enough to be read."""
MOST = 2
BAR = 3.0
_LETTER = re.compile(r"(?P<skip>W_s)|(?P<letter>d?[aWzbxv])\^\{\[\d+\]\}")
_ROLES = {"W": "wt", "b": "wt", "dW": "grad", "db": "grad", "da": "grad", "dz": "grad"}


TARGET = 24
"""What is pressed is at least so high."""


class NoticeLine(QAbstractButton):
    """One sentence; pressing it selects what it is about."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.places: tuple[str, ...] = ()
        self.prose = MathProse(look, "", 13)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.prose)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumHeight(TARGET)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(_("Nothing to notice"))
        self.setToolTip(_("Select what this is about"))

    def show_notice(self, words: str, places: tuple[str, ...]) -> None:
        """Another sentence."""
        self.places = places
        self.prose.show_text(words)
        self.setAccessibleName(plain(words))
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(TARGET, self.prose.heightForWidth(width))

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.prose.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.prose.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The sentence paints itself."""


class NoticeBox(QWidget):
    """Hidden while there is nothing to notice. `chosen` carries the ids a sentence is about."""

    chosen = Signal(object)

    def __init__(self, look: Look, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._look, self._clock = look, clock
        self._looked = float("-inf")
        self._seen: tuple[object, ...] = ()
        self._said: tuple[Notice, ...] = ()
        self.setAccessibleName(_("What to notice"))
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 2, 0, 4)
        box.setSpacing(6)
        box.addWidget(label(_("What to notice"), "strong"))
        self.lines = [NoticeLine(look) for _each in range(MOST)]
        for line in self.lines:
            box.addWidget(line)
            line.clicked.connect(lambda _on=False, line=line: self.chosen.emit(line.places))
        look.changed.connect(self.update)
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences that are shown, as a screen reader says them."""
        return tuple(line.prose.text for line in self.lines[: len(self._said)])

    def show_run(self, experiment: Experiment, record: Record, step: int, training: bool) -> None:
        """Look at what was measured: now and then while it trains, at once when it stands."""
        now = self._clock()
        newest = max((each.steps[-1] for each in record.series.values() if each.steps), default=0)
        seen = (id(record), step, newest, record.last("dev_loss"), experiment.network, experiment.training)
        if (training and record.series and now - self._looked < EVERY) or (not training and seen == self._seen):
            return
        self._looked, self._seen = now, seen
        self._show(notice(experiment, record, MOST) if record.series else ())

    def _show(self, found: tuple[Notice, ...]) -> None:
        if found != self._said:
            self._said = found
            for line, each in zip(self.lines, found, strict=False):
                line.show_notice(words_of(each.sentence), each.places)
            for i, line in enumerate(self.lines):
                line.setVisible(i < len(found))
            self.setVisible(bool(found))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, BAR, self.height()), self._look.theme.color("ink"))
        painter.end()


def words_of(said: Sentence) -> str:
    """The sentence in the language of the window, its formulas between dollar signs and in their colours."""
    return _marked(said).render(_)


def _marked(said: Sentence) -> Sentence:
    return Sentence(said.template, tuple((name, _value(value)) for name, value in said.values))


def _value(value: object) -> object:
    if isinstance(value, Sentence):
        return _marked(value)
    return f"${_LETTER.sub(_colored, value)}$" if isinstance(value, Maths) else value


def _colored(hit: re.Match[str]) -> str:
    role = "skip" if hit["skip"] else _ROLES.get(hit["letter"], "act")
    return rf"\{role}{{{hit[0]}}}"
