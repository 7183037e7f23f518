"""Weight norms over time: what lambda does to every layer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from resnet_sim.assets import translator
from resnet_sim.ui.plots.base import Plot, PlotLayer, Shown
from resnet_sim.ui.plots.chart import DASHES, Chart, EndLabel, Floats, nice_top
from resnet_sim.ui.plots.lines import ALL_NAMED, Line
from resnet_sim.ui.plots.thinning import sampled
from resnet_sim.ui.theme import Look

_ = translator()


class WeightNormPlot(Plot):
    """||W^{[l]}|| of every weighted layer. Up to five layers differ by dash; more are one thin group."""

    name: ClassVar[str] = "weight_norm"
    title: ClassVar[str] = _("Weight norm")
    tex: ClassVar[str] = r"\|\wt{W^{[l]}}\|"
    words: ClassVar[str] = _("norm of W of layer l")
    help: ClassVar[str] = _(
        "The Frobenius norm of the weights of every layer, over epochs. "
        "A dotted line marks where λ, α or the batch size changed."
    )
    order: ClassVar[int] = 4

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._few: list[Any] = [self.chart.curve("wt", 1.6, dash) for dash in DASHES]
        self._many = self.chart.curve("wt", 1.0)
        self._chosen = self.chart.curve("wt", 2.6)

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=44)

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        series = shown.record.series
        return tuple(
            Line(
                name,
                _("layer {number} ({id})").format(number=layer.number, id=layer.id),
                rf"W^{{[{layer.number}]}}",
                "wt",
                series[name],
                maths=True,
                strong=layer.id == shown.selected,
            )
            for layer in shown.layers
            if (name := f"weight_norm/{layer.id}/{layer.weight}") in series
        )

    def draw(self, shown: Shown) -> None:
        points = max(40, round(self.chart.box.width() / (4 if len(shown.layers) <= ALL_NAMED else 8)))
        lines = [(layer, *self._line(shown, layer, points)) for layer in shown.layers]
        lines = [(layer, x, y) for layer, x, y in lines if len(x)]
        self._draw_lines(lines, shown.selected)
        top = max((float(np.nanmax(y)) for _, _, y in lines if np.isfinite(y).any()), default=0.0)
        self.set_time_range(shown, 0.0, nice_top(top * 1.02))
        named = lines if len(lines) <= ALL_NAMED else _first_last_selected(lines, shown.selected)
        self.chart.ends.show_labels(tuple(_label(layer, x, y, layer.id == shown.selected) for layer, x, y in named))
        self.note.setText(_last_change(shown))

    def _line(self, shown: Shown, layer: PlotLayer, points: int) -> tuple[Floats, Floats]:
        found = shown.record.series.get(f"weight_norm/{layer.id}/{layer.weight}")
        if found is None:
            return np.zeros(0), np.zeros(0)
        x, y = sampled(found, points)
        return shown.epochs.of_steps(x), y

    def _draw_lines(self, lines: list[tuple[PlotLayer, Floats, Floats]], selected: str) -> None:
        none: Floats = np.zeros(0)
        few = lines if len(lines) <= len(DASHES) else []
        for item, dash, i in zip(self._few, DASHES, range(len(self._few)), strict=True):
            if i < len(few):
                layer, x, y = few[i]
                self.chart.restyle_curve(item, "wt", 2.6 if layer.id == selected else 1.6, dash)
                item.setData(x, y, connect="finite")
            else:
                item.setData(none, none)
        if few or not lines:
            self._many.setData(none, none)
            self._chosen.setData(none, none)
            return
        gap = np.array([np.nan])
        x = np.concatenate([part for _, x, _ in lines for part in (x, gap)])
        y = np.concatenate([part for _, _, y in lines for part in (y, gap)])
        # Antialiased, 56 lines at scale 2 would cost a whole frame.
        self._many.setData(x, y, connect="finite", antialias=len(lines) <= ALL_NAMED)
        chosen = [(x, y) for layer, x, y in lines if layer.id == selected]
        self._chosen.setData(*(chosen[0] if chosen else (none, none)), connect="finite")


def _label(layer: PlotLayer, x: Floats, y: Floats, strong: bool) -> EndLabel:
    return EndLabel(float(x[-1]), float(y[-1]), rf"W^{{[{layer.number}]}}", "wt", maths=True, strong=strong)


def _first_last_selected(
    lines: list[tuple[PlotLayer, Floats, Floats]], selected: str
) -> list[tuple[PlotLayer, Floats, Floats]]:
    last = len(lines) - 1
    return [line for i, line in enumerate(lines) if i in (0, last) or line[0].id == selected]


def _last_change(shown: Shown) -> str:
    changes = [event for event in shown.changes if event.name == "l2"]
    if not changes:
        return ""
    event = changes[-1]
    return _("λ = {value:g} from step {step}").format(value=event.value, step=event.step)
