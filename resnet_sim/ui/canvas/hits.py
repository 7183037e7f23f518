"""What lies under a point of the canvas. Pure: it reads a plan, not items."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from resnet_sim.network.graph import Connection
from resnet_sim.ui.canvas.shapes import (
    Box,
    CardShape,
    Detail,
    EdgeShape,
    GateShape,
    MergeShape,
    Plan,
    RegionShape,
    SkipShape,
)


class Part(Enum):
    """What of a shape was hit."""

    NOTHING = "nothing"
    CARD = "card"
    SIGN = "sign"
    MERGE = "merge"
    RING = "ring"
    PORT_IN = "input port"
    PORT_OUT = "output port"
    ARC = "arc"
    PILL = "pill"
    EYE = "eye"
    TITLE = "title"
    EDGE = "edge"


@dataclass(frozen=True)
class Hit:
    """id: the node, skip or block that was hit, or the connection."""

    part: Part
    id: str = ""
    connection: Connection | None = None


NOWHERE = Hit(Part.NOTHING)
RING_REACH = 12.0
PORT_REACH = 9.0
EYE_WIDTH = 26.0


def ring_at(box: Box) -> tuple[float, float]:
    """Where the green ring of a card is: its upper right corner."""
    return box.right, box.y


def sign_box(card: CardShape) -> Box:
    """The ReLU sign of a card."""
    return Box(card.box.right - 25, card.box.y + 2, 24, 22)


SPEC, WEIGHTS = "spec", "weights"
"""The lines of a card whose values can be changed: below its title, at its foot."""


def line_at(plan: Plan, found: Hit, y: float) -> str:
    """The line of a card that was hit; "" where there is none, or none is written at this level."""
    card = plan.shapes.get(found.id)
    if not isinstance(card, CardShape) or found.part is not Part.CARD or not has_handles(plan.detail):
        return ""
    if 23 <= y - card.box.y <= 42 and card.ink.spec:
        return SPEC
    return WEIGHTS if card.box.bottom - y <= 34 and card.ink.tex else ""


def has_handles(detail: Detail) -> bool:
    """Whether ports and the ring can be grasped at this level."""
    return detail in (Detail.FULL, Detail.SLIM)


def hit(plan: Plan, x: float, y: float, reach: float = 1.0) -> Hit:
    """The topmost thing at (x, y). `reach`: scene units of one screen px, so that small things stay easy to hit."""
    bodies = [shape for shape in plan.shapes.values() if isinstance(shape, CardShape | GateShape | MergeShape)]
    near = [shape for shape in bodies if shape.box.holds(x, y, 14 * max(1.0, reach))]
    if has_handles(plan.detail):
        for body in near:
            found = _handle(body, x, y)
            if found is not None:
                return found
    for shape in plan.shapes.values():
        if isinstance(shape, SkipShape) and shape.pill is not None and shape.pill.holds(x, y):
            return Hit(Part.EYE if x > shape.pill.right - EYE_WIDTH else Part.PILL, shape.id)
    for body in reversed(near):
        if isinstance(body, MergeShape) and body.box.holds(x, y, 2):
            return Hit(Part.MERGE, body.id)
    for body in reversed(near):
        if body.box.holds(x, y):
            on_sign = isinstance(body, CardShape) and body.ink.function and _on_sign(body, x, y)
            return Hit(Part.SIGN if on_sign else Part.CARD, body.id)
    return _line(plan, x, y, reach)


def _on_sign(card: CardShape, x: float, y: float) -> bool:
    return has_handles(card.detail) and sign_box(card).holds(x, y)


def _handle(shape: CardShape | GateShape | MergeShape, x: float, y: float) -> Hit | None:
    leads_on = not isinstance(shape, CardShape) or shape.port_out
    if isinstance(shape, MergeShape):
        return None
    rx, ry = ring_at(shape.box)
    if leads_on and abs(x - rx) <= RING_REACH and abs(y - ry) <= RING_REACH and (x > rx - 8 or y < ry + 6):
        return Hit(Part.RING, shape.id)
    if leads_on and -4 <= x - shape.box.right <= PORT_REACH and abs(y - shape.box.axis) <= PORT_REACH:
        return Hit(Part.PORT_OUT, shape.id)
    takes = isinstance(shape, CardShape) and shape.port_in
    if takes and -PORT_REACH <= x - shape.box.x <= 4 and abs(y - shape.box.axis) <= PORT_REACH:
        return Hit(Part.PORT_IN, shape.id)
    return None


def _line(plan: Plan, x: float, y: float, reach: float) -> Hit:
    near = 6.0 * max(0.5, reach)
    for shape in plan.shapes.values():
        if isinstance(shape, SkipShape) and on_arc(shape, x, y, near):
            return Hit(Part.ARC, shape.id)
    edge = edge_at(plan, x, y, 2 * near)
    if edge is not None:
        return Hit(Part.EDGE, connection=edge)
    for shape in plan.shapes.values():
        if isinstance(shape, RegionShape) and title_box(shape).holds(x, y):
            return Hit(Part.TITLE, shape.id)
    return NOWHERE


def title_box(region: RegionShape) -> Box:
    """The strip of a block's ground that holds its title."""
    high = {Detail.FULL: 26.0, Detail.SLIM: 26.0, Detail.MID: 12.0, Detail.TINY: 5.0}[region.detail]
    return Box(region.box.x, region.box.y, region.box.w, high)


