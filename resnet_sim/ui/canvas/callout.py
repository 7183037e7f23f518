"""A question or an error beside a card: a sentence, and buttons that do something about it. Never a dialog."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.ui import formula, icons
from resnet_sim.ui.canvas.content import maths_of
from resnet_sim.ui.canvas.desk import Choice, Offer
from resnet_sim.ui.theme import Look, font, metrics

WIDEST = 380
TIP = 10
"""Height of the point that leads to the card."""


class Prose(QWidget):
    """A sentence with maths in it, broken into lines."""

    def __init__(self, look: Look, bold: bool = False) -> None:
        super().__init__()
        self._look, self._bold = look, bold
        self._lines: list[list[str]] = []
        look.changed.connect(self.update)

    def say(self, text: str, width: int) -> None:
        """Show a sentence in lines of at most `width` px."""
        self.setAccessibleName(text)
        self._lines = [[]]
        room = float(width)
        for word in text.split():
            wide = self._width(word) + self._space
            if self._lines[-1] and wide > room:
                self._lines.append([])
                room = float(width)
            self._lines[-1].append(word)
            room -= wide
        longest = max((sum(self._width(word) + self._space for word in line) for line in self._lines), default=0.0)
        self.setFixedSize(round(longest) + 2, 20 * len(self._lines) + 2)
        self.update()

    @property
    def _space(self) -> float:
        return metrics(13).horizontalAdvance(" ")

    def _width(self, word: str) -> float:
        if self._bold and maths_of(word) == rf"\text{{{word}}}":
            return metrics(13, 600).horizontalAdvance(word)
        return formula.layout(maths_of(word), 14).width

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        for row, line in enumerate(self._lines):
            x = 0.0
            for word in line:
                tex = maths_of(word)
                if self._bold and tex == rf"\text{{{word}}}":
                    painter.setFont(font(13, 600))
                    painter.setPen(theme.color("ink"))
                    painter.drawText(QPointF(x, 20 * row + 15), word)
                    x += metrics(13, 600).horizontalAdvance(word)
                else:
                    x += formula.draw(painter, x, 20 * row + 15, tex, 14, theme, "ink" if self._bold else "ink2")
                x += self._space
        painter.end()


class ChoiceButton(QAbstractButton):
    """A button whose words may hold maths."""

    def __init__(self, look: Look, choice: Choice, primary: bool) -> None:
        super().__init__()
        self._look, self._primary = look, primary
        self._tex = maths_of(choice.text).replace(r"\skip{W_s}", "W_s").replace(r"\wt", "").replace(r"\act", "")
        self.setText(choice.text)
        self.setAccessibleName(choice.text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(formula.layout(self._tex, 14, self._role).width) + 26, 30)

    @property
    def _role(self) -> str:
        return "on_primary" if self._primary else "ink"

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # the callout knows which button is beside this one
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1.6, 1.6, -1.6, -1.6)
        painter.setPen(theme.pen("primary" if self._primary else "ink" if self.underMouse() else "border", 1.2))
        painter.setBrush(theme.color("primary" if self._primary else "card"))
        painter.drawRoundedRect(rect, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("on_primary" if self._primary else "ink"), 1.6, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2.4, 2.4, -2.4, -2.4), 4, 4)
        formula.draw(painter, 13, self.height() / 2 + 5, self._tex, 14, theme, self._role)
        painter.end()


class Callout(QWidget):
    """Shows one offer at a time, below its card, or above it where there is no room. Child of the view."""

    escaped = Signal()
    """Esc on one of its buttons."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._view = look, parent
        self.offer: Offer | None = None
        self.buttons: list[ChoiceButton] = []
        self._tip = QPoint(0, 0)
        self._up = True
        self._title = Prose(look, bold=True)
        self._text = Prose(look)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._box = QVBoxLayout(self)
        self._box.setSpacing(6)
        self._box.addWidget(self._title)
        self._box.addWidget(self._text)
        self._box.addLayout(self._row)
        look.changed.connect(self.update)
        self.hide()

    def show_offer(self, offer: Offer | None) -> None:
        """Show an offer instead of the one before; None closes."""
        if offer == self.offer and offer is not None:
            return
        self.offer = offer
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        while self._row.takeAt(0) is not None:
            pass
        if offer is None:
            self.hide()
            return
        self._title.say(offer.title, WIDEST - 70)
        self._text.say(offer.text, WIDEST - 70)
        self._text.setVisible(bool(offer.text))
        for k, choice in enumerate(offer.choices[:3]):
            button = ChoiceButton(self._look, choice, primary=k == offer.first)
            button.clicked.connect(choice.act)
            self._row.addWidget(button)
            button.show()  # a hidden one is not counted in the size
            self.buttons.append(button)
        self._row.addStretch(1)
        self._box.setContentsMargins(46 if offer.error else 18, 14 + TIP, 18 + self._key_width(), 14 + TIP)
        self.adjustSize()
        self.setAccessibleName(offer.title)
        self.setAccessibleDescription(offer.text)
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{offer.title} {offer.text}".strip()))
        if offer.takes_focus and self.buttons:
            self.buttons[offer.first].setFocus(Qt.FocusReason.OtherFocusReason)

    def _key_width(self) -> int:
        return self._cap() + 10 if self.offer is not None and self.offer.key else 0

    def _cap(self) -> int:
        """How wide the key that stands behind the buttons is."""
        return max(26, round(metrics(11).horizontalAdvance(self.offer.key)) + 12) if self.offer is not None else 0

    def place(self, below: QPoint, above: QPoint) -> None:
        """Stand with the point at `below` (under the card), or at `above` (over it) where there is no room."""
        area = self._view.rect()
        self._up = below.y() + self.height() <= area.height() or above.y() - self.height() < 0
        at = below if self._up else above
        x = min(max(8, at.x() - self.width() // 3), max(8, area.width() - self.width() - 8))
        y = at.y() if self._up else at.y() - self.height()
        self.move(x, y)
        self._tip = QPoint(min(max(22, at.x() - x), self.width() - 22), 0)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        focus = self.focusWidget()
        at = self.buttons.index(focus) if isinstance(focus, ChoiceButton) and focus in self.buttons else -1
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif step and at >= 0:
            self.buttons[(at + step) % len(self.buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keys of the buttons are no shortcuts of the window."""
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Escape)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in own:
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        offer = self.offer
        if offer is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("err" if offer.error else "border", 1.6))
        painter.setBrush(theme.color("card"))
        painter.drawPath(self._outline())
        if offer.error:
            icons.draw(painter, "error", 16, TIP + 15, 17, theme.color("err"))
        if offer.key and self.buttons:
            last = self.buttons[-1].geometry()
            rect = QRectF(last.right() + 10, last.y() + 5, self._cap(), 20)
            painter.setPen(theme.pen("line", 1.2))
            painter.drawRoundedRect(rect, 4, 4)
            painter.setFont(font(11))
            painter.setPen(theme.color("ink2"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, offer.key)
        painter.end()

    def _outline(self) -> QPainterPath:
        rect = QRectF(self.rect()).adjusted(1, TIP, -1, -TIP)
        path = QPainterPath()
        path.addRoundedRect(rect, 9, 9)
        tip = QPainterPath()
        x = float(self._tip.x())
        edge, end = (rect.top(), 1.0) if self._up else (rect.bottom(), self.height() - 1.0)
        inward = 2.0 if self._up else -2.0
        tip.moveTo(x - 9, edge + inward)
        tip.lineTo(x, end)
        tip.lineTo(x + 9, edge + inward)
        tip.closeSubpath()
        return path.united(tip)
