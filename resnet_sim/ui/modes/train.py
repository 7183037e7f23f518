"""Train: the live network over its strips and plots, and the settings of the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.engine.messages import DivergedReport
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.enlarging import Enlarging
from resnet_sim.ui.key_line import key_line, together
from resnet_sim.ui.live_cards import LiveCards
from resnet_sim.ui.modes.base import Mode
from resnet_sim.ui.panels.controls import rule
from resnet_sim.ui.panels.layers import LayersPanel
from resnet_sim.ui.panels.outline import rows
from resnet_sim.ui.panels.plot_row import plots_over_time, plots_per_layer
from resnet_sim.ui.panels.setup import SetupPanel
from resnet_sim.ui.panels.stack import stacked
from resnet_sim.ui.panels.strip import Message
from resnet_sim.ui.plots.base import Shown
from resnet_sim.ui.plots.identity_distance import IdentityDistancePlot, plot_blocks
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.strips.activation_strip import values_of
from resnet_sim.ui.strips.axis import CanvasAxis
from resnet_sim.ui.strips.pair import StripPair
from resnet_sim.ui.theme import Look
from resnet_sim.ui.workbench import Workbench

_ = translator()

STRIPS_EVERY = 0.2
"""Seconds between two updates of the strips."""
LOW = 700
"""Below this height there is room for one strip only: the other stands behind a tab."""


class TrainMode(Mode):
    """Watches the run of the workbench and changes its settings."""

    edit_wanted = Signal(str)
    """Enter or a double click on the canvas: values of the network are changed in Build."""

    name = "train"
    title = _("Train")
    shows_run = True

    def __init__(self, workbench: Workbench, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench, self.look = workbench, look
        self.layers, self.setup = LayersPanel(look), SetupPanel(workbench.editor, look)
        self.layers.hide()
        self.canvas = Canvas(workbench.editor, look)
        self.cards = LiveCards(workbench, self.canvas, look)
        self.enlarging = Enlarging(workbench, self.canvas, self.cards, self.setup.picture)
        self.strips = StripPair(look)
        self.activations, self.gradients = self.strips.activations, self.strips.gradients
        self.plots, self.per_layer = plots_over_time(look), plots_per_layer(look)
        self._dirty = True
        self._strips_at = self._histograms_at = 0.0
        self._words = ""
        self._lay_out()
        for strip in (self.activations, self.gradients):
            strip.follow(CanvasAxis(self.canvas.view, strip))
            strip.chosen.connect(workbench.editor.select)
        self.setup.changed.connect(workbench.set_training)
        self.setup.let_go.connect(workbench.editor.seal)
        self.setup.device.follow(workbench.run.devices)
        self.layers.selected.connect(workbench.editor.select)
        self.canvas.says.connect(self._say)
        self.canvas.edit_requested.connect(self.edit_wanted)
        for grid in (self.plots, self.per_layer):
            grid.said.connect(lambda said: workbench.said.emit(Message("error", said.render(_))))
        workbench.run.diverged.connect(self._diverged)
        self.strips.tabs.chosen.connect(lambda _name: self.draw_all())
        look.changed.connect(self._dress)

    def _lay_out(self) -> None:
        self.under = QStackedWidget()
        self.under.addWidget(self.strips)
        self.under.addWidget(self.per_layer)
        self.under.setFixedHeight(self.strips.tall)
        self.middle = stacked(self.canvas, rule(), self.under, rule(), self.plots)
        stack = self.middle.layout()
        assert isinstance(stack, QVBoxLayout)
        stack.setStretch(0, 15)
        stack.setStretch(4, 10)
        self.canvas.setMinimumHeight(150)
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(1)
        for panel in (self.layers, self.middle, self.setup):
            self.body.addWidget(panel)
        self.body.setStretchFactor(1, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.body)

    @property
    def deeds(self) -> dict[str, Callable[[], object]]:
        """What the menus can do here, by name."""
        chooser = self.cards.chooser
        return {
            "next_example": lambda: chooser.go(1),
            "last_example": lambda: chooser.go(-1),
            "any_example": chooser.choose_any,
            "enlarge": self._enlarge,
        }

    def _enlarge(self) -> None:
        self.enlarging.enlarge()
        self.setup.verticalScrollBar().setValue(0)

    def show_plots_per_layer(self, shown: bool) -> None:
        """Plots side by side in place of the strips under the cards."""
        self.under.setCurrentIndex(1 if shown else 0)
        self.draw_all()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        before = self.strips.tall
        self.strips.set_low(self.height() < LOW)
        self.under.setFixedHeight(self.strips.tall)
        if self.strips.tall != before and self.isVisible():
            self.draw_all()

    # --- the document ---------------------------------------------------------------------------------------------

    def show_document(self) -> None:
        bench = self.workbench
        network = bench.experiment.network
        shape = bench.data.shape.input if bench.data is not None else None
        self.layers.show_rows(rows(network, shape))
        self.setup.show_data(bench.data_words)
        self.setup.show_training(bench.experiment.training)
        for strip in (self.activations, self.gradients):
            strip.show_network(network)
        for plot in self.plots.plots:
            if isinstance(plot, IdentityDistancePlot):
                plot.show_blocks(plot_blocks(network))
        self.cards.show_document()
        self._dirty = True

    def show_state(self) -> None:
        self.cards.show_state()
        self.canvas.pulses.run(self.workbench.training)
        if self.workbench.run.phase is not Phase.DIVERGED:
            self.canvas.show_diverged(None)

    def _diverged(self, report: DivergedReport) -> None:
        self.canvas.show_diverged(report.part, _("L > 1e6") if report.what == "loss" else "")

    def shown(self) -> Shown:
        """What the plots draw."""
        bench = self.workbench
        return Shown(
            bench.run.record, bench.layers, self._selected_layer(), bench.epochs, bench.experiment, bench.before
        )

    def _selected_layer(self) -> str:
        chosen = self.workbench.editor.current
        known = {layer.id for layer in self.workbench.layers}
        return chosen if chosen in known else ""

    def selected(self) -> None:
        current = self.workbench.editor.current
        self.layers.choose(current)
        for strip in (self.activations, self.gradients):
            strip.select(current)
        self._show_selected()
        self._dirty = True

    def _show_selected(self) -> None:
        bench = self.workbench
        self.setup.selected.show_numbers(bench.experiment.network, bench.report, bench.run.record, bench.norms())

    # --- the run --------------------------------------------------------------------------------------------------

    def measured(self, exact: bool) -> None:
        self._dirty = True
        if exact:
            self.draw_all()

    def record_replaced(self) -> None:
        self.plots.forget()
        self.per_layer.forget()
        self.layers.model.forget_norms()
        self.draw_all()

    def draw_all(self) -> None:
        """Everything now: all of one and the same step."""
        shown = self.shown()
        self.plots.draw_all(shown)
        self.per_layer.draw_all(shown)
        self._draw_gradients()
        self._draw_histograms()
        self.cards.draw()
        self.show_numbers()
        self._dirty = False

    def draw_some(self) -> bool:
        if not self._dirty:
            return True
        now = perf_counter()
        if now - self._strips_at > STRIPS_EVERY:
            self._strips_at = now
            self._draw_gradients()
        elif now - self._histograms_at > STRIPS_EVERY:
            self._histograms_at = now
            self._draw_histograms()
        elif self.cards.due:
            self.cards.draw()
        elif (self.per_layer if self.under.currentIndex() else self.plots).draw_next(self.shown()):
            if self.under.currentIndex():
                self.plots.draw_all(self.shown())
            self._dirty = False
        return not self._dirty

    def _draw_gradients(self) -> None:
        if self.gradients.isVisible():
            self.gradients.show_record(self.workbench.run.record)

    def _draw_histograms(self) -> None:
        run = self.workbench.run
        if self.activations.isVisible() and run.newest is not None:
            self.activations.show_values(values_of(run.newest, run.record))

    def _dress(self) -> None:
        if self.isVisible():
            self.draw_all()

    def show_numbers(self) -> None:
        bench = self.workbench
        self.setup.notices.show_run(bench.experiment, bench.run.record, bench.run.step, bench.training)
        self._show_selected()
        self.cards.draw_numbers()
        if self.layers.isVisible():
            self.layers.show_norms(self.workbench.norms())

    # --- keys -----------------------------------------------------------------------------------------------------

    def _say(self, words: str) -> None:
        """What a gesture waits for, why something cannot be and the keys of a skip path come before those below."""
        editor = self.workbench.editor
        usual = words == self.canvas.hint and (not editor.current or editor.current in editor.network.by_id)
        self._words = "" if usual else words
        self.keys_changed.emit()

    def keys(self, focus: QWidget | None) -> str:
        key = defaultdict(str, self.in_force)
        run = ((key["train"], _("train")), (key["step"], _("one step")))
        more = ((key["epoch"], _("one epoch")), (key["reset"], _("reset")), (key["lambda"], _("to λ")))
        example = (key["next_example"], _("example"))
        if focus in (self.setup.lam.slider, self.setup.lam.field):
            return _("λ: ← → change it, Page Up and Page Down in larger steps; it holds from the next step on")
        if focus is self.setup.picture.picture:
            return key_line(("← →", _("channel")), ("Esc", _("closes the picture")), *run, example)
        if focus is not None and self.plots.isAncestorOf(focus):
            return key_line((_("Menu key"), _("its picture, drawing, numbers or a table")), ("Tab", _("next plot")))
        if focus is self.layers.tree:
            return key_line(("↑ ↓", _("choose a layer")), *run, *more)
        if focus is self.canvas.view:
            pace = (together(key["slower"], key["faster"]), _("pace"))
            usual = (("← →", _("layer")), (key["enlarge"], _("its picture")), *run, *more, pace, example)
            return self._words or key_line(*usual)
        return self.canvas.keys_at(focus)

    def stops(self) -> list[tuple[QWidget, QWidget]]:
        return [
            (self.layers, self.layers.tree),
            (self.canvas, self.canvas.view),
            (self.setup, self.setup.batch),
            (self.plots, self.plots.plots[0]),
        ]

    def home(self) -> QWidget:
        return self.canvas.view

    def narrow(self, narrow: bool) -> None:
        right = 276 if narrow else 308
        left = 320 if self.layers.isVisibleTo(self) else 0
        self.body.setSizes([left, max(self.width() - left - right, 200), right])