def edge_at(plan: Plan, x: float, y: float, near: float) -> Connection | None:
    """The connection within `near` of a point."""
    best: tuple[float, Connection] | None = None
    for shape in plan.shapes.values():
        if isinstance(shape, EdgeShape):
            left, right = (shape.x0, shape.x1) if shape.x0 < shape.x1 else (shape.x1, shape.x0)
            if not left - near <= x <= right + near:
                continue
            far = _from_line(shape.x0, shape.y0, shape.x1, shape.y1, x, y)
            if far <= near and (best is None or far < best[0]):
                best = far, shape.connection
    return best[1] if best is not None else None


def _from_line(x0: float, y0: float, x1: float, y1: float, x: float, y: float) -> float:
    dx, dy = x1 - x0, y1 - y0
    long = dx * dx + dy * dy
    t = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / long)) if long else 0.0
    return float(((x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2) ** 0.5)


def on_arc(shape: SkipShape, x: float, y: float, near: float) -> bool:
    """Whether a point is on the line of an arc."""
    left, right = min(shape.x0, shape.x1), max(shape.x0, shape.x1)
    if not (left - near <= x <= right + near and shape.top - near <= y <= max(shape.y0, shape.y1) + near):
        return False
    points = arc_points(shape)
    return any(_from_line(*a, *b, x, y) <= near for a, b in pairwise(points))


def arc_points(shape: SkipShape, steps: int = 6) -> list[tuple[float, float]]:
    """The arc as a line of points, from its beginning to (+)."""
    cx, cy = shape.bend
    way = 1 if shape.x1 >= shape.x0 else -1
    high0, high1 = min(shape.top + cy, shape.y0), min(shape.top + cy, shape.y1)
    points = [(shape.x0, shape.y0)]
    rise = ((shape.x0, high0), (shape.x0, shape.top + (high0 - shape.top) * 0.27))
    over = ((shape.x0 + way * cx * 0.42, shape.top), (shape.x0 + way * cx, shape.top))
    points += [_cubic(*rise, *over, k / steps) for k in range(steps + 1)]
    fall = ((shape.x1 - way * cx, shape.top), (shape.x1 - way * cx * 0.42, shape.top))
    down = ((shape.x1, shape.top + (high1 - shape.top) * 0.27), (shape.x1, high1))
    points += [_cubic(*fall, *down, k / steps) for k in range(steps + 1)]
    points.append((shape.x1, shape.y1))
    return points


Point = tuple[float, float]


def _cubic(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    u = 1 - t
    k = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
    return (
        k[0] * a[0] + k[1] * b[0] + k[2] * c[0] + k[3] * d[0],
        k[0] * a[1] + k[1] * b[1] + k[2] * c[1] + k[3] * d[1],
    )
