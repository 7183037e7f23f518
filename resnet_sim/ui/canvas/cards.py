"""A card: one layer with its name, sign of g, picture or quiet symbol, weights and handles."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui import formula
from resnet_sim.ui.canvas.items import ShapeItem
from resnet_sim.ui.canvas.legible import SMALL, small_px
from resnet_sim.ui.canvas.live import Bars, number_text
from resnet_sim.ui.canvas.shapes import CardShape, Detail, Mark, Shape
from resnet_sim.ui.canvas.symbols import Stage, function_sign, kind_sign, lock, octagon, paint_port, paint_ring
from resnet_sim.ui.canvas.tiny import paint_tiny
from resnet_sim.ui.theme import font, metrics

ROUND = 8.0
MARGIN = 9.0
START_SHARE = 2 / 3
"""Where on its bar the norm at the start stands."""


@dataclass(frozen=True)
class Live:
    """What a card shows of a run: a picture with one cell per value, and ||W|| now and at the start.

    most: the largest it has been. dead: every value of a^{[l]} is 0; the card says so in place of a picture. bars: what
    the smallest cards show.
    """

    picture: QImage | None = None
    norm: float | None = None
    start: float = 1.0
    dead: bool = False
    bars: Bars | None = None
    most: float = 0.0


class CardItem(ShapeItem):
    """A layer. Its still ink is a picture shared by equal cards; live parts are painted over it."""

    above = 2.0
    shown: CardShape

    def __init__(self, stage: Stage, shape: CardShape) -> None:
        super().__init__(stage, shape)
        self._live: Live | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setPos(shape.box.x, shape.box.y)

    def _change(self, shape: Shape) -> None:
        assert isinstance(shape, CardShape)
        before = self.shown
        if shape.box[2:] != before.box[2:]:
            self.prepareGeometryChange()
        self.shown = shape
        self.setPos(shape.box.x, shape.box.y)
        if shape._replace(box=before.box) != before:
            self.update()

    def show_live(self, live: Live | None) -> None:
        """Show values of a run, or the quiet symbol again."""
        before, self._live = self._looks(), live
        if self._looks() != before:
            self.update()

    def _looks(self) -> object:
        """What of the run's values can be seen at this level: equal ones look the same."""
        live = self._live
        if live is None:
            return None
        if self.shown.detail is Detail.TINY:
            return live.bars and live.bars[:2]
        share = None if live.norm is None else round(4 * bar_share(live) * self.shown.box.w)
        written = "" if live.norm is None or self.shown.detail is Detail.MID else norm_text(live.norm)
        return live.picture, live.dead, share, written

    def shows_picture_at(self, x: float, y: float) -> bool:
        """Whether a picture of a run lies under a point of the scene."""
        pictured = not self._shows_symbol and not self.shown.ink.wrong and self.shown.detail is not Detail.TINY
        return pictured and picture_room(self.shown).contains(x - self.shown.box.x, y - self.shown.box.y)

    @property
    def live(self) -> Live | None:
        """The values of the run that it shows."""
        return self._live

    @property
    def bars(self) -> Bars | None:
        """The two bars of the smallest level, as far as they are known."""
        return self._live.bars if self._live is not None else None

    def boundingRect(self) -> QRectF:  # noqa: N802
        box = self.shown.box
        return QRectF(-MARGIN, -MARGIN, box.w + 2 * MARGIN, box.h + 2 * MARGIN)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.shown.box.w, self.shown.box.h))
        return path

    # --- painting --------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.shown.detail is Detail.TINY:
            wrong, weighted = bool(self.shown.ink.wrong), self.shown.ink.weighted
            theme = self._stage.theme
            paint_tiny(painter, theme, self.shown.box, self.mark, wrong=wrong, weighted=weighted, bars=self.bars)
            return
        ratio = self._stage.sharp_at * painter.device().devicePixelRatioF()
        box = self.shown.box
        live = self._live
        quiet = (live is None, live is None or live.norm is None, self._shows_symbol)
        key = (box.w, box.h, self.shown.ink, self.shown.detail, self.mark, quiet, round(ratio, 3))
        still = self._stage.still((*key, self.shown.port_out), lambda: self._still(ratio))
        painter.drawPixmap(QPointF(-MARGIN, -MARGIN), still)
        if self._live is not None:
            self._paint_live(painter, self._live)

    @property
    def _shows_symbol(self) -> bool:
        live = self._live
        return live is None or (live.picture is None and not live.dead)

    def _still(self, ratio: float) -> QPixmap:
        rect = self.boundingRect()
        pixmap = QPixmap(math.ceil(rect.width() * ratio) + 1, math.ceil(rect.height() * ratio) + 1)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(ratio, ratio)
        painter.translate(-rect.topLeft())
        self._paint_frame(painter)
        if self.shown.detail is Detail.MID:
            self._paint_mid(painter)
        else:
            self._paint_head(painter)
            self._paint_middle(painter)
            self._paint_foot(painter)
            self._paint_handles(painter)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)  # drawn in scene units, it lands one to one on device px
        return pixmap

    def _paint_frame(self, painter: QPainter) -> None:
        theme, box, mark = self._stage.theme, self.shown.box, self.mark
        round_ = ROUND if self.shown.detail is not Detail.MID else 5.0
        rect = QRectF(0, 0, box.w, box.h)
        if Mark.GHOST not in mark:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 70) if theme.dark else QColor(16, 28, 44, 24))
            painter.drawRoundedRect(rect.translated(0, 2), round_, round_)
        pen = theme.pen("line", 1.2)
        if self.shown.ink.wrong:
            pen = theme.pen("err", 2)
        elif Mark.HOVER in mark:
            pen = theme.pen("border", 1.4)
        painter.setBrush(theme.color("card"))
        painter.setPen(pen)
        painter.drawRoundedRect(rect, round_, round_)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if Mark.SELECTED in mark:
            painter.setPen(theme.pen("ink", 2))
            grown = 3.0 if self.shown.ink.wrong else 0.0
            painter.drawRoundedRect(rect.adjusted(-grown, -grown, grown, grown), round_ + grown, round_ + grown)
        if Mark.TARGET in mark:
            painter.setPen(theme.pen("skip", 2.6))
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), round_ + 3, round_ + 3)
        elif Mark.CANDIDATE in mark:
            painter.setPen(QPen(theme.color("skip"), 1.6, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), round_ + 3, round_ + 3)
        if Mark.FOCUS in mark:
            painter.setPen(self._focus_pen)
            painter.drawRoundedRect(rect.adjusted(-5.6, -5.6, 5.6, 5.6), round_ + 5, round_ + 5)

    def _paint_head(self, painter: QPainter) -> None:
        theme, ink, width = self._stage.theme, self.shown.ink, self.shown.box.w
        sign_room = 20.0 if ink.function else 0.0
        small = small_px(self._stage.sharp_at)
        px, beside = fitting_title(ink.title, width - 16, sign_room, small)
        painter.setFont(font(px, 600))
        painter.setPen(theme.color("ink"))
        painter.drawText(QPointF(8, 19), elided(ink.title, px, 600, width - 14))
        weight, room = 600 if ink.wrong else 400, width - 10
        px = fitting(ink.spec, small_px(self._stage.sharp_at), weight, room)
        painter.setFont(font(px, weight))
        painter.setPen(theme.text("err") if ink.wrong else theme.color("ink2"))
        x = 8 if metrics(px, weight).horizontalAdvance(ink.spec) <= room - 1 else 6
        painter.drawText(QPointF(x, 35), elided(ink.spec, px, weight, room))
        if ink.function:
            function_sign(painter, ink.function, width - 14, 14.5 if beside else 31, theme.pen("ink", 1.5))
        if ink.frozen:
            lock(painter, width - 11, 51, theme.color("ink2"))

    def _paint_middle(self, painter: QPainter) -> None:
        theme, ink, box = self._stage.theme, self.shown.ink, self.shown.box
        if ink.wrong:
            octagon(painter, box.w / 2, 68, 22, theme)
            px = fitting(ink.wrong, small_px(self._stage.sharp_at), 500, box.w - 8)
            painter.setFont(font(px, 500))
            painter.setPen(theme.text("err"))
            wide = metrics(px, 500).horizontalAdvance(ink.wrong)
            painter.drawText(QPointF((box.w - wide) / 2, 98), ink.wrong)
        elif self._shows_symbol:
            kind_sign(painter, ink.symbol, box.w / 2, 76, 38, theme)

    def _paint_foot(self, painter: QPainter) -> None:
        theme, ink, box = self._stage.theme, self.shown.ink, self.shown.box
        base = box.h - 16
        if ink.label:
            wide = formula.layout(ink.label, 16, "act").width
            formula.draw(painter, (box.w - wide) / 2, base, ink.label, 16, theme, "act")
            return
        if ink.tex:
            formula.draw(painter, 8, base, ink.tex, 14, theme)
        if ink.count and (self._live is None or self._live.norm is None):
            small = small_px(self._stage.sharp_at)
            painter.setFont(font(small))
            painter.setPen(theme.color("ink2"))
            wide = metrics(small).horizontalAdvance(ink.count)
            painter.drawText(QPointF(box.w - 8 - wide, base), ink.count)

    def _paint_handles(self, painter: QPainter) -> None:
        theme, box, mark = self._stage.theme, self.shown.box, self.mark
        if not self.shown.port_out:
            return
        paint_port(painter, box.w, box.h / 2, self._stage)
        if mark & (Mark.HOVER | Mark.FOCUS | Mark.SELECTED | Mark.CANDIDATE):
            paint_ring(painter, box.w, 0.0, theme.pen("skip", 2.4), theme.color("card"))

    def _paint_mid(self, painter: QPainter) -> None:
        theme, ink, box = self._stage.theme, self.shown.ink, self.shown.box
        if ink.wrong:
            octagon(painter, box.w / 2, 17, 14, theme)
        elif self._shows_symbol:
            kind_sign(painter, ink.symbol, box.w / 2, 17, 20, theme, 1.0)
        if ink.label:
            wide = formula.layout(ink.label, 13, "act").width
            formula.draw(painter, (box.w - wide) / 2, 46, ink.label, 13, theme, "act")
        elif ink.number:
            painter.setFont(font(12, 600))
            painter.setPen(theme.color("ink"))
            wide = metrics(12, 600).horizontalAdvance(ink.number)
            painter.drawText(QPointF((box.w - wide) / 2, 46), ink.number)
        if ink.function:
            painter.save()
            painter.translate(box.w - 7, box.h - 6)
            painter.scale(0.55, 0.55)
            function_sign(painter, ink.function, 0, 0, theme.pen("ink2", 1.8))
            painter.restore()

    def _paint_live(self, painter: QPainter, live: Live) -> None:
        theme, ink, box = self._stage.theme, self.shown.ink, self.shown.box
        mid = self.shown.detail is Detail.MID
        room = picture_room(self.shown)
        if live.dead and not ink.wrong:
            px = 18 if mid else 34
            painter.setFont(font(px, 600))
            painter.setPen(theme.text("act"))
            wide = metrics(px, 600).horizontalAdvance("0")
            painter.drawText(QPointF(room.center().x() - wide / 2, room.center().y() + px * 0.36), "0")
        elif live.picture is not None and not ink.wrong:
            paint_crisp(painter, live.picture, room)
        if live.norm is None or not ink.weighted:
            return
        track = QRectF(5, box.h - 9, box.w - 10, 4) if mid else QRectF(8, box.h - 10, box.w - 16, 4)
        share = bar_share(live)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(theme.color("wt"))
        painter.drawRoundedRect(QRectF(track.x(), track.y(), track.width() * share, 4), 2, 2)
        tick = track.x() + track.width() * (START_SHARE if live.start > 0 else 0.0)
        painter.setPen(theme.pen("ink", 1.2 if mid else 1.6))
        painter.drawLine(QPointF(tick, track.y() - 2), QPointF(tick, track.bottom() + 2))
        if mid:
            return
        text, small = norm_text(live.norm), small_px(self._stage.sharp_at)
        painter.setFont(font(small))
        painter.setPen(theme.text("wt"))
        painter.drawText(QPointF(box.w - 8 - metrics(small).horizontalAdvance(text), box.h - 16), text)


