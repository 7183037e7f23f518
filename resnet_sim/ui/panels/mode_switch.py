"""The mode switch in the header: one word per mode, the shown one dark."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()


class ModeTab(QAbstractButton):
    """One mode."""

    def __init__(self, look: Look, text: str) -> None:
        super().__init__()
        self._look = look
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(_("Mode: {name}").format(name=text))
        self.setToolTip(text)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(metrics(13, 500).horizontalAdvance(self.text())) + 36, 28)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("primary"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(font(13, 600 if self.isChecked() else 500))
        painter.setPen(theme.color("on_primary" if self.isChecked() else "ink2"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class ModeSwitch(QWidget):
    """`chosen` carries the name of the mode picked by hand."""

    chosen = Signal(str)

    def __init__(self, look: Look, modes: tuple[tuple[str, str], ...]) -> None:
        """modes: (name, title) in order."""
        super().__init__()
        self._look = look
        self.setAccessibleName(_("Mode"))
        self.setFixedHeight(28)
        self.tabs: dict[str, ModeTab] = {}
        group = QButtonGroup(self)
        group.setExclusive(True)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for name, title in modes:
            tab = self.tabs[name] = ModeTab(look, title)
            group.addButton(tab)
            box.addWidget(tab)
            tab.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
        look.changed.connect(self.update)

    def show_mode(self, name: str) -> None:
        """Which one is shown."""
        self.tabs[name].setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.color("select"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.end()
