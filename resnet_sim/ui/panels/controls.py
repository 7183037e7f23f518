"""Small controls every panel uses: buttons, chips, number fields, switches, the focus ring, rows and rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QFocusFrame,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from resnet_sim.ui import icons
from resnet_sim.ui.theme import Look, font, metrics


def label(text: str, role: str = "") -> QLabel:
    """A line of text; the style sheet knows the role."""
    made = QLabel(text)
    made.setProperty("role", role)
    return made


def rule(vertical: bool = False) -> QFrame:
    """A hairline between two parts."""
    made = QFrame()
    made.setObjectName("vline" if vertical else "hline")
    return made


def row(*items: QWidget | None, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QWidget:
    """Widgets side by side; None is a stretch."""
    made = QWidget()
    made.setObjectName("plain")
    box = QHBoxLayout(made)
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    for item in items:
        if item is None:
            box.addStretch(1)
        else:
            box.addWidget(item)
    return made


def say(widget: QWidget, name: str, description: str = "") -> None:
    """What a screen reader says about a widget; the description is its tool tip too."""
    widget.setAccessibleName(name)
    if description:
        widget.setAccessibleDescription(description)
        widget.setToolTip(description)


class Button(QAbstractButton):
    """A button with icon, word and the key that does the same. Clicking it leaves the focus where it was.

    Focused by Tab, Space presses it instead of training.
    """

    def __init__(
        self, look: Look, text: str, icon: str = "", key: str = "", primary: bool = False, height: int = 32
    ) -> None:
        super().__init__()
        self._look, self._icon, self._key, self._primary, self._height = look, icon, key, primary, height
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        look.changed.connect(self.update)

    @property
    def key(self) -> str:
        """The key that stands on it."""
        return self._key

    def show_key(self, key: str) -> None:
        """Another key does the same now."""
        if key != self._key:
            self._key = key
            self.updateGeometry()
            self.update()

    def show_as(self, text: str, icon: str) -> None:
        """Change word and icon."""
        if (text, icon) != (self.text(), self._icon):
            self._icon = icon
            self.setText(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        width = metrics(13, self._weight).horizontalAdvance(self.text()) if self.text() else 0.0
        width += 16 if self._icon else 0
        width += 8 if self._icon and self.text() else 0
        width += metrics(11).horizontalAdvance(self._key) + 8 if self._key else 0
        side = 24 if self.text() else 12
        return QSize(round(width) + side, self._height)

    @property
    def _weight(self) -> int:
        return 600 if self._primary else 500

    def event(self, event: QEvent) -> bool:
        """Keep Space for this button while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, edge, fill = theme.color("ink"), theme.color("border"), theme.color("card")
        if self._primary and self.isEnabled():
            ink, edge, fill = theme.color("on_primary"), theme.color("primary"), theme.color("primary")
        elif not self.isEnabled():
            ink, edge, fill = theme.color("ink3"), theme.color("line"), theme.color("panel")
        elif self.isDown() or self.isChecked():
            fill = theme.color("select")
        elif self.underMouse():
            edge = theme.color("ink")
        painter.setPen(QPen(edge, 1.2))
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 7, 7)
        self._paint_face(painter, ink)
        painter.end()

    def _paint_face(self, painter: QPainter, ink: QColor) -> None:
        x = 12.0 if self.text() else (self.width() - 16) / 2
        middle = self.height() / 2
        if self._icon:
            icons.draw(painter, self._icon, x, middle - 8, 16, ink)
            x += 24
        painter.setPen(ink)
        painter.setFont(font(13, self._weight))
        painter.drawText(QPointF(x, middle + 4.7), self.text())
        if self._key:
            faint = QColor(ink) if self._primary and self.isEnabled() else self._look.theme.color("ink3")
            faint.setAlphaF(0.8 if self._primary else 1.0)
            painter.setPen(faint)
            painter.setFont(font(11))
            x += metrics(13, self._weight).horizontalAdvance(self.text()) + 8
            painter.drawText(QPointF(x, middle + 4.4), self._key)


