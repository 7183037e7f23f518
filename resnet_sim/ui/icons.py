"""Icons as painter paths on a 16 px grid: drawn in the current text colour, sharp at every scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

GRID = 16.0
STROKE = 1.5
FILLED = frozenset({"play", "pause", "state"})
"""Icons that are filled rather than stroked."""


def draw(painter: QPainter, name: str, x: float, y: float, size: float, color: QColor) -> None:
    """Draw an icon with its top left corner at (x, y). Raises KeyError for an unknown name."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.scale(size / GRID, size / GRID)
    pen = QPen(color, STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(Qt.PenStyle.NoPen if name in FILLED else pen)
    painter.setBrush(color if name in FILLED else Qt.BrushStyle.NoBrush)
    painter.drawPath(path(name))
    painter.restore()


@cache
def path(name: str) -> QPainterPath:
    """The outline of an icon on the 16 px grid."""
    return _DRAWN[name]()


def icon(name: str, color: QColor, size: int = 16) -> QIcon:
    """A QIcon for places that ask for one (menus, the window), sharp up to scale 3."""
    made = QIcon()
    for scale in (1, 2, 3):
        pixmap = QPixmap(size * scale, size * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw(painter, name, 0, 0, size * scale, color)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        made.addPixmap(pixmap)
    return made


def app_icon(size: int = 64) -> QIcon:
    """The program's own icon: the logo on a dark plate."""
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#101C2C"))
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.2, size * 0.2)
    logo(painter, size * 0.16, size * 0.2, size * 0.68, QColor("#FFFFFF"), QColor("#37D5B0"), QColor("#101C2C"))
    painter.end()
    return QIcon(pixmap)


def logo(painter: QPainter, x: float, y: float, width: float, ink: QColor, arc: QColor, back: QColor) -> None:
    """The logo in a box `width` wide and 3/4 as high: a path through three layers and an arc over the middle one."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.scale(width / 24, width / 24)
    over = QPainterPath(QPointF(3, 13))
    over.cubicTo(QPointF(3, 1), QPointF(21, 1), QPointF(21, 13))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(arc, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPath(over)
    painter.setPen(QPen(ink, 1.6))
    painter.drawLine(QPointF(3, 14), QPointF(21, 14))
    painter.setBrush(back)
    for centre in (3.0, 12.0, 21.0):
        painter.drawEllipse(QPointF(centre, 14), 2.2, 2.2)
    painter.restore()


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    made = QPainterPath()
    for stroke in strokes:
        made.moveTo(*stroke[0])
        for point in stroke[1:]:
            made.lineTo(*point)
    return made


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    made = _lines(points)
    made.closeSubpath()
    return made


def _play() -> QPainterPath:
    return _polygon((4.5, 2.5), (13, 8), (4.5, 13.5))


def _pause() -> QPainterPath:
    made = QPainterPath()
    made.addRoundedRect(QRectF(4, 3, 2.6, 10), 0.8, 0.8)
    made.addRoundedRect(QRectF(9.4, 3, 2.6, 10), 0.8, 0.8)
    return made


def _step() -> QPainterPath:
    made = _polygon((3.5, 3), (10, 8), (3.5, 13))
    made.addPath(_lines(((12.5, 3), (12.5, 13))))
    return made


def _epoch() -> QPainterPath:
    made = _polygon((1.8, 3.5), (7, 8), (1.8, 12.5))
    made.addPath(_polygon((7, 3.5), (12.2, 8), (7, 12.5)))
    made.addPath(_lines(((14.2, 3.5), (14.2, 12.5))))
    return made


def _reset() -> QPainterPath:
    made = QPainterPath()
    box = QRectF(3, 3, 10, 10)
    made.arcMoveTo(box, 150)
    made.arcTo(box, 150, -310)
    start = made.elementAt(0)
    made.addPath(_lines(((start.x - 1.2, start.y - 3.4), (start.x, start.y), (start.x + 3.5, start.y - 0.6))))
    return made


def _eye() -> QPainterPath:
    made = QPainterPath(QPointF(1.5, 8))
    made.quadTo(QPointF(8, 0), QPointF(14.5, 8))
    made.quadTo(QPointF(8, 16), QPointF(1.5, 8))
    made.addEllipse(QPointF(8, 8), 2, 2)
    return made


def _circle(*inside: tuple[tuple[float, float], ...]) -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(8, 8), 6.2, 6.2)
    made.addPath(_lines(*inside))
    return made


def _error() -> QPainterPath:
    corners = [math.radians(22.5 + 45 * k) for k in range(8)]
    made = _polygon(*((8 + 6.6 * math.cos(a), 8 + 6.6 * math.sin(a)) for a in corners))
    made.addPath(_lines(((8, 4.6), (8, 8.6)), ((8, 11.2), (8, 11.3))))
    return made


def _warning() -> QPainterPath:
    made = _polygon((8, 2), (14.5, 13.5), (1.5, 13.5))
    made.addPath(_lines(((8, 6.4), (8, 9.4)), ((8, 11.4), (8, 11.5))))
    return made


def _chip() -> QPainterPath:
    made = QPainterPath()
    made.addRoundedRect(QRectF(3.5, 3.5, 9, 9), 1.5, 1.5)
    made.addRoundedRect(QRectF(6.2, 6.2, 3.6, 3.6), 0.8, 0.8)
    for at in (6.0, 10.0):
        made.addPath(_lines(((at, 1.2), (at, 3.2)), ((at, 12.8), (at, 14.8))))
        made.addPath(_lines(((1.2, at), (3.2, at)), ((12.8, at), (14.8, at))))
    return made


def _moon() -> QPainterPath:
    made = QPainterPath(QPointF(9.5, 2))
    made.cubicTo(QPointF(4.5, 4), QPointF(5, 11.5), QPointF(13.6, 10.6))
    made.cubicTo(QPointF(11, 15.5), QPointF(2.4, 14.4), QPointF(2.4, 8))
    made.cubicTo(QPointF(2.4, 4.8), QPointF(5.2, 2), QPointF(9.5, 2))
    return made


def _sun() -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(8, 8), 3, 3)
    for k in range(8):
        a = math.pi * k / 4
        ray = ((8 + 5.2 * math.cos(a), 8 + 5.2 * math.sin(a)), (8 + 6.8 * math.cos(a), 8 + 6.8 * math.sin(a)))
        made.addPath(_lines(ray))
    return made


def _relu() -> QPainterPath:
    return _lines(((1.5, 11.5), (8, 11.5), (14, 4)))


def _state() -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(8, 8), 4, 4)
    return made


_DRAWN: dict[str, Callable[[], QPainterPath]] = {
    "play": _play,
    "pause": _pause,
    "step": _step,
    "epoch": _epoch,
    "reset": _reset,
    "error": _error,
    "eye": _eye,
    "warning": _warning,
    "info": lambda: _circle(((8, 7.4), (8, 11.2)), ((8, 4.8), (8, 4.9))),
    "close": lambda: _lines(((4, 4), (12, 12)), ((12, 4), (4, 12))),
    "chip": _chip,
    "moon": _moon,
    "sun": _sun,
    "relu": _relu,
    "state": _state,
    "open": lambda: _polygon((1.8, 13), (1.8, 3.2), (6, 3.2), (7.5, 5), (14.2, 5), (14.2, 13)),
    "file": lambda: _polygon((3.5, 1.8), (9.5, 1.8), (12.8, 5), (12.8, 14.2), (3.5, 14.2)),
    "undo": lambda: _lines(
        ((6, 3), (2.5, 6.5), (6, 10)), ((2.5, 6.5), (10.5, 6.5), (13.5, 9.2), (10.5, 12.5), (7, 12.5))
    ),
    "redo": lambda: _lines(
        ((10, 3), (13.5, 6.5), (10, 10)), ((13.5, 6.5), (5.5, 6.5), (2.5, 9.2), (5.5, 12.5), (9, 12.5))
    ),
    "left": lambda: _lines(((9.8, 3.5), (5.3, 8), (9.8, 12.5))),
    "right": lambda: _lines(((6.2, 3.5), (10.7, 8), (6.2, 12.5))),
    "shuffle": lambda: _lines(
        ((1.8, 4.5), (4.5, 4.5), (10.5, 11.5), (14, 11.5)),
        ((1.8, 11.5), (4.5, 11.5), (6.3, 9.4)),
        ((8.7, 6.6), (10.5, 4.5), (14, 4.5)),
        ((12, 2.3), (14.2, 4.5), (12, 6.7)),
        ((12, 9.3), (14.2, 11.5), (12, 13.7)),
    ),
    "back": lambda: _lines(((3.2, 3), (3.2, 13)), ((13, 3), (6, 8), (13, 13), (13, 3))),
    "tick": lambda: _lines(((3, 8.5), (6.5, 12), (13, 4.5))),
}

NAMES = tuple(sorted(_DRAWN))
"""Every icon there is."""
