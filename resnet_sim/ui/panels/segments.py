"""A segmented control: a few choices side by side, one of them pressed, each with a reason when it cannot be."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from resnet_sim.ui.panels.controls import say
from resnet_sim.ui.prose import draw_line, line_width, plain
from resnet_sim.ui.theme import Look


class Segment(QAbstractButton):
    """One choice."""

    def __init__(self, look: Look, words: str) -> None:
        super().__init__()
        self._look, self._words = look, words
        self.setCheckable(True)
        self.setText(plain(words))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def _width(self) -> float:
        return line_width(self._words, 12, 500)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(self._width()) + 14, 26)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(self._width()) + 4, 26)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # the whole control moves
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = "ink" if self.isEnabled() else "ink3"
        if self.isChecked():
            painter.setPen(theme.pen("ink", 1.2))
            painter.setBrush(theme.color("card"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.6, 1.6, -1.6, -1.6), 5, 5)
        x = (self.width() - self._width()) / 2
        draw_line(painter, x, self.height() / 2 + 4.4, self._words, 12, theme, role, 500)
        painter.end()


class Segments(QWidget):
    """The choices. `chosen` carries the value picked by hand; Left and Right move between them."""

    chosen = Signal(str)

    def __init__(self, look: Look, name: str, choices: tuple[tuple[str, str], ...]) -> None:
        """choices: (value, words)."""
        super().__init__()
        self._look = look
        self.setAccessibleName(name)
        self.setFixedHeight(30)
        self.segments: dict[str, Segment] = {}
        group = QButtonGroup(self)
        box = QHBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        box.setSpacing(0)
        for value, words in choices:
            made = self.segments[value] = Segment(look, words)
            say(made, f"{name}: {plain(words)}")
            group.addButton(made)
            box.addWidget(made, made.sizeHint().width())
            made.clicked.connect(lambda _on=False, value=value: self.chosen.emit(value))
        look.changed.connect(self.update)

    def show_value(self, value: str, reasons: dict[str, str]) -> None:
        """Which choice holds; `reasons`: why others cannot be chosen."""
        for each, segment in self.segments.items():
            segment.setChecked(each == value)
            reason = reasons.get(each, "")
            segment.setEnabled(not reason or each == value)
            segment.setToolTip(reason)
            segment.setAccessibleDescription(reason)

    @property
    def value(self) -> str:
        """The choice that holds."""
        return next((value for value, segment in self.segments.items() if segment.isChecked()), "")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        able = [value for value, segment in self.segments.items() if segment.isEnabled()]
        if event.key() in steps and self.value in able:
            at = (able.index(self.value) + steps[Qt.Key(event.key())]) % len(able)
            self.segments[able[at]].setFocus(Qt.FocusReason.TabFocusReason)
            self.segments[able[at]].click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("select"))
        painter.drawRoundedRect(QRectF(self.rect()), 7, 7)
        painter.end()
