"""A connection of the main path: a line with the size of what runs on it, or two lanes with what runs and returns."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui.canvas.items import ShapeItem
from resnet_sim.ui.canvas.legible import small_px
from resnet_sim.ui.canvas.live import EdgeLive, Lane, lane
from resnet_sim.ui.canvas.shapes import Detail, EdgeShape, Mark
from resnet_sim.ui.canvas.symbols import Stage, arrow_head, dashed
from resnet_sim.ui.theme import font, metrics

LABELS_FROM = 0.7
"""Below this zoom sizes would be under 9 px: they hide."""
SMALL = 0.6
"""Lanes of the small levels are so much thinner: they stand closer."""
AFTER_STEM = 7.0
Lanes = tuple[Lane | None, Lane | None]


def apart(detail: Detail) -> tuple[float, float]:
    """From the axis up to the lane of activations, and down to that of gradients."""
    return (2.5, 3.0) if detail is Detail.MID else (5.0, 6.0)


class EdgeItem(ShapeItem):
    """A connection."""

    above = 1.0
    shown: EdgeShape

    def __init__(self, stage: Stage, shape: EdgeShape) -> None:
        super().__init__(stage, shape)
        self._lanes: Lanes | None = None

    def show_live(self, live: EdgeLive | None) -> None:
        """Two lanes with these values, or the size again. Only what looks different is painted."""
        lanes = None if live is None else (lane(live.forward, False), lane(live.back, True))
        if lanes != self._lanes:
            self._lanes = lanes
            if self.shown.detail is not Detail.TINY:
                self.update()

    @property
    def lanes(self) -> Lanes | None:
        """The lanes drawn, None while sizes are shown."""
        return self._lanes

    def boundingRect(self) -> QRectF:  # noqa: N802
        at = self.shown
        left, right = min(at.x0, at.x1), max(at.x0, at.x1)
        top, bottom = min(at.y0, at.y1), max(at.y0, at.y1)
        bulge = 48.0 if at.x1 < at.x0 + 20 else 14.0
        return QRectF(left - bulge, top - 26, right - left + 2 * bulge, bottom - top + 52)

    def shape(self) -> QPainterPath:
        return line_of(self.shown)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at, theme = self.shown, self._stage.theme
        target = bool(self.mark & (Mark.TARGET | Mark.SELECTED))
        token = "err" if at.ink.wrong else "ink3" if at.ink.assumed else "ink"
        if at.detail is Detail.TINY:
            painter.setPen(theme.pen("ink" if target else "border", 2.5 if target else 1))
            painter.drawLine(QPointF(at.x0, at.y0), QPointF(at.x1, at.y1))
            return
        if self._lanes is not None and any(self._lanes) and not at.ink.wrong:
            self._paint_lanes(painter, *self._lanes)
            return
        width = 1.6 if at.detail is not Detail.MID else 1.2
        pen = theme.pen(token, width)
        if target:
            pen = theme.pen("ink", 3.4)
        elif Mark.HOVER in self.mark:
            pen = theme.pen(token, width + 0.8)
        painter.setPen(dashed(pen) if at.ink.wrong else pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        head = at.detail is not Detail.MID
        if at.y0 == at.y1 and at.x1 > at.x0:
            painter.drawLine(QPointF(at.x0, at.y0), QPointF(at.x1 - (5 if head else 0), at.y1))
        else:
            painter.drawPath(line_of(at))
        if not head:
            return
        arrow_head(painter, at.x1 - 0.5, at.y1, theme.color("ink" if target else token), 5.0 if target else 3.8)
        zoom = painter.worldTransform().m11()
        if zoom >= LABELS_FROM and (self._lanes is None or at.ink.wrong):
            self._paint_size(painter, token)

    def _paint_lanes(self, painter: QPainter, forward: Lane | None, back: Lane | None) -> None:
        """Forward above the axis to the right, back below it to the left; what was not measured is thin and grey."""
        at, theme = self.shown, self._stage.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        roomy = at.detail is not Detail.MID
        begin = at.begin + AFTER_STEM if roomy and at.begin > at.x0 else at.x0
        if self.mark & (Mark.TARGET | Mark.SELECTED | Mark.HOVER):
            painter.setPen(theme.pen("ink", 1.4 if self.mark == Mark.HOVER else 3.0))
            painter.drawPath(line_of(at))
        elif begin > at.x0:
            painter.setPen(theme.pen("ink", 1.4))
            painter.drawLine(QPointF(at.x0, at.y0), QPointF(at.begin, at.y0))
        level = at.y0 == at.y1 and at.x1 > begin + 12
        zoom = painter.worldTransform().m11()
        above, below = apart(at.detail)
        for drawn, token, y in (
            (forward or Lane("", 1.0), "act" if forward else "border", -above),
            (back, "grad", below),
        ):
            if drawn is None:
                continue
            style = Qt.PenStyle.DotLine if drawn.dotted else Qt.PenStyle.SolidLine
            painter.setPen(theme.pen(token, drawn.width * (1.0 if roomy else SMALL), style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            head = 6.5 if roomy else 0.0
            if level:
                left, right = (begin + 2, at.x1 - head) if y < 0 else (begin + head, at.x1 - 2)
                painter.drawLine(QPointF(left, at.y0 + y), QPointF(right, at.y0 + y))
            else:
                painter.drawPath(line_of(at).translated(0, y))
            if not roomy:
                continue
            if y < 0:
                arrow_head(painter, at.x1 - 0.5, at.y1 + y, theme.color(token), 4.2)
            else:
                arrow_head(painter, begin + 0.5, at.y0 + y, theme.color(token), 4.2, left=True)
            if zoom >= LABELS_FROM and drawn.text:
                painter.setFont(font(small_px(zoom), 500))
                painter.setPen(theme.text(token))
                wide = metrics(small_px(zoom), 500).horizontalAdvance(drawn.text)
                middle = (begin + at.x1) / 2 if level else at.label
                baseline = (at.y0 + at.y1) / 2 + (-12 if y < 0 else 22)
                painter.drawText(QPointF(middle - wide / 2, baseline), drawn.text)

    def _paint_size(self, painter: QPainter, token: str) -> None:
        at, theme = self.shown, self._stage.theme
        weight = 600 if at.ink.wrong else 400
        role = theme.text("err") if at.ink.wrong else theme.color("ink3" if at.ink.assumed else "ink2")
        small = small_px(painter.worldTransform().m11())
        painter.setFont(font(small, weight, italic=at.ink.assumed and not at.ink.wrong))
        painter.setPen(role)
        middle = (at.y0 + at.y1) / 2
        for text, dy in zip(at.ink.lines, (-7, 17), strict=False):
            wide = metrics(small, weight).horizontalAdvance(text)
            painter.drawText(QPointF(at.label - wide / 2, middle + dy), text)


def line_of(at: EdgeShape) -> QPainterPath:
    """The line of a connection: straight along the row, else a curve that leaves and arrives level."""
    path = QPainterPath(QPointF(at.x0, at.y0))
    if at.y0 == at.y1 and at.x1 > at.x0:
        path.lineTo(at.x1, at.y1)
        return path
    bend = max(28.0, abs(at.x1 - at.x0) * 0.5)
    path.cubicTo(QPointF(at.x0 + bend, at.y0), QPointF(at.x1 - bend - 5, at.y1), QPointF(at.x1 - 5, at.y1))
    return path


def ghost_pen(pen: QPen) -> QPen:
    """The pen of what is not made yet."""
    return dashed(pen, 3.2, 2.4)
