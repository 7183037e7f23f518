"""Weight norms over time: what lambda does to every layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from resnet_sim.assets import translator
from resnet_sim.state.controls import NETWORKS_L2
from resnet_sim.state.prediction import Prediction, prediction
from resnet_sim.state.record import Record, Series
from resnet_sim.ui import formula
from resnet_sim.ui.plots.base import Plot, PlotLayer, Shown
from resnet_sim.ui.plots.before import Before
from resnet_sim.ui.plots.chart import DASHES, Chart, Floats, nice_top
from resnet_sim.ui.plots.labels import EndLabel
from resnet_sim.ui.plots.lines import ALL_NAMED, Line
from resnet_sim.ui.plots.thinning import clean, sampled
from resnet_sim.ui.theme import Look

_ = translator()

DOTS = (0.8, 3.6)
POINTS = 120
"""Points of a prediction: more than a smooth curve needs on a chart of this size."""
PULL_OF_DW = r"\text{pull of }\grad{dW}"
PREDICTED = r"\text{" + _("predicted, ") + r"}\grad{dW}=0"


class WeightNormPlot(Plot):
    """||W^{[l]}|| of every weighted layer. Up to five layers differ by dash; more are one thin group.

    Of one layer also what lambda alone would make of it: the selected one, or else the one with the largest norm.
    """

    name: ClassVar[str] = "weight_norm"
    title: ClassVar[str] = _("Weight norm")
    tex: ClassVar[str] = r"\|\wt{W^{[l]}}\|"
    words: ClassVar[str] = _("norm of W of layer l")
    help: ClassVar[str] = _(
        "The Frobenius norm of the weights of every layer, over epochs. "
        "A dotted line marks where λ, α or the batch size changed. Dots: the norm as the optimiser would change it if "
        "only λ pulled (dW = 0), of the selected layer or the one with the largest norm, from the last change on. "
        "Pale: the run before the last reset."
    )
    order: ClassVar[int] = 4

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._before = Before(self.chart, "wt")
        self._few: list[Any] = [self.chart.curve("wt", 1.6, dash) for dash in DASHES]
        self._many = self.chart.curve("wt", 1.0)
        self._chosen = self.chart.curve("wt", 2.6)
        self._predicted = self.chart.curve("wt", 1.6, DOTS)
        self._drawn: tuple[object, ...] = ()

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=44)

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        series = shown.record.series
        measured = tuple(
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
            if (name := series_of(layer)) in series
        )
        return (*measured, *self._predicted_line(shown), *_pull_lines(shown))

    def _predicted_line(self, shown: Shown) -> tuple[Line, ...]:
        found = predicted(shown)
        if found is None:
            return ()
        layer, expected = found
        steps = [step for step in shown.record.series[series_of(layer)].steps if step >= expected.start]
        words = _("layer {number} ({id}), predicted with dW = 0").format(number=layer.number, id=layer.id)
        name = f"predicted_norm/{layer.id}/{layer.weight}"
        label = rf"W^{{[{layer.number}]}}\text{{ predicted}}"
        series = Series(steps, expected.norms(steps))
        return (Line(name, words, label, "wt", series, maths=True, strong=True, since=expected.start),)

    def draw(self, shown: Shown) -> None:
        points = max(40, self.chart.columns // (4 if len(shown.layers) <= ALL_NAMED else 8))
        lines = [(layer, *self._line(shown, layer, points)) for layer in shown.layers]
        lines = [(layer, x, y) for layer, x, y in lines if len(x)]
        self._draw_lines(lines, shown.selected)
        top = max((float(np.nanmax(y)) for _, _, y in lines if np.isfinite(y).any()), default=0.0)
        top = max(top, self._draw_before(shown, points))
        self.set_time_range(shown, 0.0, nice_top(top * 1.02))
        named = lines if len(lines) <= ALL_NAMED else _first_last_selected(lines, shown.selected)
        labels = [_label(layer, x, y, layer.id == shown.selected) for layer, x, y in named]
        self.chart.ends.show_labels((*labels, *self._draw_prediction(shown)))
        self.note.setText(_last_change(shown))

    def _line(self, shown: Shown, layer: PlotLayer, points: int) -> tuple[Floats, Floats]:
        found = shown.record.series.get(series_of(layer))
        if found is None:
            return np.zeros(0), np.zeros(0)
        x, y = sampled(found, points)
        return shown.epochs.of_steps(x), y

    def _draw_prediction(self, shown: Shown) -> tuple[EndLabel, ...]:
        """From where it begins to the right end of the chart; computed again only when one of both is new."""
        found = predicted(shown)
        (_x0, x1), _y = self.chart.box.viewRange()
        key = (found, x1, shown.epochs)
        if key != self._drawn:
            self._drawn = key
            x, y = np.zeros(0), np.zeros(0)
            if found is not None:
                last = max(round(shown.epochs.step_at(x1)), found[1].start + 1)
                steps = np.unique(np.linspace(found[1].start, last, POINTS).round())
                x, y = shown.epochs.of_steps(steps), clean(found[1].norms(steps.astype(int).tolist()))
            self._predicted.setData(x, y, connect="finite")
        x, y = self._predicted.getData()
        if found is None or not len(x):
            return ()
        now = max(shown.epochs.at(shown.last_step), float(x[0]))
        free = self.chart.box.width() * (x1 - now) / x1  # right of the present, where the names of the lines stand too
        at = now if free < self.chart.margin + formula.layout(PREDICTED, 13, "wt").width else x1
        return (EndLabel(at, float(np.interp(at, x, y)), PREDICTED, "wt", maths=True, inside=True),)

    def forget(self) -> None:
        self._drawn = ()

    def _draw_before(self, shown: Shown, points: int) -> float:
        """The same layers in the run before the last reset; of many only those that are named."""
        before = shown.before

        def lines(_record: Record) -> Iterator[tuple[Floats, Floats]]:
            if before is not None:
                found = [(layer, *self._line(before, layer, points)) for layer in shown.layers]
                few = found if len(found) <= ALL_NAMED else _first_last_selected(found, shown.selected)
                yield from ((x, y) for _layer, x, y in few)

        key = (points, shown.layers, shown.selected if len(shown.layers) > ALL_NAMED else "")
        return self._before.show(before.record if before is not None else None, key, lines)

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


def series_of(layer: PlotLayer) -> str:
    """The measured norms of a layer."""
    return f"weight_norm/{layer.id}/{layer.weight}"


def layer_of_interest(shown: Shown) -> PlotLayer | None:
    """The selected layer, or else the one with the largest norm."""
    norms = {layer: shown.record.last(series_of(layer)) for layer in shown.layers}
    known = {layer: norm for layer, norm in norms.items() if norm is not None}
    chosen = next((each for each in known if each.id == shown.selected), None)
    return chosen or max(known, key=lambda each: known[each], default=None)


def predicted(shown: Shown) -> tuple[PlotLayer, Prediction] | None:
    """The layer whose prediction is shown, and the prediction; None where lambda does not pull on it."""
    layer = layer_of_interest(shown)
    if shown.experiment is None or layer is None:
        return None
    found = prediction(shown.record, shown.experiment, layer.id, layer.weight)
    return None if found is None else (layer, found)


def _pull_lines(shown: Shown) -> Iterator[Line]:
    """How fast lambda and dW shorten the W of that layer (below 0: dW makes it longer), to be read by hovering."""
    layer = layer_of_interest(shown)
    if layer is None:
        return
    decay, data = (shown.record.series.get(f"{name}/{layer.id}/{layer.weight}") for name in ("decay_pull", "data_pull"))
    if decay is None or data is None or not any(decay.values):
        return
    of = {"number": layer.number, "id": layer.id}
    for name, words, label, role, series in (
        ("decay_pull", _("layer {number} ({id}), pull of λ: λ ‖W‖"), r"\text{pull of }\lambda", "wt", decay),
        ("data_pull", _("layer {number} ({id}), pull of dW: ⟨dW, W⟩ / ‖W‖"), PULL_OF_DW, "grad", data),
    ):
        name = f"{name}/{layer.id}/{layer.weight}"
        yield Line(name, words.format(**of), label, role, series, maths=True, strong=True)


def _label(layer: PlotLayer, x: Floats, y: Floats, strong: bool) -> EndLabel:
    return EndLabel(float(x[-1]), float(y[-1]), rf"W^{{[{layer.number}]}}", "wt", maths=True, strong=strong)


def _first_last_selected(
    lines: list[tuple[PlotLayer, Floats, Floats]], selected: str
) -> list[tuple[PlotLayer, Floats, Floats]]:
    last = len(lines) - 1
    return [line for i, line in enumerate(lines) if i in (0, last) or line[0].id == selected]


def _last_change(shown: Shown) -> str:
    changes = [event for event in shown.changes if event.name.partition("/")[0] == "l2"]
    if not changes:
        return ""
    event = changes[-1]
    block = event.name.partition("/")[2]
    if not block:
        return _("λ = {value:g} from step {step}").format(value=event.value, step=event.step)
    blocks = [each.id for each in shown.experiment.network.blocks] if shown.experiment is not None else []
    number = blocks.index(block) + 1 if block in blocks else block
    if event.value == NETWORKS_L2:
        return _("block {n}: the network’s λ from step {step}").format(n=number, step=event.step)
    return _("block {n}: λ = {value:g} from step {step}").format(n=number, value=event.value, step=event.step)
