"""pyqtgraph in the look of this program: hairline grid behind the curves, labels at the line ends, no autorange."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from resnet_sim.ui import formula
from resnet_sim.ui.plots.labels import EndLabels
from resnet_sim.ui.theme import Look, Theme, font, metrics

pg.setConfigOptions(antialias=False, useOpenGL=False, exitCleanup=False)

Floats = NDArray[np.float64]
HUGE = 1e30
"""Values are clamped to this before they are drawn."""
PALE, PALE_SHARE = "_pale", 0.4
"""Behind the name of a token: so much of its colour, the rest the card's. Drawing with alpha takes Qt's slow way."""
MOST_COLUMNS = 320
"""Columns a line is thinned to: with what thinning leaves over no line has more than 400 points."""
DASHES: tuple[tuple[float, ...], ...] = ((), (4.0, 3.0), (1.2, 2.4), (7.0, 2.5, 1.2, 2.5), (9.0, 3.0))
"""Line patterns that can still be told apart: never more lines than these by dash."""


def number_text(value: float) -> str:
    """A tick: 0, .5, 2, 400, 1e6."""
    plain = value == 0 or 1e-3 <= abs(value) < 1e4
    text = f"{value:g}" if plain else f"{value:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 2.5, 5 x 10^k that cuts `span` into at most `count` parts."""
    raw = max(span, 1e-12) / count
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= raw * 0.999)


