"""The small box of a g that no card shows: behind (+), or alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui.canvas.items import ShapeItem
from resnet_sim.ui.canvas.shapes import Detail, GateShape, Mark, Shape
from resnet_sim.ui.canvas.symbols import Stage, function_sign, lock, paint_port, paint_ring

MARGIN = 9.0


class GateItem(ShapeItem):
    """The small box of a g that no card shows."""

    above = 4.0
    shown: GateShape

    def __init__(self, stage: Stage, shape: GateShape) -> None:
        super().__init__(stage, shape)
        self.setPos(shape.box.x, shape.box.y)

    def _change(self, shape: Shape) -> None:
        super()._change(shape)
        self.setPos(self.shown.box.x, self.shown.box.y)

    def boundingRect(self) -> QRectF:  # noqa: N802
        side = self.shown.box.w
        return QRectF(-MARGIN, -MARGIN, side + 2 * MARGIN, side + 2 * MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, side, mark = self._stage.theme, self.shown.box.w, self.mark
        rect = QRectF(0, 0, side, side)
        painter.setBrush(theme.color("card"))
        pen = theme.pen("err", 2) if self.shown.wrong else theme.pen("ink2", 1.2)
        if mark & (Mark.SELECTED | Mark.HOVER):
            pen = theme.pen("ink", 2 if Mark.SELECTED in mark else 1.4)
        painter.setPen(QPen(pen.color(), pen.widthF(), Qt.PenStyle.DashLine) if Mark.GHOST in mark else pen)
        painter.drawRoundedRect(rect, 4 if side > 12 else 2, 4 if side > 12 else 2)
        painter.save()
        ported = self.shown.detail in (Detail.FULL, Detail.SLIM)
        painter.translate(side / 2 - (2.5 if ported else 0), side / 2)
        painter.scale(side / 24, side / 24)
        function_sign(painter, self.shown.function, 0, 0, theme.pen("ink", 1.5))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if Mark.FOCUS in mark:
            painter.setPen(self._focus_pen)
            painter.drawRoundedRect(rect.adjusted(-5, -5, 5, 5), 8, 8)
        if self.shown.detail in (Detail.FULL, Detail.SLIM):
            if self.shown.frozen:
                lock(painter, side - 2, side + 1, theme.color("ink2"))
            paint_port(painter, side, side / 2, self._stage)
            if mark & (Mark.HOVER | Mark.FOCUS | Mark.SELECTED | Mark.CANDIDATE):
                paint_ring(painter, side, 0.0, theme.pen("skip", 2.4), theme.color("card"))
