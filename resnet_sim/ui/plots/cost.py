"""Cost and accuracy: the loss of every mini-batch, smoothed, and the loss of the whole train and dev sets."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.chart import Chart, Floats, nice_top
from resnet_sim.ui.plots.labels import EndLabel
from resnet_sim.ui.plots.lines import Line
from resnet_sim.ui.plots.thinning import Mirror, columns, sampled, smoothed
from resnet_sim.ui.theme import Look

_ = translator()

MOST_MARKS = 12
"""Evaluations that get a mark each; more would hide the line."""


class CostPlot(Plot):
    """L over epochs. Pale: every mini-batch. Ink: smoothed. Dashed: the dev set at the end of each epoch."""

    name: ClassVar[str] = "cost"
    title: ClassVar[str] = _("Cost and accuracy")
    tex: ClassVar[str] = "L"
    words: ClassVar[str] = _("the loss L, data term")
    help: ClassVar[str] = _(
        "Pale: the loss of every mini-batch. Line: smoothed. Circles and dashes: train and dev set as a whole, "
        "measured at the end of each epoch and at every pause."
    )
    order: ClassVar[int] = 1

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._mirror = Mirror()
        self._raw = self.chart.curve("raw", 1.0, smooth=False)
        self._line = self.chart.curve("ink", 1.6)
        self._dev = self.chart.curve("ink", 1.6, (4.0, 3.0))
        self._train_dots = self.chart.dots("ink", "ink", size=4)
        self._dev_dots = self.chart.dots("ink", "card", symbol="s", size=6)

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=44)

    def forget(self) -> None:
        self._mirror.forget()

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        names = (
            ("loss", _("loss of the mini-batch"), _("mini-batch")),
            ("train_loss", _("loss of the train set"), _("train")),
            ("dev_loss", _("loss of the dev set"), _("dev")),
            ("train_accuracy", _("accuracy on the train set"), _("train, accuracy")),
            ("dev_accuracy", _("accuracy on the dev set"), _("dev, accuracy")),
        )
        series = shown.record.series
        return tuple(Line(name, words, text, "ink", series[name]) for name, words, text in names if name in series)

    def draw(self, shown: Shown) -> None:
        series = shown.record.series
        width = max(60, round(self.chart.box.width()))
        epochs = shown.epochs.of_steps
        top = 0.0
        labels: list[EndLabel] = []
        end = shown.epochs.at(shown.last_step)
        none: Floats = np.zeros(0)
        if "loss" in series and series["loss"].steps:
            x, y = self._mirror.follow(series["loss"])
            mean = smoothed(y, max(1, len(y) // 30))
            raw_x, raw_y = columns(x, y, width // 2)
            self._raw.setData(epochs(raw_x), raw_y, connect="finite")
            thin = max(1, len(x) // (width // 2))
            line_x, line_y = epochs(np.append(x[::thin], x[-1])), np.append(mean[::thin], mean[-1])
            self._line.setData(line_x, line_y, connect="finite")
            top = max(top, _largest(mean), min(_largest(y), 1.3 * _largest(mean)))
            labels.append(EndLabel(end, float(line_y[-1]), _("train"), "ink"))
        else:
            self._raw.setData(none, none)
            self._line.setData(none, none)
        for name, dots in (("train_loss", self._train_dots), ("dev_loss", self._dev_dots)):
            x, y = sampled(series[name], 40) if name in series else (none, none)
            keep = np.isfinite(y)
            marked = keep if keep.sum() <= MOST_MARKS else np.zeros_like(keep)
            dots.setData(epochs(x[marked]), y[marked])
            if name == "dev_loss":
                self._dev.setData(epochs(x[keep]), y[keep])
                if keep.any():
                    labels.append(EndLabel(end, float(y[keep][-1]), _("dev"), "ink"))
            top = max(top, _largest(y))
        self.set_time_range(shown, 0.0, nice_top(top * 1.02))
        self.chart.ends.show_labels(tuple(labels))
        self.note.setText(accuracy_text(shown))


def accuracy_text(shown: Shown) -> str:
    """train 96.1 %  dev 93.8 %, or nothing before the first evaluation."""
    train, dev = shown.record.last("train_accuracy"), shown.record.last("dev_accuracy")
    if train is None:
        return ""
    if dev is None:
        return sentence("train {train:.1f}\u202f%", train=100 * train).render(_)
    return sentence("train {train:.1f}\u202f%  dev {dev:.1f}\u202f%", train=100 * train, dev=100 * dev).render(_)


def _largest(y: Floats) -> float:
    finite = y[np.isfinite(y)]
    return float(finite.max()) if len(finite) else 0.0
