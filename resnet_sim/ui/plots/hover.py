"""Hovering: one vertical line at the same step in every plot over time, with the values of its lines beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen

from resnet_sim.ui import formula
from resnet_sim.ui.plots.chart import Chart
from resnet_sim.ui.theme import font, metrics


@dataclass(frozen=True)
class Reading:
    """The label of a line and its value, as texts."""

    label: str
    value: str
    role: str
    maths: bool = False


class HoverMark(pg.GraphicsObject):
    """The line and its values, above the curves: moving it repaints what it covers and changes no curve."""

    ROW = 15.0
    PAD = 5.0

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self._chart = chart
        self.x_shown = math.nan
        self.heading = ""
        self.readings: tuple[Reading, ...] = ()
        self.setZValue(60)
        self.setParentItem(chart.box.parentItem())  # the box clips its own children
        self.hide()
        chart.box.sigResized.connect(self._moved)
        chart.box.sigRangeChanged.connect(self._moved)

    def show_at(self, x: float, heading: str, readings: tuple[Reading, ...]) -> None:
        """Stand at x, with these values."""
        if (x, heading, readings) != (self.x_shown, self.heading, self.readings) or not self.isVisible():
            self.prepareGeometryChange()
            self.x_shown, self.heading, self.readings = x, heading, readings
            self._moved()
            self.show()

    def _moved(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.setPos(self._chart.box.pos())
        self.update()

    def _at(self) -> float:
        (x0, x1), _y = self._chart.box.viewRange()
        found = self._chart.box.width() * (self.x_shown - x0) / (x1 - x0)
        return float(found) if math.isfinite(found) else 0.0

    def _label_width(self, each: Reading) -> float:
        if each.maths:
            return float(formula.layout(each.label, 13, each.role).width)
        return metrics(11, 500).horizontalAdvance(each.label)

    def _box(self) -> QRectF:
        """Where the values stand: at the right of the line, at its left where there is no room."""
        width, at = self._chart.box.width() + self._chart.margin, self._at()
        rows = [self._label_width(each) + 8 + metrics(11).horizontalAdvance(each.value) for each in self.readings]
        wide = max([metrics(11).horizontalAdvance(self.heading), *rows]) + 2 * self.PAD
        left = at + 6 if at + 6 + wide <= width else max(at - 6 - wide, 0.0)
        return QRectF(left, 4, wide, self.ROW * (len(self.readings) + 1) + self.PAD)

    def boundingRect(self) -> QRectF:  # noqa: N802
        return self._box().united(QRectF(self._at() - 1, 0, 2, self._chart.box.height())).adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, *_: Any) -> None:
        theme, at, box = self._chart.look.theme, self._at(), self._box()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.color("ink2"), 0))
        painter.drawLine(QLineF(round(at) + 0.5, 0, round(at) + 0.5, self._chart.box.height()))
        painter.setBrush(theme.color("card"))
        painter.setPen(QPen(theme.color("line"), 0))
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = box.top() + self.ROW - 2
        painter.setFont(font(11))
        painter.setPen(theme.color("ink2"))
        painter.drawText(QPointF(box.left() + self.PAD, y), self.heading)
        for each in self.readings:
            y += self.ROW
            if each.maths:
                formula.draw(painter, box.left() + self.PAD, y, each.label, 13, theme, each.role)
            else:
                painter.setFont(font(11, 500))
                painter.setPen(theme.text(each.role))
                painter.drawText(QPointF(box.left() + self.PAD, y), each.label)
            painter.setFont(font(11))
            painter.setPen(theme.color("ink"))
            wide = metrics(11).horizontalAdvance(each.value)
            painter.drawText(QPointF(box.right() - self.PAD - wide, y), each.value)


class HoverWatch(QObject):
    """Tells where in the range of a chart the mouse is: `moved` with x, or None outside and when it leaves."""

    moved = Signal(object)

    def __init__(self, chart: Chart) -> None:
        super().__init__(chart)
        self._chart = chart
        chart.viewport().setMouseTracking(True)
        chart.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Only looks; every event goes on."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self.moved.emit(self._x(event.position()))
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self.moved.emit(None)
        return False

    def _x(self, at: QPointF) -> float | None:
        box = self._chart.box.sceneBoundingRect()
        point = self._chart.mapToScene(at.toPoint())
        if not box.width() or not box.adjusted(-1, -1, 1, 1).contains(point):
            return None
        (x0, x1), _y = self._chart.box.viewRange()
        return float(x0 + (x1 - x0) * (point.x() - box.left()) / box.width())
