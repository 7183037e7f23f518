"""Build: the palette, the canvas over its problems, and the inspector; the list of layers beside it when asked for."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.canvas.callout import TIP
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.canvas.toolbar import FlatButton
from resnet_sim.ui.modes.base import Mode
from resnet_sim.ui.panels.block_maths import AssumedNote, BlockMaths
from resnet_sim.ui.panels.first_steps import FirstSteps
from resnet_sim.ui.panels.inspector import Inspector
from resnet_sim.ui.panels.layers import LayersPanel
from resnet_sim.ui.panels.outline import rows
from resnet_sim.ui.panels.palette import Palette
from resnet_sim.ui.panels.problems import Problems
from resnet_sim.ui.theme import Look
from resnet_sim.ui.workbench import Workbench

_ = translator()

PALETTE, RAIL, INSPECTOR, INSPECTOR_NARROW, PROBLEMS = 156, 44, 268, 260, 96
OUTLINE = 320


class BuildMode(Mode):
    """Edits the network of the workbench's document."""

    maths_wanted = Signal()
    """The button on the canvas: show the mathematics of the blocks, or hide it."""

    name = "build"
    title = _("Build")

    def __init__(self, workbench: Workbench, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench = workbench
        editor = workbench.editor
        self.palette_, self.canvas = Palette(editor, look), Canvas(editor, look)
        self.inspector, self.problems = Inspector(editor, look), Problems(editor, look)
        self.first_steps = FirstSteps(look, self.canvas)
        self.maths, self.assumed = BlockMaths(look, self.canvas.view), AssumedNote(look, self.canvas.view)
        self.maths_button = FlatButton(look, _("Maths"), "eye", _("Maths"), _("The mathematics of the blocks"))
        self.canvas.toolbar.put(self.maths_button)
        self.layers = LayersPanel(look)
        self.layers.hide()
        self._words = ""
        self.middle = QSplitter(Qt.Orientation.Vertical)
        self.middle.addWidget(self.canvas)
        self.middle.addWidget(self.problems)
        self.middle.setStretchFactor(0, 1)
        self.middle.setCollapsible(0, False)
        self.body = QSplitter(Qt.Orientation.Horizontal)
        for panel in (self.palette_, self.layers, self.middle, self.inspector):
            self.body.addWidget(panel)
        self.body.setStretchFactor(2, 1)
        for splitter in (self.body, self.middle):
            splitter.setHandleWidth(1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.body)
        self.canvas.says.connect(self._say)
        self.canvas.called_out.connect(self._place_note)
        self.maths_button.clicked.connect(self.maths_wanted)
        self.first_steps.layer_wanted.connect(self._add_first_layer)
        self.first_steps.block_wanted.connect(lambda: self.canvas.add("block:residual"))
        self.canvas.edit_requested.connect(self.inspector.focus_field)
        self.palette_.skip_requested.connect(self.canvas.begin_skip)
        self.layers.selected.connect(editor.select)
        for done in (self.palette_.done, self.inspector.done, self.problems.done):
            done.connect(partial(self.canvas.view.setFocus, Qt.FocusReason.ShortcutFocusReason))

    def _add_first_layer(self) -> None:
        self.canvas.add("conv2d" if self._images() else "dense")
        self.canvas.view.setFocus()

    def _images(self) -> bool:
        data = self.workbench.editor.data
        return data is not None and len(data.input) == 3

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.first_steps.place()
        self.maths.place()

    def _place_note(self) -> None:
        callout = self.canvas.callout
        self.assumed.place(callout, bool(self.workbench.report.assumed))
        seen = callout.geometry().adjusted(0, TIP, 0, -TIP)
        self.maths.give_way(seen if callout.isVisible() else QRect())

    def _show_maths(self) -> None:
        editor = self.workbench.editor
        self.maths.show_network(editor.network, editor.report, editor.current)

    def _say(self, words: str) -> None:
        self._words = words
        self.keys_changed.emit()

    def show_document(self) -> None:
        bench = self.workbench
        shape = bench.data.shape.input if bench.data is not None else None
        self.layers.show_later(partial(rows, bench.experiment.network, shape))
        self.first_steps.show_network(bench.experiment.network, self._images())
        self._show_maths()

    def selected(self) -> None:
        self.layers.choose(self.workbench.editor.current)
        self._show_maths()

    def keys(self, focus: QWidget | None) -> str:
        return self._words if focus in (None, self.canvas.view) else self.canvas.keys_at(focus)

    def stops(self) -> list[tuple[QWidget, QWidget]]:
        return [
            (self.palette_, self.palette_.finder),
            (self.layers, self.layers.tree),
            (self.canvas, self.canvas.view),
            (self.inspector, self.inspector),
            (self.problems, self.problems),
        ]

    def home(self) -> QWidget:
        return self.canvas.view

    def narrow(self, narrow: bool) -> None:
        self.palette_.set_narrow(narrow)
        self.problems.set_compact(narrow)
        left, right = (RAIL, INSPECTOR_NARROW) if narrow else (PALETTE, INSPECTOR)
        outline = OUTLINE if self.layers.isVisibleTo(self) else 0
        self.body.setSizes([left, outline, max(self.width() - left - right - outline, 200), right])
        below = self.problems.sizeHint().height() if narrow else PROBLEMS
        self.middle.setSizes([max(self.height() - below, 200), below])
