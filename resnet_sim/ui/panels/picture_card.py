"""The enlarged picture: one channel of a^{[l]}, every value a cell, with the scale of the layer beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.canvas.cards import paint_crisp
from resnet_sim.ui.canvas.live import number_text
from resnet_sim.ui.live_pictures import cells_of, colours
from resnet_sim.ui.panels.controls import Button, label, row, say
from resnet_sim.ui.prose import MathProse
from resnet_sim.ui.theme import Look, font

_ = translator()

Values = NDArray[np.float32]

TALL = 196
KEY_WIDTH, KEY_ROOM = 12, 46
"""The scale key, and the room for it with its numbers."""
BARS = 64
"""So many values of a vector are in sight at once."""


class Enlarged(QWidget):
    """The picture itself. Left and Right are the channels; the mouse over a cell tells its value."""

    turned = Signal(int)
    left = Signal()
    pointed = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._values: Values | None = None
        self._channel, self._most = 0, 0.0
        self._image = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self._draw)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, TALL)

    @property
    def image(self) -> QImage:
        """The channel shown, one px per value."""
        return self._image

    @property
    def scale(self) -> tuple[float, float]:
        """What the ends of the key stand for."""
        below = self._values is not None and bool((self._values < 0).any())
        return (-self._most if below else 0.0), self._most

    def show_values(self, values: Values | None, channel: int) -> None:
        """(n_C, n_H, n_W) or (n,), one scale for all channels; None while there is no measurement."""
        self._values, self._channel = values, channel
        self._draw()

    def _draw(self) -> None:
        values = self._values
        finite = values[np.isfinite(values)] if values is not None else np.zeros(0, np.float32)
        self._most = float(np.abs(finite).max()) if finite.size else 0.0
        if values is None or values.ndim == 1:
            self._image = QImage()
        else:
            cells = cells_of(np.nan_to_num(values[self._channel], posinf=0, neginf=0), self._most, self._look.theme)
            high, wide = cells.shape
            self._image = QImage(cells.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()
        self.update()

    def _room(self) -> QRectF:
        return QRectF(0, 4, self.width() - KEY_ROOM, self.height() - 8)

    def _bars(self) -> tuple[int, int]:
        """The first and the last + 1 of the values of a vector that are in sight."""
        n = len(self._values) if self._values is not None else 0
        first = self._channel // BARS * BARS
        return first, min(n, first + BARS)

    def value_at(self, point: QPointF) -> str:
        """What stands under a point, in words; "" where nothing does."""
        values, room = self._values, self._room()
        if values is None or not room.contains(point):
            return ""
        if values.ndim == 1:
            first, last = self._bars()
            at = first + int((point.x() - room.x()) / room.width() * (last - first))
            return _("{n}: {value:.4g}").format(n=at + 1, value=float(values[at])) if at < last else ""
        high, wide = values.shape[1:]
        cell = max(1, int(min(room.width() / wide, room.height() / high)))
        x = (point.x() - room.center().x() + cell * wide / 2) / cell
        y = (point.y() - room.center().y() + cell * high / 2) / cell
        if not (0 <= x < wide and 0 <= y < high):
            return ""
        found = float(values[self._channel, int(y), int(x)])
        return _("row {row}, column {column}: {value:.4g}").format(row=int(y) + 1, column=int(x) + 1, value=found)

    # --- Qt --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.turned.emit(1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.turned.emit(-1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.pointed.emit(self.value_at(event.position()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme, room, values = self._look.theme, self._room(), self._values
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if values is None:
            painter.setPen(theme.color("ink3"))
            painter.setFont(font(12))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, _("No picture yet"))
        elif values.ndim == 1:
            self._paint_bars(painter, room, values)
        else:
            painter.fillRect(room, theme.color("line2"))
            paint_crisp(painter, self._image, room)
        if values is not None:
            self._paint_key(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.pen("skip", 2))
            painter.drawRoundedRect(room.adjusted(1, -2, 3, 2), 4, 4)
        painter.end()

    def _paint_bars(self, painter: QPainter, room: QRectF, values: Values) -> None:
        theme, (low, high) = self._look.theme, self.scale
        first, last = self._bars()
        each = room.width() / max(1, last - first)
        per = room.height() / ((high - low) or 1.0)
        zero = room.bottom() + low * per
        painter.setPen(Qt.PenStyle.NoPen)
        for at in range(first, last):
            value = float(values[at]) if np.isfinite(values[at]) else 0.0
            x = room.x() + (at - first) * each
            if at == self._channel:
                painter.fillRect(QRectF(x, room.y(), each, room.height()), theme.color("select"))
            bar = QRectF(x + each * 0.1, min(zero, zero - value * per), each * 0.8, abs(value) * per)
            painter.fillRect(bar, theme.color("act" if value >= 0 else "ink"))
        painter.setPen(theme.pen("border", 1))
        painter.drawLine(QPointF(room.x(), zero), QPointF(room.right(), zero))

    def _paint_key(self, painter: QPainter) -> None:
        theme, room, (low, high) = self._look.theme, self._room(), self.scale
        x, tall = room.right() + 8, room.height()
        table = colours(theme)
        for k in range(round(tall)):
            share = (low + (high - low) * (1 - k / tall)) / (self._most or 1.0)
            painter.fillRect(QRectF(x, room.y() + k, KEY_WIDTH, 1), int(table[128 + round(127 * share)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.pen("border", 1))
        painter.drawRect(QRectF(x, room.y(), KEY_WIDTH, tall))
        painter.setPen(theme.color("ink2"))
        painter.setFont(font(11))
        marks = {room.y() + 9: high, room.bottom(): low}
        if low < 0:
            marks[room.center().y() + 4] = 0.0
        for y, value in marks.items():
            text = "\N{MINUS SIGN}" * (value < 0) + number_text(abs(value))
            painter.drawText(QPointF(x + KEY_WIDTH + 3, y), text)


class PictureCard(QFrame):
    """Hidden until a picture is enlarged. `closed`: Esc, the button, or nothing to show."""

    closed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("box")
        self._values: Values | None = None
        self._name, self._example = "", 0
        self.channel = 0
        self.title = MathProse(look, "", 13, "ink", 600, 1)
        self.facts, self.pointed = MathProse(look, "", 12, "ink2"), label("", "small")
        self.picture = Enlarged(look)
        say(self.picture, _("Enlarged picture"), _("← → choose the channel, Esc closes it"))
        self.back = _small(look, "left", _("Channel before"))
        self.on = _small(look, "right", _("Next channel"))
        self.close_button = _small(look, "close", _("Close the picture"))
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(4)
        head = row(self.title, self.back, self.on, self.close_button, spacing=4)
        for each in (head, self.picture, self.facts, self.pointed):
            box.addWidget(each)
        self.setAccessibleName(_("Enlarged picture"))
        self.back.clicked.connect(lambda: self.turn(-1))
        self.on.clicked.connect(lambda: self.turn(1))
        self.close_button.clicked.connect(self.close_picture)
        self.picture.turned.connect(self.turn)
        self.picture.left.connect(self.close_picture)
        self.picture.pointed.connect(self.pointed.setText)
        self.hide()

    def open_picture(self, name: str) -> None:
        """The picture of a layer, `name` as maths; its values come with `show_values`."""
        self._name, self.channel = name, 0
        self.show_values(None, 0)
        self.show()

    def close_picture(self) -> None:
        """No picture any more."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def turn(self, by: int) -> None:
        """So many channels further on; behind the last comes the first."""
        if self._values is not None:
            self.channel = (self.channel + by) % len(self._values)
            self.show_values(self._values, self._example)

    def show_values(self, values: Values | None, example: int) -> None:
        """What was measured: (n_C, n_H, n_W) or (n,), of that row of the training set."""
        self._values, self._example = values, example
        self.channel = min(self.channel, len(values) - 1) if values is not None else 0
        self.picture.show_values(values, self.channel)
        self.title.show_text(self._title(values))
        self.facts.show_text(self._facts(values))
        for each in (self.back, self.on):
            each.setEnabled(values is not None and len(values) > 1)
        self.picture.setAccessibleDescription(f"{self.title.text}. {self.facts.text}")

    def _title(self, values: Values | None) -> str:
        if values is None:
            return f"${self._name}$"
        words = _("${name}$, channel {k} of {n}") if values.ndim == 3 else _("${name}$, value {k} of {n}")
        return words.format(name=self._name, k=self.channel + 1, n=len(values))

    def _facts(self, values: Values | None) -> str:
        if values is None:
            return _("It comes with the next measurement.")
        one = _("Example {n}").format(n=self._example + 1)
        if values.ndim == 1:
            return _("{example}: {value:.4g}").format(example=one, value=float(values[self.channel]))
        shown = values[self.channel]
        wrong = int((~np.isfinite(shown)).sum())
        if wrong:
            return _("{example}: NaN or Inf in {n} of {all} cells").format(example=one, n=wrong, all=shown.size)
        said = _("{example}: {low:.3g} to {high:.3g}, {zeros:.0f} % are 0")
        zeros = 100 * float((shown == 0).mean())
        return said.format(example=one, low=float(shown.min()), high=float(shown.max()), zeros=zeros)


def _small(look: Look, icon: str, name: str) -> Button:
    made = Button(look, "", icon, height=26)
    made.setFixedWidth(26)
    say(made, name, name)
    return made
