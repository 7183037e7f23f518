"""The window: header, body, transport, status line; it shows what the workbench holds and hands on what people do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QFileDialog,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from resnet_sim import __version__
from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.ui import icons
from resnet_sim.ui.actions import Actions
from resnet_sim.ui.panels.controls import ColorKey, FocusRing, label, rule
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.panels.layers import LayersPanel
from resnet_sim.ui.panels.outline import rows
from resnet_sim.ui.panels.plot_grid import PlotGrid
from resnet_sim.ui.panels.setup import SetupPanel
from resnet_sim.ui.panels.strip import Message, Strip
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.plots.base import Shown
from resnet_sim.ui.theme import THEMES, Look, Theme
from resnet_sim.ui.workbench import Workbench

_ = translator()

TICK_MS = 16
NUMBERS_EVERY = 0.25
"""Seconds between two updates of the numbers: text only, so that it can be read."""
HUES = (
    ("act", _("activations")),
    ("grad", _("gradients")),
    ("wt", _("weights")),
    ("skip", _("skip path")),
)
MINIMUM = (1120, 640)
USUAL = (1440, 900)
NARROW = 1360
"""Below this width the side panels give way a little."""


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(self, workbench: Workbench, look: Look, settings: QSettings) -> None:
        super().__init__()
        self.workbench, self.look, self.settings = workbench, look, settings
        self.setWindowTitle("ResNet Sim")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(*MINIMUM)
        self.setAcceptDrops(True)
        self.actions_ = Actions(self)
        self.header, self.layers, self.plots = Header(look), LayersPanel(look), PlotGrid(look)
        self.setup, self.transport, self.strip = SetupPanel(look), Transport(look), Strip(look)
        self._dirty = True
        self._narrow: bool | None = None
        self._numbers_at = 0.0
        self._lay_out()
        self._connect()
        self._restore_look()
        self._ring = FocusRing(look, (QAbstractButton, QAbstractSlider), self)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._tick)
        self._clock.start(TICK_MS)
        self.show_document()
        self.show_state()
        self.layers.tree.setFocus()

    # --- building -------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        root = QWidget()
        root.setObjectName("panel")
        box = QVBoxLayout(root)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(1)
        for panel in (self.layers, self.plots, self.setup):
            self.body.addWidget(panel)
        self.body.setStretchFactor(1, 1)
        for part in (self.header, rule(), self.body, self.strip, rule(), self.transport):
            box.addWidget(part)
        box.setStretch(2, 1)
        self.setCentralWidget(root)
        bar = self.statusBar()
        bar.setFixedHeight(24)
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(8, 0, 8, 0)
        self.keys = label("", "small")
        self.keys.setTextFormat(Qt.TextFormat.PlainText)
        bar.addWidget(self.keys, 1)
        bar.addPermanentWidget(ColorKey(self.look, HUES))
        self.actions_.fill(self.header.menus)

    def _connect(self) -> None:
        bench, act = self.workbench, self.actions_
        for name, deed in (
            ("open", self.open_file),
            ("save", self.save),
            ("save_as", self.save_as),
            ("quit", self.close),
            ("undo", bench.editor.undo),
            ("redo", bench.editor.redo),
            ("theme", self.switch_theme),
            ("next_panel", self.next_panel),
            ("lambda", self.setup.lam.slider.setFocus),
            ("train", bench.train_or_pause),
            ("step", bench.one_step),
            ("epoch", bench.one_epoch),
            ("reset", bench.reset),
            ("about", self.about),
        ):
            act[name].triggered.connect(_deed(deed))
        for name, panel in (("layers", self.layers), ("setup", self.setup)):
            act[name].setChecked(True)
            act[name].toggled.connect(panel.setVisible)
        self.header.theme_pressed.connect(self.switch_theme)
        self.transport.train_pressed.connect(bench.train_or_pause)
        self.transport.step_pressed.connect(bench.one_step)
        self.transport.epoch_pressed.connect(bench.one_epoch)
        self.transport.reset_pressed.connect(bench.reset)
        self.transport.seed_entered.connect(lambda seed: self._set("seed", seed))
        self.setup.changed.connect(bench.set_training)
        self.setup.let_go.connect(bench.editor.seal)
        self.layers.selected.connect(bench.editor.select)
        bench.editor.selected.connect(self._selected)
        bench.document_changed.connect(self.show_document)
        bench.state_changed.connect(self.show_state)
        bench.run.measured.connect(self._measured)
        bench.run.record_replaced.connect(self._record_replaced)
        bench.said.connect(self.strip.show_message)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._say_keys)

    def _restore_look(self) -> None:
        theme = THEMES.get(str(self.settings.value("theme", "")), None) or self._system_theme()
        self.look.use(theme)
        geometry = self.settings.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            available = self.screen().availableSize()
            self.resize(min(USUAL[0], available.width()), min(USUAL[1], available.height()))

    def _system_theme(self) -> Theme:
        dark = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return THEMES["dark" if dark else "light"]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow is not self._narrow:
            self._narrow = narrow
            left, right = (394, 276) if narrow else (420, 308)
            self.body.setSizes([left, self.width() - left - right, right])

    # --- showing --------------------------------------------------------------------------------------------------

    def show_document(self) -> None:
        """The document or its settings changed."""
        bench, act = self.workbench, self.actions_
        document, experiment = bench.document, bench.experiment
        self.header.show_file(bench.title, document.edited)
        shape = bench.data.shape.input if bench.data is not None else None
        self.layers.show_rows(rows(experiment.network, shape))
        self.setup.show_data(bench.data.title if bench.data else "", bench.data_words)
        self.setup.show_training(experiment.training)
        self.transport.seed.show_value(experiment.training.seed)
        undo, redo = document.undo_label, document.redo_label
        act["undo"].setEnabled(document.can_undo)
        act["redo"].setEnabled(document.can_redo)
        act["undo"].setText(sentence("Undo: {deed}", deed=undo).render(_) if undo else _("Undo"))
        act["redo"].setText(sentence("Redo: {deed}", deed=redo).render(_) if redo else _("Redo"))
        self._dirty = True

    def show_state(self) -> None:
        """The training started, paused, stopped, or cannot start."""
        bench = self.workbench
        self.transport.show_state(bench.kind, bench.state_words, bench.training)
        self.transport.allow(bench.can_train, bench.why_not)
        for name in ("train", "step", "epoch", "reset"):
            self.actions_[name].setEnabled(bench.can_train)
        self.header.show_device(bench.run.device)
        self.header.show_file(bench.title, bench.document.edited)
        self._show_numbers()
        self._say_keys()

    def shown(self) -> Shown:
        """What the plots draw."""
        bench = self.workbench
        return Shown(bench.run.record, bench.layers, self._selected_layer(), bench.epochs)

    def _selected_layer(self) -> str:
        chosen = self.workbench.editor.current
        known = {layer.id for layer in self.workbench.layers}
        return chosen if chosen in known else ""

    def _selected(self) -> None:
        self.layers.choose(self.workbench.editor.current)
        self._dirty = True
        self._say_keys()

    def _measured(self, exact: bool) -> None:
        self._dirty = True
        if exact:  # it stands still: every value on screen is then of one and the same step
            self.plots.draw_all(self.shown())
            self._show_numbers()
            self._dirty = False
            self.workbench.run.drawn()

    def _record_replaced(self) -> None:
        self.plots.forget()
        self.layers.model.forget_norms()
        self.plots.draw_all(self.shown())
        self._show_numbers()

    def _tick(self) -> None:
        """Draw one plot of the newest state, then rest at least as long as it took."""
        began = perf_counter()
        if self._dirty and self.isVisible():
            if self.plots.draw_next(self.shown()):
                self._dirty = False
                self.workbench.run.drawn()
            if began - self._numbers_at > NUMBERS_EVERY:
                self._numbers_at = began
                self._show_numbers()
        took = 1000 * (perf_counter() - began)
        self._clock.start(max(TICK_MS, round(2 * took)))

    def _show_numbers(self) -> None:
        bench = self.workbench
        self.layers.show_norms(bench.norms())
        speed = bench.run.speed if bench.training and bench.run.speed else None
        self.transport.show_progress(bench.epochs.at(bench.run.step), bench.run.step, speed)

    def _say_keys(self, *_widgets: object) -> None:
        bench = self.workbench
        focus = QApplication.focusWidget()
        if bench.why_not:
            text = bench.why_not
        elif focus in (self.setup.lam.slider, self.setup.lam.field):
            text = _("λ: ← → change it, Page Up and Page Down in larger steps; it holds from the next step on")
        elif focus is not None and focus.inherits("QLineEdit"):
            text = _("↑ ↓ change the number   Enter takes it   Esc leaves it as it was")
        elif focus is self.layers.tree:
            text = _("↑ ↓ choose a layer   Space train or pause   . one step   E one epoch   R reset   L to λ")
        else:
            text = _("Space presses the button that has the focus   Tab next   F6 next panel")
        self.keys.setText(text)

    # --- doing ----------------------------------------------------------------------------------------------------

    def open_file(self) -> None:
        """Ask for a file and open it."""
        name, _chosen = QFileDialog.getOpenFileName(self, _("Open"), str(self._folder()), _("Networks (*.resnet)"))
        if name:
            self.workbench.open(Path(name))

    def save(self) -> None:
        """Write to the document's file; ask for one if it has none."""
        if self.workbench.path is None:
            self.save_as()
        else:
            self.workbench.save(self.workbench.path)

    def save_as(self) -> None:
        """Ask for a file and write to it."""
        start = self.workbench.path or self._folder() / f"{self.workbench.title}.resnet"
        name, _chosen = QFileDialog.getSaveFileName(self, _("Save as"), str(start), _("Networks (*.resnet)"))
        if name:
            path = Path(name)
            self.workbench.save(path if path.suffix else path.with_suffix(".resnet"))

    def _folder(self) -> Path:
        return self.workbench.path.parent if self.workbench.path is not None else Path.home()

    def switch_theme(self) -> None:
        """Light or dark, remembered."""
        self.look.use(self.look.other())
        self.settings.setValue("theme", self.look.theme.name)
        self.plots.draw_all(self.shown())

    def next_panel(self) -> None:
        """F6: layers, setup, transport, header, and round again."""
        stops = [self.layers.tree, self.setup.batch, self.transport.train, self.header.device]
        focus = QApplication.focusWidget()
        homes: list[QWidget] = [self.layers, self.setup, self.transport, self.header]
        at = next((i for i, home in enumerate(homes) if focus is not None and home.isAncestorOf(focus)), -1)
        for offset in range(1, len(stops) + 1):
            stop = stops[(at + offset) % len(stops)]
            if stop.isVisible() and stop.isEnabled():
                stop.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def about(self) -> None:
        """Version and licences, in a strip."""
        said = sentence(
            "ResNet Sim {version}, MIT licence. Fonts: Inter, STIX Two Math, JetBrains Mono (OFL 1.1).",
            version=__version__,
        )
        self.strip.show_message(Message("info", said.render(_)))

    def _set(self, name: str, value: object) -> None:
        self.workbench.set_training(name, value)
        self.workbench.editor.seal()

    # --- events ---------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            if self.strip.isVisible():
                self.strip.close_message()
            else:
                self.layers.tree.setFocus()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            self.workbench.open(Path(urls[0].toLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.settings.setValue("geometry", self.saveGeometry())
        self._clock.stop()
        self.hide()
        event.accept()
        self.workbench.run.close()


def _deed(deed: Callable[[], object]) -> Callable[[bool], None]:
    """An action's slot: what `triggered` says does not matter."""

    def act(_checked: bool = False) -> None:
        deed()

    return act
