"""The few buttons that stand on the canvas: undo, redo, fit, and how large everything is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import Sentence
from resnet_sim.ui import icons
from resnet_sim.ui.canvas.desk import Desk
from resnet_sim.ui.key_line import with_keys
from resnet_sim.ui.panels.controls import say
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()


class FlatButton(QAbstractButton):
    """A sign or a word without a border."""

    def __init__(self, look: Look, text: str, icon: str, name: str, description: str, width: int = 0) -> None:
        super().__init__()
        self._look, self._icon, self._width = look, icon, width
        self.lit = True
        """Whether what it switches is on; a switch that is off is grey."""
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        say(self, name, description)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = metrics(13, 500).horizontalAdvance(self.text()) + 16 if self.text() else 28
        wide += 22 if self.text() and self._icon else 0
        return QSize(self._width or round(wide), 28)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (self.underMouse() and self.isEnabled()) or self.hasFocus():
            painter.setPen(theme.pen("ink", 1.4) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("select"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        ink = theme.color("ink" if self.isEnabled() and self.lit else "ink3" if self.isEnabled() else "raw")
        wide = metrics(13, 500).horizontalAdvance(self.text())
        x = (self.width() - wide - (22 if self._icon and self.text() else 16 if self._icon else 0)) / 2
        if self._icon:
            icons.draw(painter, self._icon, x, 6, 16, ink)
            x += 22
        if self.text():
            painter.setFont(font(13, 500))
            painter.setPen(ink)
            painter.drawText(QPointF(x, 18.6), self.text())
        painter.end()


class Toolbar(QWidget):
    """Child of the canvas, over its upper left corner."""

    def __init__(self, desk: Desk, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._look = desk, look
        self._last: FlatButton | None = None
        self.undo = FlatButton(look, "", "undo", _("Undo"), _("Undo"))
        self.redo = FlatButton(look, "", "redo", _("Redo"), _("Redo"))
        self.fit = FlatButton(look, _("Fit"), "", _("Fit"), _("Show the whole network"))
        self.zoom = FlatButton(look, "100 %", "", _("Zoom"), _("Back to 100 %"), width=58)
        box = QHBoxLayout(self)
        box.setContentsMargins(4, 3, 4, 3)
        box.setSpacing(2)
        for each in (self.undo, self.redo, self.fit, self.zoom):
            box.addWidget(each)
            if each is self.redo:
                box.addSpacing(9)
        self.undo.clicked.connect(desk.editor.undo)
        self.redo.clicked.connect(desk.editor.redo)
        self.fit.clicked.connect(desk.view.fit)
        self.zoom.clicked.connect(self._full_size)
        desk.view.mapped.connect(self.show_zoom)
        look.changed.connect(self.update)
        self.setAccessibleName(_("Canvas tools"))
        self.show_state()
        self.show_zoom()
        self.adjustSize()

    def put(self, button: FlatButton) -> None:
        """One more button, behind the others."""
        box = self.layout()
        assert isinstance(box, QHBoxLayout)
        box.addSpacing(9)
        box.addWidget(button)
        self._last = button
        self.adjustSize()

    def _full_size(self) -> None:
        self._desk.view.set_zoom(1.0)

    def show_state(self) -> None:
        """What can be undone and redone now, and with which keys."""
        document, keys = self._desk.editor.document, self._desk.in_force
        for button, label, plain, words, key in (
            (self.undo, document.undo_label, _("Undo"), _("Undo: {what}"), keys["undo"]),
            (self.redo, document.redo_label, _("Redo"), _("Redo: {what}"), keys["redo"]),
        ):
            button.setEnabled(label is not None)
            button.setToolTip(with_keys(_told(words, label) if label is not None else plain, key))
        self.fit.setToolTip(with_keys(_("Show the whole network"), keys["fit"]))

    def show_zoom(self) -> None:
        """The zoom in per cent."""
        percent = self._desk.view.zoom * 100
        text = _("{percent} %").format(percent=f"{percent:.0f}" if percent >= 1 else f"{percent:.1f}")
        if text != self.zoom.text():
            self.zoom.setText(text)
            self.zoom.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("line", 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 7, 7)
        painter.setPen(theme.pen("line", 1))
        before = [self.redo.geometry().right() + 6.5]
        before += [self._last.geometry().left() - 6.5] if self._last is not None else []
        for x in before:
            painter.drawLine(QPointF(x, 7), QPointF(x, self.height() - 7))
        painter.end()


def _told(words: str, label: Sentence) -> str:
    return words.format(what=label.render(_))
