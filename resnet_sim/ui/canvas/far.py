"""A network of many cards so far away that a card is under two px: one item draws all of it, each px only once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui.canvas.live import BAR_STEPS, Bars
from resnet_sim.ui.canvas.shapes import (
    CardShape,
    EdgeShape,
    GateShape,
    Key,
    Mark,
    MergeShape,
    Plan,
    RegionShape,
    Shape,
    SkipShape,
)
from resnet_sim.ui.canvas.symbols import Stage
from resnet_sim.ui.canvas.tiny import LOW

MANY = 300
"""So many cards there are at least; fewer are items of their own at every zoom."""
SMALLEST_PX = 2.0
"""Cards that are less wide are drawn here."""
CHOSEN_PX = 3, 16
"""What is selected or red is at least so many px wide and high, that it can be found."""
ABOVE_PX = 2.0
"""An arc runs at least so far above the cards."""
ALPHA = 40
CHOSEN = Mark.SELECTED | Mark.TARGET | Mark.FOCUS
GROUNDS, BODIES = ("skip", "plain"), ("border", "card", "act", "grad", "err", "ink")
"""What is drawn from below to above: the grounds of blocks, and cards by what they are filled with."""
LINES = "border", "skip", "ink"


@dataclass
class Given:
    """What is drawn. px: scene units of one px. marks, bars: of the keys that have any. broken: the key that is red."""

    plan: Plan
    px: float
    marks: Mapping[Key, Mark]
    bars: Mapping[str, Bars]
    broken: Key


class Layer:
    """Rectangles by what fills them and lines by colour. Of those that begin at the same px, one is enough."""

    def __init__(self, given: Given, keys: Iterable[Key]) -> None:
        self._given, self._px = given, given.px
        self.columns: dict[str, dict[tuple[float, float], QRectF]] = {name: {} for name in (*GROUNDS, *BODIES)}
        self.lines: dict[str, dict[tuple[float, float, float], QLineF]] = {name: {} for name in LINES}
        shapes = given.plan.shapes
        for key in keys:
            shape = shapes[key]
            if isinstance(shape, EdgeShape):
                self._line("border", shape.x0, shape.y0, shape.x1, shape.y1)
            elif isinstance(shape, RegionShape):
                self._column("plain" if shape.plain else "skip", shape.box.axis, *shape.box)
            elif isinstance(shape, SkipShape):
                self._arc(shape, given.marks.get(key))
            else:
                self._body(key, shape)

    def _line(self, token: str, x0: float, y0: float, x1: float, y1: float) -> None:
        place = x0 // self._px, x1 // self._px, y0
        if place not in self.lines[token]:
            self.lines[token][place] = QLineF(x0, y0, x1, y1)

    def _arc(self, shape: SkipShape, mark: Mark | None) -> None:
        chosen = mark is not None and bool(mark & CHOSEN)
        token = "ink" if chosen else "skip" if shape.ink.enabled else "border"
        top = min(shape.top, shape.y0 - ABOVE_PX * self._px)
        self._line(token, shape.x0, top, shape.x1, top)
        if abs(shape.x1 - shape.x0) > 4 * self._px:  # of a shorter one the ends are its neighbours'
            self._line(token, shape.x0, shape.y0, shape.x0, top)
            self._line(token, shape.x1, shape.y1, shape.x1, top)

    def _column(self, token: str, row: float, x: float, y: float, w: float, h: float, least: int = 1) -> None:
        """A rectangle in whole px. row: the axis it belongs to. least: so many px it is wide at least."""
        px, found = self._px, self.columns[token]
        place = x // px, row
        known = found.get(place)
        if known is None or known.height() < h:
            found[place] = QRectF(place[0] * px, y, max(least, round(w / px)) * px, h)

    def _body(self, key: Key, shape: CardShape | GateShape | MergeShape) -> None:
        given, (x, y, w, h) = self._given, shape.box
        axis, mark = y + h / 2, given.marks.get(key)
        card = isinstance(shape, CardShape)
        wrong = key == given.broken or bool(shape.ink.wrong if isinstance(shape, CardShape) else shape.wrong)
        if wrong or (mark is not None and mark & CHOSEN):
            h = max(h, CHOSEN_PX[1] * self._px)
            self._column("err" if wrong else "ink", axis, x, axis - h / 2, w, h, CHOSEN_PX[0])
            return
        bars = given.bars.get(str(key)) if card else None
        if not (isinstance(shape, CardShape) and shape.ink.weighted):
            y, h = axis - LOW * h / 2, LOW * h
        self._column("border" if bars is None else "card", axis, x, y, w, h)
        if bars is not None:
            up, down = (shape.box.h / 2 * steps / BAR_STEPS for steps in bars[:2])
            self._column("act", axis, x, axis - up, w, up)
            self._column("grad", axis, x, axis, w, down)


class FarItem(QGraphicsItem):
    """Blocks, main path, cards with their two bars, and arcs; words have no room. Hidden while there are items."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._bounds = QRectF()
        self._given: Given | None = None
        self._layers: list[Layer] = []
        self._drawn: Given | None = None
        self._apart: frozenset[Key] = frozenset()
        """What the lower layer leaves out because it is dragged."""
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_given(self, given: Given) -> None:
        """Draw this from now on."""
        self.prepareGeometryChange()
        self._bounds = QRectF(*given.plan.bounds.grown(8 * given.px))
        self._given = given
        self.update()

    def _take_in(self, given: Given) -> None:
        """Find what to draw. The lower layer is kept while only what is above it changes: what is marked or dragged."""
        plan, drawn = given.plan, self._drawn
        if drawn is None or (drawn.px, drawn.bars) != (given.px, given.bars) or not self._is_kept(drawn.plan, plan):
            self._apart = plan.moved[1] if plan.moved is not None else frozenset()
            plain = replace(given, marks={}, broken="")
            self._layers = [Layer(plain, (key for key in plan.shapes if key not in self._apart))]
        above = (self._apart | given.marks.keys() | {given.broken}) & plan.shapes.keys()
        self._layers = [self._layers[0], Layer(given, above)]
        self._drawn = given

    def _is_kept(self, before: Plan, after: Plan) -> bool:
        """Whether nothing of the lower layer looks different now."""
        if before.version is after.version:
            return True
        if after.moved is None or after.moved[0] is not before.version:
            return False
        return all(_alike(before.shapes[key], after.shapes[key]) for key in after.moved[1] - self._apart)

    def boundingRect(self) -> QRectF:  # noqa: N802
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._given is not None:
            self._take_in(self._given)
            self._given = None
        theme = self._stage.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for name in GROUNDS:
            colour = QColor(theme.color("border" if name == "plain" else name))
            colour.setAlpha(ALPHA)
            painter.setBrush(colour)
            self._paint_columns(painter, name)
        self._paint_lines(painter, "border")
        painter.setPen(Qt.PenStyle.NoPen)
        for name in BODIES:
            if name == "err":
                for token in LINES[1:]:
                    self._paint_lines(painter, token)
                painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(name))
            self._paint_columns(painter, name)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_columns(self, painter: QPainter, name: str) -> None:
        for layer in self._layers:
            painter.drawRects(list(layer.columns[name].values()))

    def _paint_lines(self, painter: QPainter, token: str) -> None:
        pen = QPen(self._stage.theme.color(token), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for layer in self._layers:
            painter.drawLines(list(layer.lines[token].values()))


def _alike(a: Shape, b: Shape) -> bool:
    """Whether two shapes of a key look the same from afar."""
    if isinstance(a, CardShape) and isinstance(b, CardShape):
        return (a.box, a.ink.weighted, bool(a.ink.wrong)) == (b.box, b.ink.weighted, bool(b.ink.wrong))
    return a == b