def picture_room(card: CardShape) -> QRectF:
    """Where on a card its picture is."""
    wide = card.box.w
    return QRectF(4, 3, wide - 8, wide - 8) if card.detail is Detail.MID else QRectF(5, 44, wide - 10, 66)


def bar_share(live: Live) -> float:
    """How far the bar of ||W|| reaches: START_SHARE at the start, 1 at most; if that is 0, a share of the largest."""
    if live.norm is None:
        return 0.0
    if live.start > 0:
        return min(1.0, START_SHARE * live.norm / live.start)
    return live.norm / live.most if live.most > 0 else 0.0


def norm_text(norm: float) -> str:
    """||W|| as cards write it."""
    return f"{norm:.2f}" if norm < 99.995 else number_text(norm)


def paint_crisp(painter: QPainter, image: QImage, room: QRectF) -> None:
    """A picture in `room` with a whole number of device px per cell, on the device's grid, without smoothing."""
    transform, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
    corner = transform.map(room.topLeft())
    wide, high = room.width() * transform.m11() * ratio, room.height() * transform.m22() * ratio
    cell = max(1, int(min(wide / max(1, image.width()), high / max(1, image.height()))))
    left = round(corner.x() * ratio + (wide - cell * image.width()) / 2)
    top = round(corner.y() * ratio + (high - cell * image.height()) / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.setWorldTransform(QTransform())
    target = QRectF(left / ratio, top / ratio, cell * image.width() / ratio, cell * image.height() / ratio)
    painter.drawImage(target, image)
    painter.restore()


def fitting(text: str, px: int, weight: int, room: float) -> int:
    """`px`, or one less where only that has room."""
    return px if metrics(px, weight).horizontalAdvance(text) <= room or px == SMALL else px - 1


def fitting_title(title: str, room: float, sign: float, least: int = SMALL) -> tuple[int, bool]:
    """The size of a title in px, `least` or larger, and whether the sign of g has room beside it."""
    for px in (13, max(12, least)):
        if metrics(px, 600).horizontalAdvance(title) <= room - sign:
            return px, True
    sizes = range(13, least - 1, -1)
    return next((px for px in sizes if metrics(px, 600).horizontalAdvance(title) <= room + 3), least), False


def elided(text: str, px: int, weight: int, room: float) -> str:
    """The text, shortened if it is wider than `room`."""
    wide = metrics(px, weight)
    return text if wide.horizontalAdvance(text) <= room else wide.elidedText(text, Qt.TextElideMode.ElideRight, room)
