"""Cost and accuracy: the loss of every mini-batch, smoothed, and the loss of the whole train and dev sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.before import Before
from resnet_sim.ui.plots.chart import Chart, Floats, nice_top
from resnet_sim.ui.plots.labels import EndLabel
from resnet_sim.ui.plots.lines import Line
from resnet_sim.ui.plots.thinning import Mirror, clean, columns, sampled, smoothed
from resnet_sim.ui.theme import Look

_ = translator()

DEV, COST = (4.0, 3.0), (7.0, 2.5, 1.2, 2.5)
MOST_ABOVE = 2.0
"""A value of more than so many times the highest loss of mini-batches is not followed by the chart. Such are J under a
large lambda, and the first evaluation of a deep network whose batch norm has not met its statistics yet.
"""
MOST_MARKS = 12
"""Evaluations that get a mark each; more would hide the line."""


FEW = 3
"""Evaluations from which on their median tells where they usually are: the first may be far off under batch norm."""


class CostPlot(Plot):
    """L over epochs. Pale: every mini-batch. Ink: smoothed. Dashed: the dev set at the end of each epoch.

    With lambda also J, the loss and the L2 term together: dashes and dots.
    """

    name: ClassVar[str] = "cost"
    title: ClassVar[str] = _("Cost and accuracy")
    tex: ClassVar[str] = r"L,\,J"
    words: ClassVar[str] = _("the loss L, data term, and the cost J")
    help: ClassVar[str] = _(
        "Pale: the loss of every mini-batch. Line: smoothed. Circles and dashes: train and dev set as a whole, "
        "measured at the end of each epoch and at every pause. Dashes and dots: J, the smoothed loss and the L2 term "
        "(λ/2) Σ‖W‖² together. Smooth and pale: the run before the last reset."
    )
    order: ClassVar[int] = 1

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._mirror = Mirror()
        self._before = Before(self.chart, "ink"), Before(self.chart, "ink", DEV)
        self._raw = self.chart.curve("raw", 1.0, smooth=False)
        self._line = self.chart.curve("ink", 1.6)
        self._dev = self.chart.curve("ink", 1.6, DEV)
        self._cost = self.chart.curve("ink", 1.6, COST)
        self._train_dots = self.chart.dots("ink", "ink", size=4)
        self._dev_dots = self.chart.dots("ink", "card", symbol="s", size=6)

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=44)

    def forget(self) -> None:
        self._mirror.forget()

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        names = [
            ("loss", _("loss of the mini-batch"), _("mini-batch")),
            ("l2_term", _("L2 term of the cost"), _("L2 term")),
            ("train_loss", _("loss of the train set"), _("train")),
            ("dev_loss", _("loss of the dev set"), _("dev")),
            ("train_accuracy", _("accuracy on the train set"), _("train, accuracy")),
            ("dev_accuracy", _("accuracy on the dev set"), _("dev, accuracy")),
        ]
        series = shown.record.series
        if not has_l2(shown.record):
            del names[1]
        found = [Line(name, words, text, "ink", series[name]) for name, words, text in names if name in series]
        if has_l2(shown.record):
            words = _("cost J of the mini-batch, loss and L2 term")
            found.insert(2, Line("cost", words, "J", "ink", cost_of(shown.record), maths=True))
        return tuple(found)

    def hover_lines(self, shown: Shown) -> tuple[Line, ...]:
        lines = self.lines(shown)
        if not shown.record.series.get("loss", Series()).steps:
            return lines
        x, mean = self._smooth(shown)
        line = Series([int(step) for step in x], mean.tolist())
        return (*lines[:1], Line("smoothed", _("smoothed"), _("smoothed"), "ink", line), *lines[1:])

    def _smooth(self, shown: Shown) -> tuple[Floats, Floats]:
        x, y = self._mirror.follow(shown.record.series["loss"])
        return x, smoothed(y, max(1, len(y) // 30))

    def draw(self, shown: Shown) -> None:
        series = shown.record.series
        width = self.chart.columns
        epochs = shown.epochs.of_steps
        top = 0.0
        labels: list[EndLabel] = []
        end = shown.epochs.at(shown.last_step)
        none: Floats = np.zeros(0)
        smooth = none, none
        if "loss" in series and series["loss"].steps:
            x, y = self._mirror.follow(series["loss"])
            mean = self._smooth(shown)[1]
            smooth = x, mean
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
            usual = (
                float(np.median(y[keep])) if keep.sum() >= FEW else 0.0
            )  # a dev loss far above the train loss is seen
            top = max(top, _followed(max(top, usual), y))
        top = max(top, self._draw_before(shown))
        labels += self._before[0].label(_("before"))
        high, labels_of_cost = self._draw_cost(shown, smooth, top)
        self.set_time_range(shown, 0.0, nice_top(max(top, high) * 1.02))
        self.chart.ends.show_labels((*labels, *labels_of_cost))
        self.note.setText(accuracy_text(shown))

    def _draw_cost(self, shown: Shown, smooth: tuple[Floats, Floats], top: float) -> tuple[float, tuple[EndLabel, ...]]:
        """J where lambda was on. How high the chart must be for it, and its label.

        A J far above the loss leaves the chart: the loss must stay readable. Its label says where it is.
        """
        none: Floats = np.zeros(0)
        x, mean = smooth
        if not len(x) or not has_l2(shown.record):
            self._cost.setData(none, none)
            return 0.0, ()
        steps, terms = sampled(shown.record.series["l2_term"], max(40, self.chart.columns // 4))
        cost = np.interp(steps, x, mean) + terms
        self._cost.setData(shown.epochs.of_steps(steps), cost, connect="finite")
        finite = cost[np.isfinite(cost)]
        if not len(finite):
            return 0.0, ()
        at, last, high = float(shown.epochs.at(steps[-1])), float(finite[-1]), _followed(top, cost)
        if last <= max(high, top):
            return high, (EndLabel(at, last, "J", "ink", maths=True),)
        return high, (EndLabel(at, max(high, top), _("J {value:.3g} ↑").format(value=last), "ink"),)

    def _draw_before(self, shown: Shown) -> float:
        """The smoothed loss and the dev loss of the run before the last reset; how high they reach."""
        before = shown.before
        width = max(40, self.chart.columns // 4)

        def line(record: Record, name: str) -> Iterator[tuple[Floats, Floats]]:
            found = record.series.get(name)
            if before is None or found is None or not found.steps:
                return
            x, y = sampled(found, 40)
            if name == "loss":
                x, y = np.asarray(found.steps, np.float64), clean(found.values)
                thin = max(1, len(x) // (2 * width))
                x, y = np.append(x[::thin], x[-1]), smoothed(y, max(1, len(y) // 30))[[*range(0, len(x), thin), -1]]
            keep = np.isfinite(y)
            yield before.epochs.of_steps(x[keep]), y[keep]

        record = before.record if before is not None else None
        loss, dev = self._before
        top = loss.show(record, width, lambda record: line(record, "loss"))
        dev.show(record, width, lambda record: line(record, "dev_loss"))
        return max(top, _followed(top, dev.values))


def has_l2(record: Record) -> bool:
    """Whether there was ever a lambda that pulled: without one J is the loss."""
    found = record.series.get("l2_term")
    return found is not None and any(found.values)


def cost_of(record: Record) -> Series:
    """J of the mini-batches whose L2 term was measured; None where one of both is undefined."""
    loss, term = record.series.get("loss", Series()), record.series.get("l2_term", Series())
    steps = np.asarray(loss.steps, np.int64)
    at = np.searchsorted(steps, term.steps)
    pairs = zip(term.steps, term.values, at.tolist(), strict=True)
    found = [
        (step, None if value is None or (data := loss.values[i]) is None else data + value)
        for step, value, i in pairs
        if i < len(steps) and loss.steps[i] == step
    ]
    return Series([step for step, _ in found], [value for _, value in found])


def accuracy_text(shown: Shown) -> str:
    """train 96.1 %  dev 93.8 %, or nothing before the first evaluation."""
    train, dev = shown.record.last("train_accuracy"), shown.record.last("dev_accuracy")
    if train is None:
        return ""
    if dev is None:
        return sentence("train {train:.1f}\u202f%", train=100 * train).render(_)
    return sentence("train {train:.1f}\u202f%  dev {dev:.1f}\u202f%", train=100 * train, dev=100 * dev).render(_)


def _followed(top: float, y: Floats) -> float:
    """The largest value that is not too far above the highest loss; without a loss there is nothing to be far from."""
    return _largest(y[y <= MOST_ABOVE * top] if top else y)


def _largest(y: Floats) -> float:
    finite = y[np.isfinite(y)]
    return float(finite.max()) if len(finite) else 0.0
