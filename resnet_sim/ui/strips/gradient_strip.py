"""The gradient strip: below every layer the norm of da^{[l]}, and below every block's input its two parts."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import ClassVar

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from resnet_sim.assets import translator
from resnet_sim.state.record import Record
from resnet_sim.ui import formula
from resnet_sim.ui.plots.by_layer import value_text
from resnet_sim.ui.plots.chart import number_text
from resnet_sim.ui.plots.labels import apart
from resnet_sim.ui.strips.axis import Axis
from resnet_sim.ui.strips.places import BlockPlace, LayerPlace
from resnet_sim.ui.strips.strip import CROWDED_PITCH, HEAD, Strip, Table, draw_mark, write_heading
from resnet_sim.ui.theme import Look, Theme, font, metrics

_ = translator()

SMALLEST = 1e-30
"""Less than this is as good as nothing in float32: squares of it underflow."""
LEFT = 52
"""Px for the numbers of the axis."""
LEAST_DECADES, MOST_TICKS = 1.5, 4
QUARTERS = 4
"""The axis ends at a quarter of a power of ten, so that it moves seldom."""
UNDEFINED = _("undefined (dead)")


class GradientStrip(Strip):
    """||da^{[l]}|| on a log axis. Circle: the total. Square: what comes through the layers. Triangle: the skip part."""

    tall: ClassVar[int] = 136
    name: ClassVar[str] = _("Gradient norm per layer, log scale")
    help: ClassVar[str] = _(
        "How large the gradient is that comes back to each layer's activations, per example. "
        "Every line is a power of ten. Circle: total. Square: through the layers. Triangle: through the skip."
    )

    def __init__(self, look: Look, axis: Axis | None = None) -> None:
        self._totals: dict[str, float | None] = {}
        self._parts: dict[str, tuple[float | None, float | None]] = {}
        self._range = (-3.0, 0.0)
        super().__init__(look, axis)

    def show_record(self, record: Record) -> None:
        """The newest measured norms."""
        self._totals = {
            each.id: defined(record.last(f"activation_gradient_norm/{each.id}")) for each in self.places.layers
        }
        self._parts = {
            each.id: (
                defined(record.last(f"main_gradient_norm/{each.id}")),
                defined(record.last(f"skip_gradient_norm/{each.id}")),
            )
            for each in self.places.blocks
        }
        found = [*self._totals.values(), *(part for both in self._parts.values() for part in both)]
        wanted = decades([math.log10(value) for value in found if value is not None], self._range)
        if wanted != self._range:
            self._range = wanted
            self.update()
        self.refresh()

    def drawn(self) -> Mapping[str, Hashable]:
        found: dict[str, Hashable] = {}
        for id in {*self._totals, *(block.under for block in self.places.blocks)}:
            both = [self._parts.get(block.id, ()) for block in self.places.blocks if block.under == id]
            values = (self._totals.get(id), *(part for parts in both for part in parts))
            found[id] = tuple(None if value is None else round(4 * self.y_of(value)) for value in values)
        return found

    def column(self, x: float) -> QRect:
        """The lines to both neighbours belong to it."""
        half = max(16, round(1.5 * self.pitch) + 8)
        return QRect(round(x) - half, 0, 2 * half, self.height())

    def y_of(self, value: float) -> float:
        """Px from the top."""
        low, high = self._range
        top, bottom = HEAD + 8.0, self.height() - 10.0
        return top + (high - math.log10(value)) / (high - low) * (bottom - top)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, theme: Theme, rect: QRect) -> None:
        if rect.top() < HEAD:
            self._heading(painter, theme)
        self._scale(painter, theme, rect)
        painter.setClipRect(QRectF(LEFT - 4, HEAD - 4, self.width() - LEFT + 4, self.height()).toRect() & rect)
        layers = self.shown_layers(rect, 3 * self.pitch + 20)
        crowded = self.pitch < CROWDED_PITCH
        order = {layer.id: i for i, layer in enumerate(self.places.layers)}
        pointed = (self.selected, self.hovered)
        marked = [each for each in layers if not crowded or order[each[1].id] % 3 == 0 or each[1].id in pointed]
        self._lines(painter, theme, layers, marked)
        r = 4.5 if self.pitch >= 30 else 3.4
        for x, layer in marked:
            value = self._totals.get(layer.id)
            if layer.id in self._totals:
                at = QPointF(x, self.y_of(value) if value is not None else self.height() - 10.0)
                draw_mark(painter, theme, "dot" if value is not None else "cross", at, r, layer.id == self.selected)
        for i, block in enumerate(self.places.blocks):
            if not crowded or order.get(block.under, i) % 3 == 0 or block.under in pointed:
                self._block(painter, theme, block, r)
        for x, layer in layers:
            if layer.id in pointed:
                self._numbers(painter, theme, x, layer)

    def _heading(self, painter: QPainter, theme: Theme) -> None:
        parts = [("strong", _("Gradient norm")), ("maths", r"\|\grad{da^{[l]}}\|")]
        if self.places.blocks:
            parts += [
                ("dot", _("total")),
                ("square", _("through the layers (main path)")),
                ("triangle", _("through the skip")),
            ]
        write_heading(painter, theme, tuple(parts), self.heading_width)

    def _scale(self, painter: QPainter, theme: Theme, rect: QRect) -> None:
        low, high = self._range
        every = max(1, math.ceil((high - low) / MOST_TICKS))
        ticks = [k for k in range(math.ceil(low), math.floor(high) + 1) if (k - math.floor(high)) % every == 0]
        plain = min(ticks, default=0) >= -3 and max(ticks, default=0) <= 3
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for k in ticks:
            y = round(self.y_of(10.0**k)) + 0.5
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(theme.color("line2"), 0))
            painter.drawLine(QLineF(max(LEFT, rect.left()), y, min(self.width() - 12, rect.right() + 1), y))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if rect.left() > LEFT:
                continue
            if plain:
                text = number_text(10.0**k)
                painter.setFont(font(11))
                painter.setPen(theme.color("ink2"))
                painter.drawText(QPointF(LEFT - 8 - metrics(11).horizontalAdvance(text), y + 4), text)
            else:
                tex = f"10^{{{k}}}"
                wide = formula.layout(tex, 12, "ink2").width
                formula.draw(painter, LEFT - 8 - wide, y + 4, tex, 12, theme, "ink2")

    def _lines(
        self,
        painter: QPainter,
        theme: Theme,
        layers: list[tuple[float, LayerPlace]],
        marked: list[tuple[float, LayerPlace]],
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("grad"), 1, Qt.PenStyle.DotLine, Qt.PenCapStyle.FlatCap))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for x, layer in marked:
            if (value := self._totals.get(layer.id)) is not None:
                painter.drawLine(QLineF(x, self.y_of(value), x, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Lines with square ends join well enough; a polyline, or round ends, take twenty times as long.
        painter.setPen(QPen(theme.color("grad"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        points = [(x, self._totals.get(layer.id)) for x, layer in layers]
        painter.drawLines(
            [
                QLineF(x, self.y_of(value), x_next, self.y_of(next_value))
                for (x, value), (x_next, next_value) in pairwise(points)
                if value is not None and next_value is not None
            ]
        )

    def _block(self, painter: QPainter, theme: Theme, block: BlockPlace, r: float) -> None:
        x = self.x_of(block.under)
        if x is None:
            return
        for kind, value in zip(("triangle", "square"), reversed(self._parts.get(block.id, (None, None))), strict=True):
            if value is not None:
                draw_mark(painter, theme, kind, QPointF(x, self.y_of(value)), r)

    def _numbers(self, painter: QPainter, theme: Theme, x: float, layer: LayerPlace) -> None:
        """Beside the marks of one layer, pushed apart."""
        found = [(self._totals.get(layer.id), "grad")] if layer.id in self._totals else []
        for block in self.places.blocks:
            if block.under == layer.id:
                main, skip = self._parts.get(block.id, (None, None))
                found += [(value, role) for value, role in ((main, "ink"), (skip, "skip")) if value is not None]
        bottom = self.height() - 10.0
        placed = sorted((self.y_of(value) if value is not None else bottom, value, role) for value, role in found)
        painter.setFont(font(11, 600))
        for y, (_wanted, value, role) in zip(
            apart([each[0] for each in placed], 13.0, self.height() - 1.0), placed, strict=True
        ):
            text = value_text(value) if value is not None else UNDEFINED
            wide = metrics(11, 600).horizontalAdvance(text)
            left = x + 9 if x + 9 + wide < self.width() - 4 else x - 9 - wide
            on_band = layer.id == self.selected and wide + 11 < self.band
            painter.fillRect(QRectF(left - 2, y - 6.5, wide + 4, 13), theme.color("select" if on_band else "panel"))
            painter.setPen(theme.text(role))
            painter.drawText(QPointF(left, y + 4), text)

    # --- in words ---------------------------------------------------------------------------------------------------

    def tip(self, layer: LayerPlace) -> str:
        if layer.id not in self._totals:
            return ""
        lines = [_("‖<i>da</i><sup>[{l}]</sup>‖ = {value}").format(l=layer.number, value=exact(self._totals[layer.id]))]
        for block in self.places.blocks:
            if block.under == layer.id and block.id in self._parts:
                main, skip = self._parts[block.id]
                lines.append(_("through the layers of block {n}: {value}").format(n=block.number, value=exact(main)))
                lines.append(_("through its skip: {value}").format(value=exact(skip)))
        return "<br>".join(lines)

    def table(self) -> Table:
        rows = []
        for layer in self.places.layers:
            parts = [self._parts.get(block.id) for block in self.places.blocks if block.under == layer.id]
            main, skip = (exact(each) for each in parts[0]) if parts and parts[0] else ("", "")
            rows.append((str(layer.number), layer.id, exact(self._totals.get(layer.id)), main, skip))
        columns = ("l", _("layer"), _("total"), _("through the layers"), _("through the skip"))
        return Table(self.name, columns, tuple(rows))


def defined(value: float | None) -> float | None:
    """None for what is undefined, 0, not finite, or too small to be told from 0."""
    return value if value is not None and math.isfinite(value) and value >= SMALLEST else None


def exact(value: float | None) -> str:
    """Six digits, or that it is undefined."""
    return UNDEFINED if value is None else f"{value:.6g}"


def decades(logs: list[float], before: tuple[float, float]) -> tuple[float, float]:
    """Powers of ten around all values. The range of before stays as long as it fits and is not far too wide."""
    if not logs:
        return before
    low = math.floor(QUARTERS * (min(logs) - 0.15)) / QUARTERS
    high = math.ceil(QUARTERS * (max(logs) + 0.1)) / QUARTERS
    low = min(low, high - LEAST_DECADES)
    fits = before[0] <= min(logs) - 0.04 and before[1] >= max(logs) + 0.04
    return before if fits and before[1] - before[0] <= high - low + 0.75 else (low, high)
