"""Direct labels: beside the ends of lines, pushed apart, or on a plate at a point of a line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from resnet_sim.ui import formula
from resnet_sim.ui.theme import font, metrics

if TYPE_CHECKING:
    from resnet_sim.ui.plots.chart import Chart


@dataclass(frozen=True)
class EndLabel:
    """A label beside the last point of a line, in plain words or as maths.

    above: over its point, never moved. inside: ends there, under the line (over it where there is no room below).
    """

    x: float
    y: float
    text: str
    role: str
    maths: bool = False
    strong: bool = False
    above: bool = False
    inside: bool = False


class EndLabels(pg.GraphicsObject):
    """All labels of a chart in one item, painted in pixels and pushed apart so that none covers another."""

    HEIGHT = 14.0

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self._chart = chart
        self.labels: tuple[EndLabel, ...] = ()
        self.setZValue(50)
        self.setParentItem(chart.box.parentItem())  # the box clips its own children
        chart.box.sigResized.connect(self._resized)

    def _resized(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.setPos(self._chart.box.pos())
        self.update()

    def show_labels(self, labels: tuple[EndLabel, ...]) -> None:
        """Show these labels from now on."""
        if labels != self.labels:
            self.labels = labels
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(0, 0, self._chart.box.width() + self._chart.margin, self._chart.box.height())

    def paint(self, painter: QPainter, *_: Any) -> None:
        height, width = self._chart.box.height(), self._chart.box.width()
        (x0, x1), (y0, y1) = self._chart.box.viewRange()
        ends: list[tuple[float, float, EndLabel]] = []
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for each in self.labels:
            if not math.isfinite(each.y):
                continue
            y, x = height * (1 - (each.y - y0) / (y1 - y0)), width * (each.x - x0) / (x1 - x0)
            if each.above:
                self._paint_on_plate(painter, each, x - self._width(each) / 2, max(y - 12, 7.0))
            elif each.inside:
                low = y + 19 > height
                left = max(min(x, width - 3) - self._width(each), 3.0)
                self._paint_on_plate(painter, each, left, max(y - 12, 7.0) if low else y + 12)
            else:
                ends.append((y, x + 6, each))
        ends.sort(key=lambda found: found[0])
        for y, (_y, x, each) in zip(apart([y for y, _, _ in ends], self.HEIGHT, height), ends, strict=True):
            self._paint(painter, each, x, y)

    def _paint_on_plate(self, painter: QPainter, each: EndLabel, left: float, middle: float) -> None:
        plate = QRectF(left - 1, middle - 6, self._width(each) + 2, 12)
        painter.fillRect(plate, self._chart.look.theme.color("card"))
        self._paint(painter, each, left, middle)

    def _paint(self, painter: QPainter, each: EndLabel, x: float, y: float) -> None:
        theme = self._chart.look.theme
        if each.maths:
            formula.draw(painter, x, y + 4, each.text, 14 if each.strong else 13, theme, each.role)
        else:
            painter.setFont(font(11, 600 if each.strong else 500))
            painter.setPen(theme.text(each.role))
            painter.drawText(QPointF(x, y + 4), each.text)

    def _width(self, each: EndLabel) -> float:
        if each.maths:
            return float(formula.layout(each.text, 14 if each.strong else 13, each.role).width)
        return metrics(11, 600 if each.strong else 500).horizontalAdvance(each.text)


def apart(wanted: list[float], gap: float, height: float) -> list[float]:
    """Positions near the wanted (sorted) ones, `gap` apart: a crowd spreads around its middle, inside 0..height."""
    crowds: list[list[float]] = []  # each: the wanted positions of labels that touch
    for y in wanted:
        crowds.append([y])
        while len(crowds) > 1 and _top(crowds[-1], gap, height) < _top(crowds[-2], gap, height) + gap * len(crowds[-2]):
            last = crowds.pop()
            crowds[-1] += last
    return [_top(crowd, gap, height) + gap * i for crowd in crowds for i in range(len(crowd))]


def _top(crowd: list[float], gap: float, height: float) -> float:
    """Where the first label of a crowd stands."""
    reach = gap * (len(crowd) - 1)
    return max(min(sum(crowd) / len(crowd) - reach / 2, height - gap / 2 - reach), gap / 2)
