"""What plots over the layers share: one mark per layer, side by side in order of l, values of one snapshot."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from resnet_sim.assets import translator
from resnet_sim.state.record import Series
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.chart import Chart, Floats, nice_top
from resnet_sim.ui.plots.labels import EndLabel
from resnet_sim.ui.plots.lines import Line
from resnet_sim.ui.theme import Look

_ = translator()

NAME_PITCH = 34
"""Px between two layer names under the chart."""
VALUE_PITCH = 30
"""Px a layer needs for its value to stand above its mark."""


class LayerMarks:
    """A line through one mark per layer, dotted drop lines under the marks, the selected mark filled with ink."""

    def __init__(self, chart: Chart, token: str, symbol: str = "o") -> None:
        self._drops = chart.curve(token, 1.0, (1.2, 3.0), smooth=False)
        self._line = chart.curve(token, 1.6)
        self._marks = chart.dots(token, token, symbol, 7.0)
        self._chosen = chart.dots("ink", token, symbol, 10.0)

    def show_values(self, x: Floats, y: Floats, chosen: int | None, floor: float) -> None:
        """y per layer at x, NaN where undefined; drop lines end at `floor`."""
        keep = np.isfinite(y)
        x, y = x[keep], y[keep]
        self._line.setData(x, y)
        self._marks.setData(x, y)
        self._drops.setData(np.repeat(x, 2), np.stack([np.full_like(y, floor), y], 1).ravel(), connect="pairs")
        place = [i for i, at in enumerate(x) if chosen is not None and at == chosen + 1]
        self._chosen.setData(x[place], y[place])


class LayerPlot(Plot):
    """A quantity of every layer in the newest snapshot. `series` is its name in the record, `symbol` its letter."""

    series: ClassVar[str]
    symbol: ClassVar[str]
    token: ClassVar[str]
    log: ClassVar[bool] = False
    over_time: ClassVar[bool] = False

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._marks = LayerMarks(self.chart, self.token)
        self._decades = (-2.0, 0.0)

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=16, log=self.log)

    def draw(self, shown: Shown) -> None:
        values = self.newest(shown)
        x = np.arange(1, len(values) + 1, dtype=np.float64)
        chosen = next((i for i, layer in enumerate(shown.layers) if layer.id == shown.selected), None)
        drawn, low, high = self._scaled(values)
        self._name_layers(shown)
        self.chart.set_range(0.4, len(values) + 0.6 if len(values) else 1.6, low, high)
        self._marks.show_values(x, drawn, chosen, low)
        pitch = self.chart.box.width() / max(len(values), 1)
        labels = [
            EndLabel(float(at), float(y), value_text(value), self.token, strong=i == chosen, above=True)
            for i, (at, y, value) in enumerate(zip(x, drawn, values, strict=True))
            if math.isfinite(y) and (pitch >= VALUE_PITCH or i == chosen)
        ]
        if self.log:  # there is no place for 0 on this axis: it stands at the bottom, in words
            labels += [EndLabel(float(at), low, "0", self.token, above=True) for at in x[values == 0]]
        self.chart.ends.show_labels(tuple(labels))

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        series = shown.record.series
        return tuple(
            Line(
                f"{self.series}/{layer.id}",
                _("layer {number} ({id})").format(number=layer.number, id=layer.id),
                rf"\{self.token}{{{self.symbol}^{{[{layer.number}]}}}}",
                self.token,
                series.get(f"{self.series}/{layer.id}", Series()),
                maths=True,
                strong=layer.id == shown.selected,
            )
            for layer in shown.layers
        )

    def newest(self, shown: Shown) -> Floats:
        """The newest value of every layer, NaN where it is undefined."""
        found = [shown.record.last(f"{self.series}/{layer.id}") for layer in shown.layers]
        return np.array([math.nan if value is None else value for value in found], np.float64)

    def _scaled(self, values: Floats) -> tuple[Floats, float, float]:
        """What is drawn (log10 on a log axis) and the range of y, which moves only when it must."""
        if not self.log:
            finite = values[np.isfinite(values)]
            return values, 0.0, nice_top(1.15 * float(finite.max()) if len(finite) else 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.log10(values)
        finite = drawn[np.isfinite(drawn)]
        if len(finite):
            low, high = math.floor(finite.min() - 0.05), math.ceil(finite.max() + 0.25)
            self._decades = (float(min(low, high - 2)), float(high))
        return drawn, *self._decades

    def _name_layers(self, shown: Shown) -> None:
        width = self.chart.box.width() or 300.0
        every = max(1, math.ceil(NAME_PITCH * len(shown.layers) / width))
        ticks = [(float(i + 1), str(layer.number)) for i, layer in enumerate(shown.layers) if i % every == 0]
        if ticks != self.chart.bottom.ticks:
            self.chart.bottom.ticks, self.chart.bottom.symbol = ticks, rf"\{self.token}{{{self.symbol}^{{[{{}}]}}}}"
            self.chart.bottom.redraw()
            self.chart.grid.update()


def value_text(value: float) -> str:
    """.41, 1.3, 24, 4e-7: at most three signs and an exponent."""
    if value and (abs(value) < 0.001 or abs(value) >= 9999.5):
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    text = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.startswith("0.") else text
