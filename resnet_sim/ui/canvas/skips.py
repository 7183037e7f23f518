"""The skip path: the arc with its pill and the gradient that comes back under it, and the (+) it lands on."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui import formula
from resnet_sim.ui.canvas.connections import LABELS_FROM, ghost_pen
from resnet_sim.ui.canvas.content import PillInk
from resnet_sim.ui.canvas.items import ShapeItem
from resnet_sim.ui.canvas.live import PillText, SkipLive, pill_text
from resnet_sim.ui.canvas.shapes import Detail, Mark, MergeShape, Shape, SkipShape
from resnet_sim.ui.canvas.symbols import Stage, arrow_head, dashed, eye, lock, octagon, plus

_ = translator()

_WIDTHS = {Detail.FULL: 3.2, Detail.SLIM: 3.2, Detail.MID: 2.2, Detail.TINY: 1.5}
EYE_ROOM = 24.0
UNDER = 9.0
"""From the arc to the gradient that comes back under it."""


class SkipItem(ShapeItem):
    """An arc and its pill. The path is made once per place."""

    above = 3.0
    shown: SkipShape

    def __init__(self, stage: Stage, shape: SkipShape) -> None:
        super().__init__(stage, shape)
        self._path = arc_path(shape)
        self._live: PillText | None = None

    def _change(self, shape: Shape) -> None:
        super()._change(shape)
        self._path = arc_path(self.shown)

    def show_live(self, live: SkipLive | None) -> None:
        """Say how the gradient divides, or what the shortcut does. Only what looks different is painted."""
        said = None if live is None else pill_text(live)
        if said != self._live:
            before, self._live = self._live, said
            if self.shown.pill is None:
                return  # the small levels have no room for any of it
            if said is not None and before is not None and said.lane == before.lane:
                self.update(QRectF(*self.shown.pill).adjusted(-2, -2, 2, 2))
            else:
                self.update()

    @property
    def said(self) -> PillText | None:
        """What the pill says of a run, None while it says what the shortcut does."""
        return self._live

    def boundingRect(self) -> QRectF:  # noqa: N802
        at = self.shown
        left, right = min(at.x0, at.x1), max(at.x0, at.x1)
        rect = QRectF(left, at.top, right - left, max(at.y0, at.y1) - at.top)
        if at.pill is not None:
            rect = rect.united(QRectF(*at.pill))
        return rect.adjusted(-10, -10, 10, 10)

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(12)
        path = stroker.createStroke(self._path)
        if self.shown.pill is not None:
            path.addRect(QRectF(*self.shown.pill))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at, theme = self.shown, self._stage.theme
        token = "err" if at.broken else "skip" if at.ink.enabled else "border"
        width = _WIDTHS[at.detail] + (1.2 if self.mark & (Mark.SELECTED | Mark.HOVER) else 0.0)
        if Mark.SELECTED in self.mark and at.pill is None:
            token = "ink"
        pen = theme.pen(token, width)
        if Mark.GHOST in self.mark:
            pen = ghost_pen(pen)
        elif not at.ink.enabled:
            pen = dashed(pen, 1.6, 1.8)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        labelled = at.pill is not None and painter.worldTransform().m11() >= LABELS_FROM
        if Mark.FOCUS in self.mark:
            self._paint_ring(painter, QRectF(*at.pill) if at.pill is not None and labelled else crown(at))
        if at.pill is None:
            return
        if self._live is not None and self._live.lane is not None and at.ink.enabled:
            self._paint_returning(painter, self._live.lane.width)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(token))
        painter.drawEllipse(QPointF(at.x0, at.y0), 4.5, 4.5)
        arrow_head(painter, at.x1, at.y1 - 1.5, theme.color(token), 6.0, down=True)
        if labelled:
            self._paint_pill(painter, QRectF(*at.pill), token)

    def _paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        """The focus: around the pill, or around the top of an arc that has none."""
        around = rect.adjusted(-5, -5, 5, 5)
        painter.setPen(self._focus_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(around, around.height() / 2, around.height() / 2)

    def _paint_pill(self, painter: QPainter, rect: QRectF, token: str) -> None:
        at, theme = self.shown, self._stage.theme
        half = rect.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(rect, half, half)
        if at.ink.shortcut == "zero_pad":
            painter.setBrush(QBrush(theme.color(token), Qt.BrushStyle.BDiagPattern))  # see-through: on the plate
            painter.drawRoundedRect(rect, half, half)
            painter.setBrush(theme.color("card"))
            painter.drawRoundedRect(rect.adjusted(8, 3, -5, -3), half - 3, half - 3)
        edge = theme.pen("ink", 2.2) if Mark.SELECTED in self.mark else theme.pen(token, 1.6)
        painter.setPen(ghost_pen(edge) if Mark.GHOST in self.mark else edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, half, half)
        if self._live is not None and at.ink.enabled and at.ink.gradient:
            self._paint_share(painter, rect, self._live)
        else:
            tex = fitting(at.ink, rect.width())
            role = "ink" if at.ink.enabled else "ink2"
            formula.draw(painter, rect.left() + 12, rect.top() + 16.5, tex, 14, theme, role)
        colour = theme.color("ink2" if at.ink.enabled else "ink3")
        eye(painter, rect.right() - 15, rect.center().y(), colour, at.ink.enabled)
        if at.ink.frozen:
            lock(painter, rect.right() - 4, rect.top() + 1, theme.color("ink2"))
        if at.broken:
            octagon(painter, rect.left(), rect.top(), 16, theme)

    def _paint_share(self, painter: QPainter, rect: QRectF, said: PillText) -> None:
        """The longest of what there is to say that has room, in the middle of the pill."""
        room = rect.width() - EYE_ROOM - 12
        options = live_labels(self.shown.ink.gradient, said)
        tex = next((each for each in options if formula.layout(each, 14).width <= room), options[-1])
        x = rect.left() + 8 + (room - formula.layout(tex, 14).width) / 2
        formula.draw(painter, x, rect.top() + 16.5, tex, 14, self._stage.theme)

    def _paint_returning(self, painter: QPainter, width: float) -> None:
        """The gradient comes back from (+) to where the arc begins, dotted, under the arc."""
        at, theme = self.shown, self._stage.theme
        across, down = at.bend
        way = 1 if at.x1 >= at.x0 else -1
        x0, x1, top = at.x0 + way * UNDER, at.x1 - way * UNDER, at.top + UNDER
        foot0, foot1 = min(at.top + down + 4, at.y0 - 12), min(at.top + down + 4, at.y1 - 12)
        path = QPainterPath(QPointF(x1, foot1))
        path.cubicTo(
            QPointF(x1, top + (foot1 - top) * 0.27),
            QPointF(x1 - way * (across - UNDER) * 0.58, top),
            QPointF(at.x1 - way * across, top),
        )
        path.lineTo(at.x0 + way * across, top)
        path.cubicTo(
            QPointF(x0 + way * (across - UNDER) * 0.42, top),
            QPointF(x0, top + (foot0 - top) * 0.27),
            QPointF(x0, foot0 - 6),
        )
        painter.setPen(dotted(theme.color("grad"), min(2.4, max(1.2, width * 0.6))))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        arrow_head(painter, x0, foot0, theme.color("grad"), 3.6, down=True)


class MergeItem(ShapeItem):
    """(+), with the line to the g behind it."""

    above = 4.0
    shown: MergeShape

    def __init__(self, stage: Stage, shape: MergeShape) -> None:
        super().__init__(stage, shape)
        self.setPos(shape.box.middle, shape.box.axis)

    def _change(self, shape: Shape) -> None:
        super()._change(shape)
        self.setPos(self.shown.box.middle, self.shown.box.axis)

    def boundingRect(self) -> QRectF:  # noqa: N802
        r = self.shown.box.w / 2
        behind = max(r, self.shown.behind - self.shown.box.middle) if self.shown.behind is not None else r
        return QRectF(-r - 9, -r - 16, r + behind + 18 + 10, 2 * r + 25)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at, theme, mark = self.shown, self._stage.theme, self.mark
        r = at.box.w / 2
        if at.behind is not None:
            painter.setPen(theme.pen("ink", 1.4))
            painter.drawLine(QLineF(r, 0, at.behind - at.box.middle, 0))
        pen = theme.pen("err" if at.wrong else "skip", {Detail.MID: 1.8, Detail.TINY: 1.2}.get(at.detail, 2.4))
        if Mark.SELECTED in mark:
            painter.setPen(theme.pen("ink", 2))
            painter.setBrush(theme.color("card"))
            painter.drawEllipse(QPointF(0, 0), r + 3, r + 3)
        if Mark.TARGET in mark:
            pen = theme.pen("skip", 4)
        painter.setPen(ghost_pen(pen) if Mark.GHOST in mark else pen)
        painter.setBrush(theme.color("card"))
        painter.drawEllipse(QPointF(0, 0), r, r)
        if at.detail is not Detail.TINY:
            plus(painter, 0, 0, r * 0.44, theme.pen("ink", 2 if r > 10 else 1.4))
        if at.wrong and r > 10:
            octagon(painter, r + 4, -r - 4, 14, theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if Mark.FOCUS in mark:
            painter.setPen(self._focus_pen)
            painter.drawEllipse(QPointF(0, 0), r + 6, r + 6)
        elif Mark.CANDIDATE in mark:
            painter.setPen(QPen(theme.color("skip"), 1.6, Qt.PenStyle.DashLine))
            painter.drawEllipse(QPointF(0, 0), r + 4, r + 4)


def live_ink(ink: PillInk) -> PillInk:
    """The ink of a pill with room for every share, so that arcs stand still while numbers change."""
    if not ink.enabled or not ink.gradient:
        return ink
    labels = live_labels(ink.gradient, PillText(_("{percent} %").format(percent=100), "\u2212.00"))
    return replace(ink, tex=labels[0], short=labels[1], shortest=labels[3], medium="")


def fitting(ink: PillInk, width: float) -> str:
    """The longest of what a quiet pill of that width says."""
    quiet = ink.options[:-1] if ink.shortest else ink.options
    return next((tex for tex in quiet if formula.layout(tex, 14).width <= width - 40), quiet[-1])


def live_labels(gradient: str, said: PillText) -> tuple[str, ...]:
    """What a pill says, the longest first: share and cosine, with an arrow down where the parts oppose each other."""
    if not said.share:
        return (gradient, gradient)
    words = _("skip {share}").format(share=said.share)
    arrow = "  ↓" if said.against else ""
    return (
        rf"{gradient}\text{{  {words}{arrow}{said.against and ' '}{said.against}}}",
        rf"{gradient}\text{{  {words}{arrow}}}",
        rf"{gradient}\text{{  {words}}}",
        rf"\text{{{said.share}}}",
    )


def dotted(colour: QColor, width: float) -> QPen:
    """A fine dotted pen."""
    pen = QPen(colour, width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1.8, 1.8])
    return pen


def crown(at: SkipShape) -> QRectF:
    """The middle of the top of an arc."""
    return QRectF((at.x0 + at.x1) / 2 - 9, at.top - 3, 18, 6)


def arc_path(at: SkipShape) -> QPainterPath:
    """Up from the beginning, over the cards, down to (+)."""
    across, down = at.bend
    way = 1 if at.x1 >= at.x0 else -1
    high0, high1 = min(at.top + down, at.y0), min(at.top + down, at.y1)
    path = QPainterPath(QPointF(at.x0, at.y0))
    path.lineTo(at.x0, high0)
    path.cubicTo(
        QPointF(at.x0, at.top + (high0 - at.top) * 0.27),
        QPointF(at.x0 + way * across * 0.42, at.top),
        QPointF(at.x0 + way * across, at.top),
    )
    path.lineTo(at.x1 - way * across, at.top)
    path.cubicTo(
        QPointF(at.x1 - way * across * 0.42, at.top),
        QPointF(at.x1, at.top + (high1 - at.top) * 0.27),
        QPointF(at.x1, high1),
    )
    path.lineTo(at.x1, at.y1 - (6 if at.pill is not None else 0))
    return path
