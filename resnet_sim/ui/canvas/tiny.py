"""The smallest card: no words, but alive: a bar of what runs above the axis, one of what comes back below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from resnet_sim.ui.canvas.live import BAR_STEPS, Bars
from resnet_sim.ui.canvas.shapes import Box, Mark
from resnet_sim.ui.theme import Theme

INSET = 2.0
"""From the frame to the bars; across they fill the card."""
LOW = 0.36
"""Cards that learn nothing are so much lower: the bars of the others stand out."""


def paint_tiny(
    painter: QPainter, theme: Theme, box: Box, mark: Mark, *, wrong: bool, weighted: bool, bars: Bars | None
) -> None:
    """A card without words. bars: None where there is no run; then the cards that learn are filled."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    chosen = bool(mark & (Mark.SELECTED | Mark.FOCUS | Mark.HOVER))
    fill = "err" if wrong else "border" if weighted and bars is None else "card"
    edge = "err" if wrong else "ink" if chosen else "skip" if mark & (Mark.TARGET | Mark.CANDIDATE) else "border"
    painter.setPen(theme.pen(edge, 1))
    painter.setBrush(theme.color("ink" if Mark.SELECTED in mark and bars is None else fill))
    high = box.h if weighted else LOW * box.h
    painter.drawRect(QRectF(0.5, (box.h - high) / 2 + 0.5, box.w - 1, high - 1))
    if bars is not None and not wrong:
        room = box.h / 2 - INSET
        painter.setPen(Qt.PenStyle.NoPen)
        for steps, token, up in ((bars.forward, "act", True), (bars.back, "grad", False)):
            high = room * steps / BAR_STEPS
            if high > 0:
                painter.setBrush(theme.color(token))
                painter.drawRect(QRectF(1.5, box.h / 2 - (high if up else 0.0), box.w - 2.5, high))
    if bars is not None and chosen:
        pen = QPen(theme.color("ink"), 2.0 if Mark.SELECTED in mark else 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(-1, -1, box.w + 2, box.h + 2))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
