"""The example chooser: which training example the pictures show, what its label is and what the network answers."""

from __future__ import annotations

from random import randrange

from PySide6.QtCore import QEvent, QObject, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import Button, NumberField, label, say
from resnet_sim.ui.prose import draw_line, line_width, plain
from resnet_sim.ui.theme import Look

_ = translator()

INSET = 12
"""From the corner."""
BESIDE = 208
"""Px of the parent that are left to what stands in its other corner."""


class Answer(QWidget):
    """A short line that may hold maths, in a room that stays as wide as its longest text so far: nothing moves."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._words, self._widest = look, "", 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def show_words(self, words: str) -> None:
        """Another line; "" gives the room back."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(plain(words))
            wide = round(line_width(words, 12)) + 2 if words else 0
            if wide > self._widest or not words:
                self._widest = wide
                self.updateGeometry()
            self.update()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._widest, 28)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_line(painter, 0, 18.3, self._words, 12, self._look.theme, "ink2")
        painter.end()


class ExampleChooser(QWidget):
    """A number, one before, the next, any. `chosen` carries the row of the training set, from 0 on.

    It stands in the upper right corner of its parent.
    """

    chosen = Signal(int)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._host = look, parent
        self._count, self.row = 0, 0
        self.field = NumberField(self._read, lambda value: str(round(value)), lambda value, by: value + by)
        self.field.setFixedWidth(56)
        self.field.setFixedHeight(28)
        say(self.field, _("Training example"), _("The pictures on the cards show this example of the training set."))
        self.back = _small(look, "left", _("Example before"), _("The example before"))
        self.on = _small(look, "right", _("Next example"), _("The next example"))
        self.any = _small(look, "shuffle", _("Any example"), _("Any example of the training set"))
        self.answer = Answer(look)
        box = self._box = QHBoxLayout(self)
        box.setContentsMargins(10, 3, 6, 3)
        box.setSpacing(4)
        self._word = label(_("Example"), "small")
        for each in (self._word, self.field, self.back, self.on, self.any, self.answer):
            box.addWidget(each)
        box.insertSpacing(5, 6)
        self.setAccessibleName(_("Example shown in the pictures"))
        self.field.entered.connect(lambda value: self.choose(round(value) - 1))
        self.back.clicked.connect(lambda: self.go(-1))
        self.on.clicked.connect(lambda: self.go(1))
        self.any.clicked.connect(self.choose_any)
        look.changed.connect(self.update)
        parent.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        """Where the parent is narrow words give way: first the name, then the answer, which the tool tip says too."""
        for shown in ((True, True), (False, True), (False, False)):
            for each, on in zip((self._word, self.answer), shown, strict=True):
                each.setVisible(on)
            self._box.invalidate()
            if self._box.sizeHint().width() <= self._host.width() - BESIDE:
                break
        self.adjustSize()
        self.move(self._host.width() - self.width() - INSET, INSET)

    def show_examples(self, count: int, row: int) -> None:
        """How many there are, and which one is shown."""
        self._count, self.row = count, row
        self.field.show_value(row + 1)
        self.setEnabled(count > 0)

    def show_preview(self, preview: bool) -> None:
        """Whether the pictures show what the start weights make of it: nothing has been learned yet."""
        word = _("Preview") if preview else _("Example")
        if word != self._word.text():
            self._word.setText(word)
            self._word.setToolTip(_("The network with its start weights") if preview else "")
            self._fit()

    def show_answer(self, words: str) -> None:
        """Its label, and what the network makes of it."""
        if words != self.answer.words:
            before = self.answer.sizeHint()
            self.answer.show_words(words)
            self.setToolTip(plain(words))
            if self.answer.sizeHint() != before:
                self._fit()

    def choose(self, row: int) -> None:
        """Another example."""
        if self._count and row != self.row:
            self.row = row % self._count
            self.field.show_value(self.row + 1)
            self.chosen.emit(self.row)

    def go(self, by: int) -> None:
        """So many further on; behind the last comes the first."""
        self.choose(self.row + by)

    def choose_any(self) -> None:
        """Any other one."""
        if self._count > 1:
            self.choose((self.row + 1 + randrange(self._count - 1)) % self._count)

    def _read(self, text: str) -> float | None:
        text = text.strip()
        return float(text) if text.isdecimal() and 1 <= int(text) <= self._count else None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("line", 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.6, 0.6, -0.6, -0.6), 7, 7)
        painter.end()


def _small(look: Look, icon: str, name: str, description: str) -> Button:
    made = Button(look, "", icon, height=28)
    made.setFixedWidth(28)
    say(made, name, description)
    return made
