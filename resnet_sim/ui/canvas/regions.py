"""The tinted ground of a block with its title."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui.canvas.cards import elided
from resnet_sim.ui.canvas.connections import LABELS_FROM
from resnet_sim.ui.canvas.hits import title_box
from resnet_sim.ui.canvas.items import ShapeItem
from resnet_sim.ui.canvas.shapes import Detail, Mark, RegionShape
from resnet_sim.ui.canvas.symbols import lock
from resnet_sim.ui.theme import font, metrics


class RegionItem(ShapeItem):
    """The ground of a block; a double click on its title folds it into one card."""

    above = -5.0
    shown: RegionShape

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(*self.shown.box.grown(7))

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(*title_box(self.shown)))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at, theme = self.shown, self._stage.theme
        rect = QRectF(*at.box)
        round_ = {Detail.MID: 6.0, Detail.TINY: 2.0}.get(at.detail, 12.0)
        token = "border" if at.plain else "skip"
        fill, edge = QColor(theme.color(token)), QColor(theme.color(token))
        fill.setAlpha(30 if theme.dark else 18)
        edge.setAlpha(120 if theme.dark else 110)
        painter.setPen(QPen(edge, 1.2, Qt.PenStyle.DashLine if at.plain else Qt.PenStyle.SolidLine))
        if Mark.GHOST in self.mark:
            painter.setPen(QPen(edge, 1.4, Qt.PenStyle.DashLine))
        elif Mark.HOVER in self.mark:
            painter.setPen(QPen(theme.color(token), 1.4))
        if Mark.SELECTED in self.mark:
            painter.setPen(theme.pen("ink", 2))
        painter.setBrush(fill)
        if at.detail is Detail.TINY:  # round corners of two px cost much and show nothing
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawRect(rect)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            painter.drawRoundedRect(rect, round_, round_)
        if Mark.FOCUS in self.mark:
            painter.setPen(self._focus_pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(-5, -5, 5, 5), round_ + 4, round_ + 4)
        if at.detail not in (Detail.FULL, Detail.SLIM) or painter.worldTransform().m11() < LABELS_FROM:
            return
        painter.setFont(font(13, 600))
        painter.setPen(theme.color("ink2") if at.plain else theme.text("skip"))
        title = elided(at.title, 13, 600, rect.width() - 30)
        painter.drawText(QPointF(rect.left() + 11, rect.top() + 19), title)
        if at.frozen:
            x = rect.left() + 11 + metrics(13, 600).horizontalAdvance(title) + 12
            lock(painter, x, rect.top() + 14, theme.color("ink2"))