class NumberField(QLineEdit):
    """A typed number. `entered` carries it when Return is pressed or the field is left with a number inside its range.

    Up and Down move it by `step` (given value and direction); a wrong text stays, marked, until it is right or left.
    """

    entered = Signal(float)

    def __init__(
        self, read: Callable[[str], float | None], write: Callable[[float], str], step: Callable[[float, int], float]
    ) -> None:
        super().__init__()
        self._read, self._write, self._step = read, write, step
        self._value = 0.0
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.returnPressed.connect(self._take)
        self.textEdited.connect(lambda _: self._mark(False))

    @property
    def value(self) -> float:
        """The number last shown or entered."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show a number, unless one is being typed here."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._write(value))
            self._mark(False)

    def _take(self) -> None:
        value = self._read(self.text())
        if value is None:
            self._mark(True)
            return
        self._mark(False)
        changed = value != self._value
        self._value = value
        self.setText(self._write(value))
        self.setModified(False)
        if changed:
            self.entered.emit(value)

    def type_over(self, text: str) -> None:
        """Begin a number here, in place of the one that stands, as if `text` had been typed."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()
        self.insert(text)

    def _mark(self, wrong: bool) -> None:
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

    def _move(self, direction: int) -> None:
        value = self._read(self._write(self._step(self._value, direction)))
        if value is not None and value != self._value:
            self._value = value
            self.setText(self._write(value))
            self.entered.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        if event.key() in steps:
            self._move(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._write(self._value))
            self.setModified(False)
            self._mark(False)
            event.ignore()  # who is around it knows where the focus goes
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus() and event.angleDelta().y():
            self._move(1 if event.angleDelta().y() > 0 else -1)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        if self._read(self.text()) is None:
            self.setText(self._write(self._value))
            self._mark(False)
        elif self.isModified():
            self._take()
        self.setModified(False)
        super().focusOutEvent(event)


class Toggle(QCheckBox):
    """A switch, 34 x 24 px."""

    def __init__(self, look: Look, name: str, description: str) -> None:
        super().__init__()
        self._look = look
        say(self, name, description)
        self.setFixedSize(34, 24)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        look.changed.connect(self.update)

    def hitButton(self, pos: object) -> bool:  # noqa: N802
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        painter.setPen(QPen(theme.color("ink" if on else "border"), 1.2))
        painter.setBrush(theme.color("ink" if on else "card"))
        painter.drawRoundedRect(QRectF(1, 4, 32, 16), 8, 8)
        painter.setPen(QPen(theme.color("ink" if on else "border"), 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawEllipse(QPointF(25 if on else 9, 12), 6, 6)
        painter.end()


class Chip(Button):
    """A small button in the header."""

    def __init__(self, look: Look, text: str, icon: str, name: str, description: str) -> None:
        super().__init__(look, text, icon, height=26)
        say(self, name, description)


class ColorKey(QWidget):
    """What each hue means: a short line and a word for each quantity."""

    GAP, LINE = 18, 16

    def __init__(self, look: Look, named: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._look, self._named = look, tuple(named)
        self.setAccessibleName(", ".join(word for _, word in named))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        words = sum(metrics(12).horizontalAdvance(word) for _, word in self._named)
        return QSize(round(words + len(self._named) * (self.LINE + 6 + self.GAP)), 20)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(12))
        x, middle = 0.0, self.height() / 2
        for token, word in self._named:
            painter.setPen(theme.pen(token, 3))
            painter.drawLine(QPointF(x + 2, middle), QPointF(x + self.LINE - 2, middle))
            painter.setPen(theme.color("ink2"))
            painter.drawText(QPointF(x + self.LINE + 6, middle + 4.3), word)
            x += self.LINE + 6 + metrics(12).horizontalAdvance(word) + self.GAP
        painter.end()


class FocusRing(QFocusFrame):
    """The dashed ring around what the keyboard has reached; a click shows none."""

    GAP = 3

    def __init__(self, look: Look, kinds: Sequence[type[QWidget]], parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._kinds = look, tuple(kinds)
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, now: QWidget | None) -> None:
        by_mouse = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        wanted = now if isinstance(now, self._kinds) and not by_mouse and now.window() is self.parent() else None
        self.setWidget(wanted)  # type: ignore[arg-type] # Qt takes None: no ring

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.theme.color("ink"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()
