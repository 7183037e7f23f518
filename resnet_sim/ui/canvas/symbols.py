"""The small drawings of the canvas: the sign of each kind and of each g, arrow heads, lock, eye and octagon."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from resnet_sim.ui import icons
from resnet_sim.ui.theme import Look, Theme

Curve = tuple[tuple[float, float], ...]

_CURVES: dict[str, Curve] = {
    "relu": ((-6.5, 4.0), (0.5, 4.0), (6.0, -4.5)),
    "leaky_relu": ((-6.5, 5.0), (0.5, 3.2), (6.0, -4.5)),
    "none": ((-6.0, 4.5), (6.0, -4.5)),
}


class Stage:
    """What all items share: the look, still pictures of cards, and the zoom these are drawn for."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.sharp_at = 1.0
        self._stills: dict[object, QPixmap] = {}

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self.look.theme

    def still(self, key: object, make: Callable[[], QPixmap]) -> QPixmap:
        """The picture of that key, made if it is new."""
        found = self._stills.get(key)
        if found is None:
            if len(self._stills) >= 600:
                self._stills.clear()
            found = self._stills[key] = make()
        return found

    def forget(self) -> None:
        """The look has changed."""
        self._stills.clear()


def function_sign(painter: QPainter, function: str, x: float, y: float, pen: QPen) -> None:
    """The curve of g with its middle at (x, y), 13 wide."""
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = _CURVES.get(function)
    if points is not None:
        painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in points])
        return
    path = QPainterPath(QPointF(x - 6.5, y + 4.5))
    path.cubicTo(QPointF(x + 0.5, y + 4.5), QPointF(x - 0.5, y - 4.5), QPointF(x + 6.5, y - 4.5))
    painter.drawPath(path)


def arrow_head(
    painter: QPainter, x: float, y: float, colour: QColor, size: float = 4.0, down: bool = False, left: bool = False
) -> None:
    """A filled head with its tip at (x, y), to the right, down or to the left."""
    long = 1.7 * size * (-1 if left else 1)
    tips = ((0.0, 0.0), (-size, -long), (size, -long)) if down else ((0.0, 0.0), (-long, -size), (-long, size))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in tips]))


