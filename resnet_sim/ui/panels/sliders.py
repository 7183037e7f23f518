"""Sliders on a logarithmic scale, painted with their scale so that marks stand exactly where they belong."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider

from resnet_sim.ui.theme import Look, font, metrics

STEPS = 100
"""Slider positions in a decade."""
OFF_ZONE = 70
"""Positions between off and the low end."""
HANDLE = 7.0


class LogSlider(QSlider):
    """A value from `low` to `high` on a log scale, with 0 as "off" at the left end if asked.

    `moved` carries the value while it changes by hand, `let_go` comes when mouse or key lets go: one drag, one change.
    """

    moved = Signal(float)
    let_go = Signal()
    typed = Signal(str)
    """The first digit (or point) of a number: it belongs into the field beside the slider."""

    def __init__(
        self, look: Look, low: float, high: float, token: str, off: str = "", marks: tuple[tuple[float, str], ...] = ()
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._look, self._token, self._marks, self._off = look, token, marks, off
        self._low, self._decades = low, math.log10(high / low)
        self._start = OFF_ZONE if off else 0
        self.setRange(0, self._start + round(STEPS * self._decades))
        self.setSingleStep(STEPS // 20)
        self.setPageStep(10 * self.singleStep())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(self._changed)
        self.actionTriggered.connect(self._over_the_gap)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 42 if self._marks else 24)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(60, 42 if self._marks else 24)

    def value_at(self, position: int) -> float:
        """The value of a slider position, rounded to two digits."""
        if self._off and position <= OFF_ZONE // 2:
            return 0.0
        raw = self._low * 10 ** (max(position - self._start, 0) / STEPS)
        return float(f"{raw:.2g}")

    def position_of(self, value: float) -> int:
        """The nearest slider position of a value; values below the low end stand at it."""
        if value <= 0:
            return 0
        at = self._start + round(STEPS * math.log10(value / self._low))
        return min(max(at, self._start), self.maximum())

    def show_value(self, value: float) -> None:
        """Stand at a value without saying so. Where it stands for that value already it stays: keys add up exactly."""
        at = self.sliderPosition()
        if not self.isSliderDown() and (self.value_at(at) != value or 0 < at < self._start):
            self.blockSignals(True)
            self.setSliderPosition(self.position_of(value))
            self.blockSignals(False)
            self.update()

    def x_of(self, position: float) -> float:
        """Where a slider position is, px."""
        room = self.width() - 2 * HANDLE - 2
        return HANDLE + 1 + room * position / max(self.maximum(), 1)

    def _changed(self, position: int) -> None:
        self.moved.emit(self.value_at(position))
        if not self.isSliderDown():
            self.let_go.emit()

    def _over_the_gap(self, _action: int) -> None:
        """A key or the wheel leads from off to the low end at once, and back: nothing is between them."""
        at = self.sliderPosition()
        if 0 < at < self._start:
            self.setSliderPosition(self._start if at > self.value() else 0)

    def _position_at(self, x: float) -> int:
        room = max(self.width() - 2 * HANDLE - 2, 1.0)
        at = round((x - HANDLE - 1) / room * self.maximum())
        return min(max(at, 0), self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self._position_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.isSliderDown():
            self.setSliderPosition(self._position_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.let_go.emit()
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.text() and event.text() in "0123456789.,":
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 12.0
        at = self.x_of(self.sliderPosition())
        live = theme.color(self._token if self.isEnabled() else "ink3")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border"))
        painter.drawRoundedRect(QRectF(self.x_of(0), y - 1.5, self.x_of(self.maximum()) - self.x_of(0), 3), 1.5, 1.5)
        painter.setBrush(live)
        painter.drawRoundedRect(QRectF(self.x_of(0), y - 2, max(at - self.x_of(0), 0), 4), 2, 2)
        self._paint_marks(painter, y)
        painter.setPen(QPen(live, 2))
        painter.setBrush(theme.color("card"))
        painter.drawEllipse(QPointF(at, y), HANDLE - 1, HANDLE - 1)
        painter.end()

    def _paint_marks(self, painter: QPainter, y: float) -> None:
        theme = self._look.theme
        painter.setFont(font(11))
        named = [(0.0, self._off)] if self._off else []
        named += [(float(self.position_of(value)), text) for value, text in self._marks]
        for position, text in named if self._marks else []:
            x = self.x_of(position)
            painter.setPen(QPen(theme.color("ink3"), 1))
            painter.drawLine(QPointF(x, y + 9), QPointF(x, y + 12))
            painter.setPen(theme.color("ink2"))
            width = metrics(11).horizontalAdvance(text)
            left = min(max(x - width / 2, 1.0), self.width() - width - 1)
            painter.drawText(QPointF(left, y + 25), text)
