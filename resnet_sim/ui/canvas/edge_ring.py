"""The focus ring around the whole canvas: shown while the keys are here and nothing on it is selected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from resnet_sim.ui.canvas.scene import Scene

GAP = 3
"""Px from the edge of the canvas."""


class EdgeRing(QWidget):
    """Lies over its view and lets the mouse through."""

    def __init__(self, scene: Scene, view: QWidget) -> None:
        super().__init__(view)
        self._scene = scene
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        view.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._scene.stage.theme.color("ink"), 2.4, Qt.PenStyle.DashLine))
        inset = GAP + 1.2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        painter.end()