def octagon(painter: QPainter, x: float, y: float, size: float, theme: Theme) -> None:
    """The sign of an error with its middle at (x, y), on a plate of the card's colour."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("card"))
    painter.drawEllipse(QPointF(x, y), size * 0.46, size * 0.46)
    icons.draw(painter, "error", x - size / 2, y - size / 2, size, theme.color("err"))


def lock(painter: QPainter, x: float, y: float, colour: QColor) -> None:
    """A closed lock, 9 wide and 11 high, its middle at (x, y)."""
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(x - 2.8, y - 5.5, 5.6, 6.4), 0, 180 * 16)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(x - 4, y - 1.4, 8, 6), 1.2, 1.2)


def eye(painter: QPainter, x: float, y: float, colour: QColor, is_open: bool) -> None:
    """An eye with its middle at (x, y); crossed out when it is shut."""
    path = QPainterPath(QPointF(x - 6, y))
    path.quadTo(QPointF(x, y - 7.5), QPointF(x + 6, y))
    path.quadTo(QPointF(x, y + 7.5), QPointF(x - 6, y))
    painter.setPen(QPen(colour, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x, y), 1.7, 1.7)
    if not is_open:
        painter.drawLine(QLineF(x - 5.5, y + 5, x + 5.5, y - 5))


def plus(painter: QPainter, x: float, y: float, half: float, pen: QPen) -> None:
    """The sign of a sum."""
    painter.setPen(pen)
    painter.drawLines([QLineF(x - half, y, x + half, y), QLineF(x, y - half, x, y + half)])


def paint_port(painter: QPainter, x: float, y: float, stage: Stage) -> None:
    """Where a connection leaves."""
    painter.setPen(stage.theme.pen("ink", 1.5))
    painter.setBrush(stage.theme.color("card"))
    painter.drawEllipse(QPointF(x, y), 3.6, 3.6)


def paint_ring(painter: QPainter, x: float, y: float, pen: QPen, fill: QColor) -> None:
    """The handle that a skip connection is drawn from."""
    painter.setPen(pen)
    painter.setBrush(fill)
    painter.drawEllipse(QPointF(x, y), 5.0, 5.0)


# --- the sign of each kind, on a square of side 1 around (0, 0) ---------------------------------------------------


@dataclass(frozen=True)
class KindSign:
    """Strokes, and dots or boxes that are filled."""

    strokes: tuple[Curve, ...] = ()
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    dots: tuple[tuple[float, float, float], ...] = field(default=())


def _frame(x: float, y: float, w: float, h: float) -> Curve:
    return ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))


def _layers() -> KindSign:
    left, right = (-0.34, 0.0, 0.34), (-0.34, 0.0, 0.34)
    strokes = tuple(((-0.4, a), (0.4, b)) for a in left for b in right)
    return KindSign(strokes, dots=tuple((x, y, 0.09) for x in (-0.4, 0.4) for y in left))


_THIRD = 1 / 3
_SIGNS: dict[str, KindSign] = {
    "input": KindSign(
        (_frame(-0.4, -0.4, 0.8, 0.8), ((-0.4, 0.22), (-0.1, -0.08), (0.12, 0.14), (0.24, 0.02), (0.4, 0.2)))
    ),
    "conv2d": KindSign(
        (
            _frame(-0.45, -0.45, 0.9, 0.9),
            *(((-0.45 + 0.9 * k / 3, -0.45), (-0.45 + 0.9 * k / 3, 0.45)) for k in (1, 2)),
            *(((-0.45, -0.45 + 0.9 * k / 3), (0.45, -0.45 + 0.9 * k / 3)) for k in (1, 2)),
        ),
        ((-0.15, -0.15, 0.3, 0.3),),
    ),
    "dense": _layers(),
    "max_pool": KindSign((_frame(-0.45, -0.45, 0.56, 0.56), ((0.0, 0.0), (0.3, 0.3))), ((0.22, 0.22, 0.24, 0.24),)),
    "average_pool": KindSign(
        (_frame(-0.45, -0.45, 0.9, 0.9), ((-0.45, 0.0), (0.45, 0.0)), ((0.0, -0.45), (0.0, 0.45))),
        dots=((0.0, 0.0, 0.13),),
    ),
    "batch_norm": KindSign(
        (
            ((-0.5, 0.3), (-0.3, 0.26), (-0.14, -0.2), (0.0, -0.36), (0.14, -0.2), (0.3, 0.26), (0.5, 0.3)),
            ((0.0, -0.1), (0.0, 0.3)),
        )
    ),
    "flatten": KindSign(
        (
            _frame(-0.45, -0.36, 0.36, 0.36),
            _frame(0.26, -0.48, 0.18, 0.96),
            ((-0.2, 0.22), (0.1, 0.22)),
            ((0.02, 0.14), (0.1, 0.22), (0.02, 0.3)),
        )
    ),
    "dropout": KindSign(
        dots=tuple((x * 0.36, y * 0.36, 0.12 if (x + y) % 2 else 0.045) for x in (-1, 0, 1) for y in (-1, 0, 1))
    ),
    "scale": KindSign((((-0.3, -0.3), (0.3, 0.3)), ((-0.3, 0.3), (0.3, -0.3)))),
    "softmax": KindSign(
        (((-0.48, 0.42), (0.48, 0.42)),),
        ((-0.42, 0.12, 0.16, 0.3), (-0.19, -0.1, 0.16, 0.52), (0.04, -0.42, 0.16, 0.84), (0.27, 0.2, 0.16, 0.22)),
    ),
    "regression": KindSign(
        (((-0.45, 0.4), (0.45, -0.34)), ((-0.48, 0.45), (0.48, 0.45))),
        dots=((-0.25, 0.06, 0.06), (0.0, 0.16, 0.06), (0.18, -0.3, 0.06)),
    ),
    "block": KindSign(
        (
            _frame(-0.3, 0.0, 0.22, 0.3),
            _frame(0.08, 0.0, 0.22, 0.3),
            ((-0.48, 0.15), (-0.3, 0.15)),
            ((-0.08, 0.15), (0.08, 0.15)),
            ((0.3, 0.15), (0.48, 0.15)),
        )
    ),
    "plain_block": KindSign(
        (
            _frame(-0.3, -0.15, 0.22, 0.3),
            _frame(0.08, -0.15, 0.22, 0.3),
            ((-0.48, 0.0), (-0.3, 0.0)),
            ((-0.08, 0.0), (0.08, 0.0)),
            ((0.3, 0.0), (0.48, 0.0)),
        )
    ),
}


def kind_sign(painter: QPainter, kind: str, x: float, y: float, side: float, theme: Theme, stroke: float = 1.3) -> None:
    """The quiet sign of a layer kind with its middle at (x, y); a box for a kind that has none."""
    sign = _SIGNS.get(kind, KindSign((_frame(-0.3, -0.3, 0.6, 0.6),)))
    colour = theme.color("border")
    painter.setPen(QPen(colour, stroke, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke_points in sign.strokes:
        painter.drawPolyline([QPointF(x + px * side, y + py * side) for px, py in stroke_points])
    if kind == "block":
        painter.setPen(QPen(theme.color("skip"), stroke * 1.5))
        path = QPainterPath(QPointF(x - 0.4 * side, y + 0.15 * side))
        path.cubicTo(
            QPointF(x - 0.4 * side, y - 0.5 * side),
            QPointF(x + 0.4 * side, y - 0.5 * side),
            QPointF(x + 0.4 * side, y + 0.1 * side),
        )
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for bx, by, w, h in sign.boxes:
        painter.drawRect(QRectF(x + bx * side, y + by * side, w * side, h * side))
    for dx, dy, r in sign.dots:
        painter.drawEllipse(QPointF(x + dx * side, y + dy * side), r * side, r * side)


def dashed(pen: QPen, long: float = 3.0, short: float = 2.5) -> QPen:
    """The pen with dashes in units of its width."""
    made = QPen(pen)
    made.setDashPattern([long, short])
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    return made


def crisp(value: float, scale: float) -> float:
    """The nearest place where a hairline fills one row of device px."""
    return (math.floor(value * scale) + 0.5) / scale
