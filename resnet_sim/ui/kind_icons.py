"""Icons of layer kinds, blocks and panels on the same 16 px grid and with the same stroke as `icons`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from resnet_sim.ui import icons


def draw(painter: QPainter, name: str, x: float, y: float, size: float, color: QColor) -> None:
    """Draw an icon of this module or of `icons` with its top left corner at (x, y); a plain box for an unknown name."""
    if name not in _DRAWN and name in icons.NAMES:
        icons.draw(painter, name, x, y, size, color)
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.scale(size / icons.GRID, size / icons.GRID)
    join = Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(color, icons.STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, join))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path(name))
    painter.restore()


@cache
def path(name: str) -> QPainterPath:
    """The outline of an icon on the 16 px grid."""
    return _DRAWN.get(name, _box)()


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    made = QPainterPath()
    for stroke in strokes:
        made.moveTo(*stroke[0])
        for point in stroke[1:]:
            made.lineTo(*point)
    return made


def _rect(x: float, y: float, w: float, h: float, r: float = 1.0) -> QPainterPath:
    made = QPainterPath()
    made.addRoundedRect(QRectF(x, y, w, h), r, r)
    return made


def _box() -> QPainterPath:
    return _rect(3, 3, 10, 10, 2)


def _conv() -> QPainterPath:
    made = _rect(2, 2, 12, 12, 1.5)
    made.addPath(_lines(((6, 2), (6, 14)), ((10, 2), (10, 14)), ((2, 6), (14, 6)), ((2, 10), (14, 10))))
    return made


def _dense() -> QPainterPath:
    return _lines(
        ((3, 3), (13, 3)),
        ((3, 13), (13, 13)),
        ((3, 3), (13, 13)),
        ((3, 13), (13, 3)),
        ((3, 3), (3, 13)),
        ((13, 3), (13, 13)),
    )


def _max_pool() -> QPainterPath:
    made = _rect(2, 2, 8, 8, 1)
    made.addPath(_lines(((6, 2), (6, 10)), ((2, 6), (10, 6)), ((12, 9), (12, 13.5), (8, 13.5))))
    return made


def _average_pool() -> QPainterPath:
    made = _rect(2, 2, 9, 9, 1)
    made.addPath(_lines(((11, 11), (14, 14)), ((4.5, 6.5), (8.5, 6.5))))
    return made


def _batch_norm() -> QPainterPath:
    made = QPainterPath(QPointF(1.5, 12.5))
    made.cubicTo(QPointF(6, 12.5), QPointF(5.5, 3.5), QPointF(8, 3.5))
    made.cubicTo(QPointF(10.5, 3.5), QPointF(10, 12.5), QPointF(14.5, 12.5))
    return made


def _flatten() -> QPainterPath:
    made = _rect(1.8, 4.5, 6, 7, 1)
    made.addPath(_lines(((7.8, 8), (11, 8))))
    made.addPath(_rect(11, 1.8, 3, 12.4, 1))
    return made


def _dropout() -> QPainterPath:
    made = QPainterPath()
    for x, y in ((3.5, 3.5), (12.5, 3.5), (8, 8), (3.5, 12.5), (12.5, 12.5)):
        made.addEllipse(QPointF(x, y), 1.4, 1.4)
    made.addPath(
        _lines(
            ((7.2, 2.8), (8.8, 4.4)), ((8.8, 2.8), (7.2, 4.4)), ((7.2, 11.8), (8.8, 13.4)), ((8.8, 11.8), (7.2, 13.4))
        )
    )
    return made


def _softmax() -> QPainterPath:
    return _lines(
        ((2.5, 13.5), (2.5, 9)), ((6.2, 13.5), (6.2, 4.5)), ((9.8, 13.5), (9.8, 7)), ((13.5, 13.5), (13.5, 11))
    )


def _regression() -> QPainterPath:
    made = _lines(((2, 13.5), (14, 3)))
    for x, y in ((4.5, 7.5), (8.2, 11.4), (10.8, 3.2)):
        made.addEllipse(QPointF(x, y), 0.7, 0.7)
    return made


def _scale() -> QPainterPath:
    return _lines(((4.5, 4.5), (11.5, 11.5)), ((11.5, 4.5), (4.5, 11.5)))


def _arc(x0: float, x1: float, y: float, high: float) -> QPainterPath:
    made = QPainterPath(QPointF(x0, y))
    made.cubicTo(QPointF(x0, high), QPointF(x1, high), QPointF(x1, y))
    return made


def _skip() -> QPainterPath:
    made = _arc(2.5, 13, 12, 1)
    made.addPath(_lines(((10.5, 9.5), (13, 12.2), (15.2, 9.4))))
    return made


def _residual() -> QPainterPath:
    made = _arc(2, 14, 8, 0.5)
    made.addPath(_rect(3.2, 9, 3.8, 4.5, 0.8))
    made.addPath(_rect(9, 9, 3.8, 4.5, 0.8))
    made.addPath(_lines(((7, 11.2), (9, 11.2))))
    return made


def _pre_activation() -> QPainterPath:
    made = _arc(2, 14, 8, 0.5)
    made.addPath(_lines(((1.5, 13), (3.8, 13), (6, 9.5))))
    made.addPath(_rect(8.6, 9, 4.2, 4.5, 0.8))
    return made


def _bottleneck() -> QPainterPath:
    made = _arc(2, 14, 7, 0.0)
    made.addPath(_lines(((2, 8.5), (2, 14)), ((6, 10), (6, 12.5)), ((10, 10), (10, 12.5)), ((14, 8.5), (14, 14))))
    made.addPath(_lines(((2, 8.5), (6, 10), (10, 10), (14, 8.5)), ((2, 14), (6, 12.5), (10, 12.5), (14, 14))))
    return made


def _plain() -> QPainterPath:
    made = _rect(2, 5.2, 4.6, 5.6, 0.8)
    made.addPath(_rect(9.4, 5.2, 4.6, 5.6, 0.8))
    made.addPath(_lines(((6.6, 8), (9.4, 8))))
    return made


def _data() -> QPainterPath:
    made = _rect(1.8, 2.8, 12.4, 10.4, 1.5)
    made.addPath(_lines(((2, 11), (5.5, 7.2), (8.5, 10), (10.5, 8.2), (14, 11))))
    return made


def _search() -> QPainterPath:
    made = QPainterPath()
    made.addEllipse(QPointF(6.8, 6.8), 4.4, 4.4)
    made.addPath(_lines(((10.1, 10.1), (13.8, 13.8))))
    return made


def _lock() -> QPainterPath:
    made = _rect(3.5, 7, 9, 6.5, 1.2)
    made.moveTo(5.2, 7)
    made.lineTo(5.2, 5)
    made.arcTo(QRectF(5.2, 2.2, 5.6, 5.6), 180, -180)
    made.lineTo(10.8, 7)
    return made


def _snowflake() -> QPainterPath:
    made = QPainterPath()
    for k in range(3):
        a = math.pi * k / 3 + math.pi / 2
        dx, dy = 5.8 * math.cos(a), 5.8 * math.sin(a)
        made.addPath(_lines(((8 - dx, 8 - dy), (8 + dx, 8 + dy))))
    return made


_DRAWN: dict[str, Callable[[], QPainterPath]] = {
    "conv2d": _conv,
    "dense": _dense,
    "activation": lambda: icons.path("relu"),
    "max_pool": _max_pool,
    "average_pool": _average_pool,
    "batch_norm": _batch_norm,
    "scale": _scale,
    "flatten": _flatten,
    "dropout": _dropout,
    "softmax": _softmax,
    "regression": _regression,
    "skip": _skip,
    "residual": _residual,
    "pre_activation": _pre_activation,
    "bottleneck": _bottleneck,
    "plain": _plain,
    "input": _data,
    "data": _data,
    "search": _search,
    "lock": _lock,
    "frozen": _snowflake,
    "more": lambda: _lines(((4, 6.2), (8, 10.2), (12, 6.2))),
}

NAMES = tuple(sorted(_DRAWN))
"""Every icon that is drawn here."""
