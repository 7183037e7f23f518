"""What a plot is: a title row and a chart, drawn from the record of a run whenever there is something new."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QTableView, QVBoxLayout

from resnet_sim.assets import translator
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places
from resnet_sim.state.controls import NETWORK, changes
from resnet_sim.state.record import Event, Record
from resnet_sim.ui.formula import MathLabel
from resnet_sim.ui.plots.chart import Chart, Floats
from resnet_sim.ui.plots.hover import HoverMark, HoverWatch, Reading
from resnet_sim.ui.plots.lines import Line, named
from resnet_sim.ui.plots.menu import plot_menu
from resnet_sim.ui.plots.numbers import Numbers, NumbersModel
from resnet_sim.ui.theme import Look

_ = translator()

MARKED = frozenset(
    {"learning_rate", "l2", "batch_size", "decay_b", "decay_gamma", "momentum", "optimiser", "frozen", "skip", NETWORK}
)
"""Controls whose change is marked in every plot over time, those of a block or layer too."""


@dataclass(frozen=True)
class PlotLayer:
    """A weighted layer as plots know it: node id, number l, and the name of its weights ("W")."""

    id: str
    number: int
    weight: str = "W"


def plot_layers(network: Network, numbers: Mapping[str, int]) -> tuple[PlotLayer, ...]:
    """The weighted layers of a network in order of l; `numbers`: node id -> l."""
    found = (PlotLayer(id, numbers.get(id, 0)) for id in activation_places(network))
    return tuple(sorted(found, key=lambda layer: layer.number))


@dataclass(frozen=True)
class Epochs:
    """Steps as epochs. knots: (step, epoch, steps per epoch from there on), one more for every new batch size."""

    knots: tuple[tuple[int, float, int], ...] = ((0, 0.0, 1),)

    @classmethod
    def of(cls, record: Record, examples: int, batch_size: int) -> Epochs:
        """From the batch sizes noted in a record; `batch_size` is the present one."""
        noted = [(event.step, int(event.value)) for event in record.events if event.name == "batch_size"]
        if not noted or noted[0][0] > 0:
            noted.insert(0, (0, batch_size))
        knots: list[tuple[int, float, int]] = []
        for step, size in noted:
            epoch = knots[-1][1] + (step - knots[-1][0]) / knots[-1][2] if knots else 0.0
            knots.append((step, epoch, max(1, -(-examples // max(size, 1)))))
        return cls(tuple(knots))

    def at(self, step: float) -> float:
        """The epoch of one step."""
        first, epoch, pace = next(knot for knot in reversed(self.knots) if knot[0] <= step or knot is self.knots[0])
        return epoch + (step - first) / pace

    def step_at(self, epoch: float) -> float:
        """The step of an epoch: the inverse of `at`."""
        first, start, pace = next(knot for knot in reversed(self.knots) if knot[1] <= epoch or knot is self.knots[0])
        return first + (epoch - start) * pace

    def of_steps(self, steps: Floats) -> Floats:
        """The epochs of many steps."""
        if len(self.knots) == 1:
            first, epoch, pace = self.knots[0]
            scaled: Floats = epoch + (steps - first) / pace
            return scaled
        starts = np.array([knot[0] for knot in self.knots])
        at = np.maximum(np.searchsorted(starts, steps, side="right") - 1, 0)
        first_, epoch_, pace_ = (np.array(column, np.float64)[at] for column in zip(*self.knots, strict=True))
        found: Floats = epoch_ + (steps - first_) / pace_
        return found


@dataclass(frozen=True)
class Shown:
    """What plots draw: a record, the weighted layers in order of l, which one is selected, and steps as epochs.

    experiment: what the run trains now; without it nothing is predicted. before: the run before the last reset.
    """

    record: Record = field(default_factory=Record)
    layers: tuple[PlotLayer, ...] = ()
    selected: str = ""
    epochs: Epochs = field(default_factory=Epochs)
    experiment: Experiment | None = None
    before: Shown | None = None

    @property
    def last_step(self) -> int:
        """The newest step anything was measured at."""
        return max((each.steps[-1] for each in self.record.series.values() if each.steps), default=0)

    @property
    def changes(self) -> tuple[Event, ...]:
        """Controls changed while the run was under way."""
        return tuple(event for event in changes(self.record) if event.name.partition("/")[0] in MARKED)


class Plot(QFrame):
    """One plot. A new one is a file in this package with a subclass; `order` is its place in the window.

    `draw` must take any record: empty, of a single step, or with undefined values. over_time: epochs across; such
    plots are hovered together. `hovered` tells the step under the mouse, None when it left. `said`: a Sentence about
    a file that could not be written.
    """

    hovered = Signal(object)
    said = Signal(object)

    name: ClassVar[str]
    title: ClassVar[str]
    tex: ClassVar[str]
    words: ClassVar[str]
    help: ClassVar[str]
    order: ClassVar[int]
    over_time: ClassVar[bool] = True

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.chart = self.make_chart()
        self.note = QLabel("")
        self.note.setProperty("role", "small")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._heading = heading = QLabel(self.title)
        heading.setProperty("role", "strong")
        top = QHBoxLayout()
        top.setContentsMargins(12, 8, 12, 0)
        top.setSpacing(5)
        top.addWidget(heading)
        top.addWidget(MathLabel(look, self.tex, self.words))
        top.addWidget(self.note, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(0)
        box.addLayout(top)
        self.table, self._numbers = QTableView(), NumbersModel(self)
        self.table.setModel(self._numbers)
        self.table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chart)
        self._pages.addWidget(self.table)
        for page in (self.chart, self.table):
            page.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the plot has the menu
        box.addWidget(self._pages, 1)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setObjectName("plot")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        self.setToolTip(self.help)
        self.chart.setAccessibleName(self.title)
        self.table.setAccessibleName(_("Table: {title}").format(title=self.title))
        self.shown = Shown()
        self.hover_step: int | None = None
        self.mark = HoverMark(self.chart)
        if self.over_time:
            HoverWatch(self.chart).moved.connect(self._mouse_at)

    def make_chart(self) -> Chart:
        """The chart it draws into."""
        return Chart(self.look)

    def show_record(self, shown: Shown) -> None:
        """Draw the record as it is now, and remember it for whoever asks for numbers."""
        self.shown = shown
        if self.table_shown:
            self._fill_table()
            return
        self.draw(shown)
        if self.hover_step is not None:
            self.show_hover(min(self.hover_step, shown.last_step))

    @property
    def table_shown(self) -> bool:
        """Whether the numbers stand in the place of the chart."""
        return self._pages.currentWidget() is self.table

    def show_table(self, shown: bool) -> None:
        """Put the table in the place of the chart, or the chart back."""
        self.show_hover(None)
        focused = self.hasFocus() or self.table.hasFocus()
        self._pages.setCurrentWidget(self.table if shown else self.chart)
        self.show_record(self.shown)
        if shown:
            self.table.scrollToBottom()
        if focused:
            (self.table if shown else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_table(self) -> None:
        numbers, at = Numbers(self.lines(self.shown)), self.table.currentIndex()
        if numbers.steps != self._numbers.numbers.steps or numbers.lines != self._numbers.numbers.lines:
            row, column = at.row(), at.column()
            self._numbers.show_numbers(numbers)
            if 0 <= row < len(numbers.steps):
                self.table.setCurrentIndex(self._numbers.index(row, column))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        plot_menu(self).popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.look.theme.color("ink"), 2.4, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(self._heading.geometry().adjusted(-5, -3, 5, 3), 4, 4)
            painter.end()

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        """Everything that was recorded of what this plot shows."""
        raise NotImplementedError

    def hover_lines(self, shown: Shown) -> tuple[Line, ...]:
        """What hovering reads: what was recorded, and what only the eye is given."""
        return self.lines(shown)

    def show_hover(self, step: int | None) -> None:
        """Mark a step and show the recorded values there; None: nothing is hovered."""
        self.hover_step = step
        lines = named(self.hover_lines(self.shown)) if step is not None else ()
        if step is None or not lines:
            self.mark.hide()
            return
        read = tuple(
            Reading(line.label, reading_text(line.nearest(step)), line.role, line.maths)
            for line in lines
            if line.since <= step
        )
        self.mark.show_at(self.shown.epochs.at(step), _("step {n}").format(n=step), read)

    def _mouse_at(self, epoch: float | None) -> None:
        if epoch is None:
            self.hovered.emit(None)
            return
        self.hovered.emit(max(0, min(round(self.shown.epochs.step_at(epoch)), self.shown.last_step)))

    def draw(self, shown: Shown) -> None:
        """Show the record as it is now."""
        raise NotImplementedError

    def forget(self) -> None:
        """The record was replaced or cut: keep nothing of the old one."""

    def set_time_range(self, shown: Shown, y0: float, y1: float) -> None:
        """Epochs across: the range grows in jumps of a quarter, so that the chart rests most of the time."""
        epochs = shown.epochs.at(shown.last_step)
        if shown.before is not None:
            epochs = max(epochs, shown.before.epochs.at(shown.before.last_step))
        top = _time_top(epochs, shown.epochs.at(20))
        self.chart.bottom.unit = "epochs"
        self.chart.set_range(0.0, top, y0, y1)
        self.chart.set_marks(tuple(shown.epochs.at(event.step) for event in shown.changes))


def reading_text(value: float | None) -> str:
    """Four digits, or that it is undefined."""
    return _("undefined") if value is None or not math.isfinite(value) else f"{value:.4g}"


def _time_top(epochs: float, least: float) -> float:
    top = max(least, 1e-6)
    while top < epochs:
        top *= 1.25
    return top
