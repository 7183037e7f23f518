"""The cards of the palette and its Find field."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QSizePolicy

from resnet_sim.assets import translator
from resnet_sim.ui import kind_icons
from resnet_sim.ui.canvas.drops import MIME
from resnet_sim.ui.panels.controls import say
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()


@dataclass(frozen=True)
class Entry:
    """A card. name: what a drag carries, the kind of layer or "block:" and the kind of block. words: for Find."""

    name: str
    title: str
    help: str
    icon: str
    key: str = ""
    words: str = ""


class Card(QAbstractButton):
    """A card: pressed and moved it is dragged; a double click, Enter or Space adds it. One that is not to be dragged
    does what it does at a click."""

    added = Signal()
    escaped = Signal()

    def __init__(self, look: Look, entry: Entry, draggable: bool = True) -> None:
        super().__init__()
        self._look, self.entry, self._draggable = look, entry, draggable
        self._pressed_at: QPoint | None = None
        self._narrow = False
        self.setText(entry.title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        say(self, entry.title, entry.help)
        self.clicked.connect(self.added)  # by key or by a screen reader: the mouse never clicks, see below
        look.changed.connect(self.update)
        self.set_narrow(False)

    def show_key(self, key: str) -> None:
        """Another key adds it now, "" for none."""
        self.entry = replace(self.entry, key=key)
        self.set_narrow(self._narrow)

    def set_narrow(self, narrow: bool) -> None:
        """Only the icon, the name in the tool tip."""
        self._narrow = narrow
        tip = f"{self.entry.title} ({self.entry.key})" if self.entry.key else self.entry.title
        self.setToolTip(f"{tip}\n{self.entry.help}" if narrow else self.entry.help)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(28 if self._narrow else 80, 28 if self._narrow else 26)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(28, 26)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()
            self.setDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._pressed_at is None or not self._draggable:
            return
        way = event.position().toPoint() - self._pressed_at
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self.setDown(False)
            self.drag().exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        pressed, self._pressed_at = self._pressed_at, None
        self.setDown(False)
        if pressed is not None and not self._draggable and self.rect().contains(event.position().toPoint()):
            self.added.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._draggable:
            self.added.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.added.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def drag(self) -> QDrag:
        """What leaves with the mouse: the name and a picture of the card."""
        made = QDrag(self)
        mime = QMimeData()
        mime.setData(MIME, self.entry.name.encode())
        mime.setText(self.entry.title)
        made.setMimeData(mime)
        picture = self._picture()
        made.setPixmap(picture)
        made.setHotSpot(QPoint(20, 14))
        return made

    def _picture(self) -> QPixmap:
        theme, ratio = self._look.theme, self.devicePixelRatioF()
        wide = round(metrics(13, 500).horizontalAdvance(self.entry.title)) + 52
        picture = QPixmap(round(wide * ratio), round(32 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("ink"), 1.5))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(1, 1, wide - 2, 30), 7, 7)
        kind_icons.draw(painter, self.entry.icon, 12, 8, 16, theme.color("ink"))
        painter.setFont(font(13, 500))
        painter.drawText(QPointF(38, 20.7), self.entry.title)
        painter.end()
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = self.isDown() or self.underMouse() or self.hasFocus()
        painter.setPen(QPen(theme.color("ink" if active else "border"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("select" if self.isDown() else "field"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        ink = theme.color("ink" if self.isEnabled() else "ink3")
        left = (self.width() - 16) / 2 if self._narrow else 8.0
        kind_icons.draw(painter, self.entry.icon, left, self.height() / 2 - 8, 16, ink)
        if not self._narrow:
            key = metrics(11).horizontalAdvance(self.entry.key) + 9 if self.entry.key else 6
            room = self.width() - 31 - key
            px = 13 if metrics(13).horizontalAdvance(self.entry.title) <= room - 6 else 12
            text = metrics(px).elidedText(self.entry.title, Qt.TextElideMode.ElideRight, room)
            painter.setPen(ink)
            painter.setFont(font(px))
            painter.drawText(QPointF(31, self.height() / 2 + 4.7), text)
            painter.setPen(theme.color("ink3"))
            painter.setFont(font(11))
            painter.drawText(QPointF(self.width() - key, self.height() / 2 + 4.2), self.entry.key)
        painter.end()


class Find(QLineEdit):
    """Typing filters the cards, Enter adds the first, Down goes to it, Esc clears and then leaves."""

    entered = Signal()
    escaped = Signal()
    down = Signal()
    left = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setPlaceholderText(_("Find"))
        self.setStyleSheet("font-family: Inter; padding-left: 26px;")
        say(self, _("Find a layer"), _("Type to filter; Enter adds the first match behind the selected layer."))
        self.setMaxLength(40)
        look.changed.connect(self.update)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.escaped.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.down.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        theme = self._look.theme
        painter = QPainter(self)
        kind_icons.draw(painter, "search", 8, 7, 14, theme.color("ink2"))
        if not self.text():
            painter.setPen(theme.color("ink3"))
            painter.setFont(font(12))
            painter.drawText(QPointF(self.width() - 14, 18.5), "/")
        painter.end()
