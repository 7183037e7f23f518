"""What follows the mouse while something is being drawn: a line, a dashed arc, a box, and a hint in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui import formula
from resnet_sim.ui.canvas.connections import ghost_pen
from resnet_sim.ui.canvas.shapes import Box
from resnet_sim.ui.canvas.symbols import Stage, arrow_head

Point = tuple[float, float]


@dataclass(frozen=True)
class Ghost:
    """arc and line: from where to where, in scene units. hint: a formula that stands above `at`."""

    arc: tuple[Point, Point] | None = None
    line: tuple[Point, Point] | None = None
    box: Box | None = None
    hint: str = ""
    at: Point = (0.0, 0.0)


class GhostItem(QGraphicsItem):
    """The one item for all of it; hidden while nothing is drawn."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._ghost = Ghost()
        self._rect = QRectF()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(10)
        self.hide()

    @property
    def ghost(self) -> Ghost:
        """What is shown."""
        return self._ghost

    def show_ghost(self, ghost: Ghost | None) -> None:
        """Show this, or nothing."""
        if ghost is None:
            self.hide()
            self._ghost = Ghost()
            return
        if ghost != self._ghost or not self.isVisible():
            self.prepareGeometryChange()
            self._ghost = ghost
            self._rect = self._extent()
            self.show()
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return self._rect

    def _extent(self) -> QRectF:
        at, rect = self._ghost, QRectF()
        for ends in (at.arc, at.line):
            if ends is not None:
                rect = rect.united(QRectF(QPointF(*ends[0]), QPointF(*ends[1])).normalized().adjusted(-12, -70, 12, 12))
        if at.box is not None:
            rect = rect.united(QRectF(*at.box).adjusted(-2, -2, 2, 2))
        if at.hint:
            rect = rect.united(self._hint_rect().adjusted(-2, -2, 2, 2))
        return rect

    def _hint_rect(self) -> QRectF:
        wide = formula.layout(self._ghost.hint, 15, "on_primary").width + 28
        x, y = self._ghost.at
        return QRectF(x - wide / 2, y - 30, wide, 30)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at, theme = self._ghost, self._stage.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if at.arc is not None:
            (x0, y0), (x1, y1) = at.arc
            painter.setPen(ghost_pen(theme.pen("skip", 3.2)))
            top = min(y0, y1) - 46
            path = QPainterPath(QPointF(x0, y0))
            path.cubicTo(QPointF(x0, top), QPointF(x1, top), QPointF(x1, y1 - 8))
            painter.drawPath(path)
            arrow_head(painter, x1, y1 - 2, theme.color("skip"), 6.0, down=True)
        if at.line is not None:
            (x0, y0), (x1, y1) = at.line
            painter.setPen(ghost_pen(theme.pen("ink", 2)))
            painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))
            painter.setPen(theme.pen("ink", 1.5))
            painter.setBrush(theme.color("card"))
            painter.drawEllipse(QPointF(x1, y1), 4, 4)
        if at.box is not None:
            fill = QColor(theme.color("ink"))
            fill.setAlpha(18)
            painter.setPen(theme.pen("ink", 1, Qt.PenStyle.DashLine))
            painter.setBrush(fill)
            painter.drawRect(QRectF(*at.box))
        if at.hint:
            rect = self._hint_rect()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("primary"))
            painter.drawRoundedRect(rect, 6, 6)
            formula.draw(painter, rect.left() + 14, rect.top() + 20, at.hint, 15, theme, "on_primary")
