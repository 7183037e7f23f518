"""Train: the layers with their weights, the live plots, and the settings of the run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.modes.base import Mode
from resnet_sim.ui.panels.layers import LayersPanel
from resnet_sim.ui.panels.outline import rows
from resnet_sim.ui.panels.plot_grid import PlotGrid
from resnet_sim.ui.panels.setup import SetupPanel
from resnet_sim.ui.plots.base import Shown
from resnet_sim.ui.theme import Look
from resnet_sim.ui.workbench import Workbench

_ = translator()


class TrainMode(Mode):
    """Watches the run of the workbench and changes its settings."""

    name = "train"
    title = _("Train")

    def __init__(self, workbench: Workbench, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench = workbench
        self.layers, self.plots, self.setup = LayersPanel(look), PlotGrid(look), SetupPanel(look)
        self._dirty = True
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(1)
        for panel in (self.layers, self.plots, self.setup):
            self.body.addWidget(panel)
        self.body.setStretchFactor(1, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.body)
        self.setup.changed.connect(workbench.set_training)
        self.setup.let_go.connect(workbench.editor.seal)
        self.layers.selected.connect(workbench.editor.select)

    def show_document(self) -> None:
        bench = self.workbench
        shape = bench.data.shape.input if bench.data is not None else None
        self.layers.show_rows(rows(bench.experiment.network, shape))
        self.setup.show_data(bench.data.title if bench.data else "", bench.data_words)
        self.setup.show_training(bench.experiment.training)
        self._dirty = True

    def shown(self) -> Shown:
        """What the plots draw."""
        bench = self.workbench
        return Shown(bench.run.record, bench.layers, self._selected_layer(), bench.epochs)

    def _selected_layer(self) -> str:
        chosen = self.workbench.editor.current
        known = {layer.id for layer in self.workbench.layers}
        return chosen if chosen in known else ""

    def selected(self) -> None:
        self.layers.choose(self.workbench.editor.current)
        self._dirty = True

    def measured(self, exact: bool) -> None:
        self._dirty = True
        if exact:
            self.plots.draw_all(self.shown())
            self.show_numbers()
            self._dirty = False

    def record_replaced(self) -> None:
        self.plots.forget()
        self.layers.model.forget_norms()
        self.plots.draw_all(self.shown())
        self.show_numbers()

    def draw_some(self) -> bool:
        if self._dirty and self.plots.draw_next(self.shown()):
            self._dirty = False
        return not self._dirty

    def show_numbers(self) -> None:
        self.layers.show_norms(self.workbench.norms())

    def keys(self, focus: QWidget | None) -> str:
        if focus in (self.setup.lam.slider, self.setup.lam.field):
            return _("λ: ← → change it, Page Up and Page Down in larger steps; it holds from the next step on")
        if focus is self.layers.tree:
            return _("↑ ↓ choose a layer   Space train or pause   . one step   E one epoch   R reset   L to λ")
        return ""

    def stops(self) -> list[tuple[QWidget, QWidget]]:
        return [(self.layers, self.layers.tree), (self.setup, self.setup.batch)]

    def home(self) -> QWidget:
        return self.layers.tree

    def narrow(self, narrow: bool) -> None:
        left, right = (394, 276) if narrow else (420, 308)
        self.body.setSizes([left, max(self.width() - left - right, 200), right])