def nice_top(value: float, count: int = 4) -> float:
    """The next tick above `value`: an upper end of an axis that does not move with every new point."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    value = min(value, HUGE)
    step = nice_step(value, count)
    return math.ceil(value / step - 1e-9) * step


class Axis(pg.AxisItem):
    """Text only, 11 px; the grid is drawn by Grid. `unit` follows the last number. exponents: 10^k for a log axis.

    symbol: ticks are drawn as this formula, with the tick's text in the place of {}.
    """

    OVER = 40

    def __init__(self, look: Look, side: str, exponents: bool = False) -> None:
        super().__init__(side, pen=pg.mkPen(None), maxTickLength=0)
        self.look = look
        self.unit = ""
        self.exponents = exponents
        self.ticks: list[tuple[float, str]] | None = None
        self.symbol = ""
        if side == "left":
            self.setWidth(38)
        else:
            self.setHeight(24)

    def values(self, low: float, high: float) -> list[float]:
        """Where the ticks and the grid lines are."""
        if self.ticks is not None:
            return [value for value, _ in self.ticks if low <= value <= high]
        if self.exponents:
            every = max(1, math.ceil((high - low) / 5))
            first = math.ceil((low - 1e-9) / every) * every
            return [float(k) for k in range(first, math.floor(high + 1e-9) + 1, every)]
        step = nice_step(high - low, 4)
        first_step = math.ceil(low / step - 1e-9)
        return [step * k for k in range(first_step, math.floor(high / step + 1e-9) + 1)]

    def boundingRect(self) -> QRectF:  # noqa: N802
        """A little more than the axis: the first and the last text stand over its ends."""
        return QRectF(super().boundingRect()).adjusted(-8, -8, self.OVER, 8)

    def redraw(self) -> None:
        """Ticks, symbol or colours are others now."""
        self.picture = None
        self.update()

    def texts(self, low: float, high: float) -> list[tuple[float, str]]:
        """The ticks with their texts."""
        if self.ticks is not None:
            return [(value, text) for value, text in self.ticks if low <= value <= high]
        return [(v, number_text(10.0**v if self.exponents else v)) for v in self.values(low, high)]

    def generateDrawSpecs(self, painter: QPainter) -> tuple[None, None, None]:  # noqa: N802
        """Nothing: drawPicture knows what it needs."""
        return None, None, None

    def drawPicture(self, painter: QPainter, *_: Any) -> None:  # noqa: N802
        """Draw the tick texts, as formulas if there is a symbol; the unit stands behind the last one."""
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setFont(font(11))
        painter.setPen(self.look.theme.color("ink2"))
        low, high = self.range
        texts = self.texts(low, high)
        for i, (value, text) in enumerate(texts):
            share = (value - low) / (high - low)
            width = metrics(11).horizontalAdvance(text)
            if self.orientation == "left":
                y = self.height() * (1 - share)
                painter.drawText(QPointF(self.width() - 6 - width, y + 4), text)
                continue
            x = self.width() * share
            if self.symbol:
                box = QRectF(x - 30, 2, 60, 18)
                formula.draw_centred(painter, box, self.symbol.replace("{}", text), 13, self.look.theme)
                continue
            left = x - width / 2
            if self.unit and i == len(texts) - 1:
                text = f"{text} {self.unit}"
                left = min(left, self.width() + self.OVER - metrics(11).horizontalAdvance(text))
            painter.drawText(QPointF(left, 16), text)


class Grid(pg.GraphicsObject):
    """Hairlines behind the curves; vertical marks where a control changed."""

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self._chart = chart
        self.marks: tuple[float, ...] = ()
        self.setZValue(-50)
        self.setParentItem(chart.box)
        chart.box.sigResized.connect(self._resized)
        chart.box.sigRangeChanged.connect(self._ranged)

    def _resized(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.update()

    def _ranged(self, *_: Any) -> None:
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(0, 0, self._chart.box.width(), self._chart.box.height())

    def paint(self, painter: QPainter, *_: Any) -> None:
        chart, theme = self._chart, self._chart.look.theme
        width, height = chart.box.width(), chart.box.height()
        (x0, x1), (y0, y1) = chart.box.viewRange()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.color("line2"), 0))
        across = [height * (1 - (v - y0) / (y1 - y0)) for v in chart.left.values(y0, y1) if y0 < v < y1]
        up = [width * (v - x0) / (x1 - x0) for v in chart.bottom.values(x0, x1) if x0 < v < x1]
        painter.drawLines([QLineF(0, round(y) + 0.5, width, round(y) + 0.5) for y in across])
        painter.drawLines([QLineF(round(x) + 0.5, 0, round(x) + 0.5, height) for x in up])
        painter.setPen(QPen(theme.color("ink3"), 0, Qt.PenStyle.DotLine))
        at = [width * (v - x0) / (x1 - x0) for v in self.marks if x0 < v < x1]
        painter.drawLines([QLineF(round(x) + 0.5, 0, round(x) + 0.5, height) for x in at])


class Chart(pg.GraphicsView):
    """One chart without mouse, menu or autorange. `margin` px at the right are kept for the end labels.

    Built from a view box and two axes: pyqtgraph's own plot brings menus that outlive their window.
    """

    def __init__(self, look: Look, *, margin: int = 46, log: bool = False) -> None:
        super().__init__()
        self.look, self.margin = look, margin
        self.left, self.bottom = Axis(look, "left", exponents=log), Axis(look, "bottom")
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.box.disableAutoRange()
        self._layout = pg.GraphicsLayout()
        self._layout.setContentsMargins(4, 8, margin, 0)
        self._layout.setSpacing(0)
        for item, place in ((self.left, (0, 0)), (self.box, (0, 1)), (self.bottom, (1, 1))):
            self._layout.addItem(item, *place)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.setCentralItem(self._layout)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.grid, self.ends = Grid(self), EndLabels(self)
        self._styled: list[tuple[Any, str, float, tuple[float, ...]]] = []
        self._dots: list[tuple[Any, str, str]] = []
        self._range = (0.0, 1.0, 0.0, 1.0)
        self.set_range(*self._range)
        look.changed.connect(self.restyle)
        self.restyle()

    @property
    def columns(self) -> int:
        """How many columns a line may take: one for each px, and no more than MOST_COLUMNS on a wide screen."""
        return max(60, min(int(self.box.width()), MOST_COLUMNS))

    def curve(self, token: str, width: float = 1.0, dash: tuple[float, ...] = (), smooth: bool = True) -> Any:
        """A line in the colour of a token. A smooth one is drawn antialiased, a noisy one must not be."""
        item = pg.PlotCurveItem(antialias=smooth, skipFiniteCheck=False)
        item.setSegmentedLineMode("off")
        self.box.addItem(item)
        self._styled.append((item, token, width, dash))
        self._style(item, token, width, dash)
        return item

    def restyle_curve(self, item: Any, token: str, width: float, dash: tuple[float, ...]) -> None:
        """Give a line of this chart another width or dash."""
        for i, (known, *old) in enumerate(self._styled):
            if known is item and tuple(old) != (token, width, dash):
                self._styled[i] = (item, token, width, dash)
                self._style(item, token, width, dash)

    def dots(self, token: str, fill: str, symbol: str = "o", size: float = 8.0) -> Any:
        """Marks in the colour of a token."""
        item = pg.ScatterPlotItem(symbol=symbol, size=size, pxMode=True, antialias=True)
        self.box.addItem(item)
        self._dots.append((item, token, fill))
        self._style_dots(item, token, fill)
        return item

    def set_range(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """The visible range; nothing else ever changes it."""
        wanted = (x0, max(x1, x0 + 1e-9), y0, max(y1, y0 + 1e-12))
        if wanted != self._range or not self._styled:
            self._range = wanted
            self.box.setRange(xRange=wanted[:2], yRange=wanted[2:], padding=0, disableAutoRange=True)

    def set_marks(self, marks: tuple[float, ...]) -> None:
        """Thin vertical lines at these x."""
        if marks != self.grid.marks:
            self.grid.marks = marks
            self.grid.update()

    def restyle(self) -> None:
        """Take the colours of the theme, and pens as thick as the screen needs."""
        theme = self.look.theme
        self.setBackground(theme.color("panel"))
        self.box.setBackgroundColor(theme.color("card"))
        self.box.setBorder(pg.mkPen(theme.color("line"), width=1))
        for axis in (self.left, self.bottom):
            axis.redraw()
        for item, token, width, dash in self._styled:
            self._style(item, token, width, dash)
        for item, token, fill in self._dots:
            self._style_dots(item, token, fill)
        self.grid.update()
        self.ends.update()

    def _style(self, item: Any, token: str, width: float, dash: tuple[float, ...]) -> None:
        color = _color(self.look.theme, token)
        pen = pg.mkPen(color, width=width * self.devicePixelRatioF())  # cosmetic pens count device pixels
        if dash:
            pen.setDashPattern(list(dash))
        item.setPen(pen)

    def _style_dots(self, item: Any, token: str, fill: str) -> None:
        theme = self.look.theme
        item.setPen(pg.mkPen(theme.color(token), width=1.4 * self.devicePixelRatioF()))
        item.setBrush(pg.mkBrush(theme.color(fill)))


def _color(theme: Theme, token: str) -> QColor:
    """The colour of a token, or its pale one."""
    if not token.endswith(PALE):
        return theme.color(token)
    full, card = theme.color(token.removesuffix(PALE)), theme.color("card")
    pairs = zip(full.getRgb()[:3], card.getRgb()[:3], strict=True)  # type: ignore[index] # stubs: object
    return QColor(*(round(PALE_SHARE * a + (1 - PALE_SHARE) * b) for a, b in pairs))
