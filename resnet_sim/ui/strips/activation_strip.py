"""The activation strip: below every layer how often each value of a^{[l]} occurs, and how many of them are 0."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from resnet_sim.assets import translator
from resnet_sim.engine.messages import RunSnapshot
from resnet_sim.state.record import Record
from resnet_sim.ui import formula
from resnet_sim.ui.strips.axis import Axis
from resnet_sim.ui.strips.places import LayerPlace
from resnet_sim.ui.strips.strip import CROWDED_PITCH, FULL_PITCH, HEAD, Strip, Table, write_heading
from resnet_sim.ui.theme import Look, Theme, font, metrics

_ = translator()

WIDEST = 54.0
BAR = 1.4
"""Px that a bar should have at least, its gap included."""


@dataclass(frozen=True)
class LayerValues:
    """The sampled values of a^{[l]}: counts over [low, high], and the share of exact zeros (None: unknown)."""

    counts: tuple[int, ...]
    low: float
    high: float
    zeros: float | None = None
    mean: float | None = None
    std: float | None = None

    def bars(self, count: int) -> tuple[float, ...]:
        """`count` bars without the exact zeros, the tallest 1; counts are joined where there are more."""
        left = list(self.counts)
        zeros = round((self.zeros or 0.0) * sum(left))
        if left and self.low <= 0 <= self.high:
            span = self.high - self.low
            at = min(int(-self.low / span * len(left)), len(left) - 1) if span else 0
            for near in sorted(range(len(left)), key=lambda i: abs(i - at))[:2]:  # rounding may have put them beside
                taken = min(zeros, left[near])
                left[near] -= taken
                zeros -= taken
        size = max(1, len(left) // count)
        joined = [sum(left[i : i + size]) for i in range(0, len(left), size)]
        top = max(joined, default=0)
        return tuple(each / top for each in joined) if top else ()


def values_of(run: RunSnapshot, record: Record) -> dict[str, LayerValues]:
    """What a snapshot says of the layers whose histograms were asked for; `record` has taken it in already."""
    return {
        part: LayerValues(
            tuple(counts.array().tolist()),
            *run.ranges[part],
            *(
                record.last(f"{quantity}/{part}")
                for quantity in ("activation_zeros", "activation_mean", "activation_std")
            ),
        )
        for part, counts in run.histograms.items()
        if part in run.ranges
    }


class ActivationStrip(Strip):
    """A histogram of a^{[l]} below every weighted layer; the grey bar is the share of exact zeros."""

    tall: ClassVar[int] = 108
    name: ClassVar[str] = _("Activations per layer")
    help: ClassVar[str] = _(
        "How often each value of a layer's activations occurs in the newest mini-batch that was measured. "
        "Every layer has its own range. Grey: the share of values that are exactly 0."
    )

    def __init__(self, look: Look, axis: Axis | None = None) -> None:
        self._values: dict[str, LayerValues] = {}
        super().__init__(look, axis)

    def show_values(self, values: Mapping[str, LayerValues]) -> None:
        """The newest values by layer id; layers without any stay empty."""
        self._values = dict(values)
        self.refresh()

    def drawn(self) -> Mapping[str, Hashable]:
        high = self.height() - HEAD
        count = self._bar_count()
        return {
            id: (
                tuple(round(bar * high) for bar in each.bars(count)),
                zeros_text(each),
                round((each.zeros or 0) * high),
            )
            for id, each in self._values.items()
        }

    def _width(self) -> float:
        pitch = self.pitch if self.pitch >= CROWDED_PITCH else 3 * self.pitch
        return max(3.0, min(WIDEST, pitch - 12 if pitch > 30 else pitch - 4))

    def _bar_count(self) -> int:
        room = self._width() / BAR - 2
        return next(count for count in (16, 8, 4) if count <= room or count == 4)

    def paint(self, painter: QPainter, theme: Theme, rect: QRect) -> None:
        if rect.top() < HEAD:
            write_heading(
                painter,
                theme,
                (
                    ("strong", _("Activations")),
                    ("maths", r"\act{a^{[l]}}"),
                    ("small", _("how often each value occurs; grey bar: share that is exactly 0")),
                ),
                self.heading_width,
            )
        full = self.pitch >= FULL_PITCH
        wide, count = self._width(), self._bar_count()
        every = 3 if self.pitch < CROWDED_PITCH else 1
        numbered = {layer.id: i for i, layer in enumerate(self.places.layers)}
        for x, layer in self.shown_layers(rect, 60):
            values = self._values.get(layer.id)
            chosen = layer.id in (self.selected, self.hovered)
            if values is None or (numbered[layer.id] % every and not chosen):
                continue
            top, base = (46.0, self.height() - 17.0) if full else (34.0, self.height() - 8.0)
            self._histogram(painter, theme, QRectF(x - wide / 2, top, wide, base - top), values, count)
            if full:
                tex = rf"\act{{a^{{[{layer.number}]}}}}"
                formula.draw(painter, x - formula.layout(tex, 14).width / 2, 41, tex, 14, theme)
                text = zeros_text(values)
                painter.setFont(font(11))
                painter.setPen(theme.color("ink2"))
                painter.drawText(QPointF(x - metrics(11).horizontalAdvance(text) / 2, base + 13), text)

    def _histogram(self, painter: QPainter, theme: Theme, box: QRectF, values: LayerValues, count: int) -> None:
        bars = values.bars(count)
        step = box.width() / (count + 2)
        gap = 1.0 if step > 2.2 else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        if values.zeros:
            high = max(1.0, box.height() * values.zeros)
            painter.setBrush(theme.color("ink3"))
            painter.drawRect(QRectF(box.left(), box.bottom() - high, 1.5 * step - gap, high))
        painter.setBrush(theme.color("act"))
        left = box.left() + 2 * step
        painter.drawRects(
            [
                QRectF(left + i * step, box.bottom() - box.height() * bar, step - gap, box.height() * bar)
                for i, bar in enumerate(bars)
                if bar
            ]
        )
        painter.setPen(theme.pen("border", 1))
        painter.drawLine(QLineF(box.left(), box.bottom() + 0.5, box.right(), box.bottom() + 0.5))

    def tip(self, layer: LayerPlace) -> str:
        values = self._values.get(layer.id)
        if values is None:
            return ""
        return _(
            "<i>a</i><sup>[{l}]</sup>, layer “{id}”<br>{zeros} exactly 0<br>"
            "from {low} to {high}<br>mean {mean}, std {std}"
        ).format(
            l=layer.number,
            id=layer.id,
            zeros=_share(values.zeros),
            low=exact(values.low),
            high=exact(values.high),
            mean=exact(values.mean),
            std=exact(values.std),
        )

    def table(self) -> Table:
        rows = [(layer, self._values.get(layer.id)) for layer in self.places.layers]
        return Table(
            self.name,
            ("l", _("layer"), _("share of zeros"), _("mean"), _("std"), _("smallest"), _("largest")),
            tuple(
                (
                    str(layer.number),
                    layer.id,
                    *(exact(each) for each in (v.zeros, v.mean, v.std, v.low, v.high)),
                )
                if v is not None
                else (str(layer.number), layer.id, *[exact(None)] * 5)
                for layer, v in rows
            ),
        )


def zeros_text(values: LayerValues) -> str:
    """48 % zero, or what is known less exactly."""
    if values.zeros is None:
        return ""
    if values.zeros == 1:
        return _("all zero")
    return _("{share} zero").format(share=_share(values.zeros))


def _share(value: float | None) -> str:
    if value is None:
        return exact(None)
    if 0 < value < 0.005:
        return "< 1\u202f%"
    return f"{min(value, 0.99) if value < 1 else 1:.0%}".replace("%", "\u202f%")


def exact(value: float | None) -> str:
    """Six digits; a dash for what is not known."""
    return "–" if value is None else f"{value:.6g}"
