"""The window: header, the mode that is shown, transport, status line; it hands on what people do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.ui import icons
from resnet_sim.ui.actions import Actions
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.commands import Commands, keeps_space
from resnet_sim.ui.double_clicks import DoubleClicks
from resnet_sim.ui.file_desk import FileDesk
from resnet_sim.ui.focus_desk import FocusDesk
from resnet_sim.ui.help_here import HelpHere
from resnet_sim.ui.keeper import Keeper
from resnet_sim.ui.modes.base import Mode
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.modes.train import TrainMode
from resnet_sim.ui.panels.controls import FocusRing, rule
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.panels.shortcut_page import ShortcutPage
from resnet_sim.ui.panels.status_line import StatusLine
from resnet_sim.ui.panels.strip import Strip
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.shortcuts import Shortcuts
from resnet_sim.ui.shown_keys import ShownKeys
from resnet_sim.ui.state_words import count_words
from resnet_sim.ui.theme import Look
from resnet_sim.ui.transport_desk import TransportDesk
from resnet_sim.ui.view_options import LEAST, ViewOptions
from resnet_sim.ui.workbench import Workbench

_ = translator()

TICK_MS = 20
NUMBERS_EVERY = 0.25
"""Seconds between two updates of the numbers: text only, so that it can be read."""
CARRIED_MS = 6_000
"""How long the status line says that weights were carried over, or why a key does nothing."""
USUAL = (1440, 900)
NARROW = 1360
"""Below this width the side panels give way a little."""


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(self, workbench: Workbench, keeper: Keeper, look: Look, settings: QSettings) -> None:
        super().__init__()
        self.workbench, self.look, self.settings = workbench, look, settings
        self.setWindowTitle("ResNet Sim")
        self.setAccessibleName("ResNet Sim")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(*LEAST)
        self.setAcceptDrops(True)
        self.actions_ = Actions(self)
        self.files = FileDesk(workbench, keeper, settings, self)
        self.build, self.train = BuildMode(workbench, look), TrainMode(workbench, look)
        self.modes: dict[str, Mode] = {mode.name: mode for mode in (self.build, self.train)}
        self.header = Header(look, tuple((mode.name, mode.title) for mode in self.modes.values()))
        self.transport, self.strip = Transport(look, workbench.run.pacing), Strip(look)
        self.transport_desk = TransportDesk(workbench, self.transport, self._train_or_pause)
        self._dirty, self._numbers_at = True, 0.0
        self._narrow: bool | None = None
        self._lay_out()
        self.double_clicks = DoubleClicks(self.actions_["double_click"], self)
        self.view = ViewOptions(look, settings, self.actions_, self.header, self.build, self.train, self)
        self._connect()
        self.view.restore()
        self._restore_size()
        self._ring = FocusRing(look, (QAbstractButton, QAbstractSlider), self)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._tick)
        self._clock.start(TICK_MS)
        self.show_mode(str(settings.value("mode", "")) or self.build.name)
        self.show_document()
        self.show_state()

    # --- building -------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        root = QWidget()
        root.setObjectName("panel")
        box = self._box = QVBoxLayout(root)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.pages = QStackedWidget()
        for mode in self.modes.values():
            self.pages.addWidget(mode)
            mode.setAccessibleName(mode.title)
        for part in (self.header, rule(), self.pages, self.strip, rule(), self.transport):
            box.addWidget(part)
        box.setStretch(2, 1)
        self.setCentralWidget(root)
        self.status = StatusLine(self.look)
        self.setStatusBar(self.status)
        self.actions_.fill(self.header.menus)
        self.files.fill(self.actions_)
        self.build.first_steps.template_wanted.connect(self.files.templates.popup)

    def _connect(self) -> None:
        bench, act = self.workbench, self.actions_
        deeds: dict[str, Callable[[], object]] = {
            "quit": self.close,
            "next_panel": lambda: self.focus_desk.next_panel(),
            "find": self.build.palette_.focus_find,
            "lambda": self._go_to_lambda,
            "train": self._train_or_pause,
            "shortcuts": partial(self.show_shortcuts, True),
            "help": lambda: self.help.help(),
            "about": lambda: self.help.about(),
            "go_back": self.transport.back.open,
        }
        deeds |= self.train.deeds
        deeds |= {f"mode_{name}": partial(self.show_mode, name) for name in self.modes}
        self.commands = Commands(act, bench, self._canvas, self.files, deeds)
        keys = Shortcuts(act, (self.build.canvas, self.train.canvas), self.settings, self)
        self._shown_keys = ShownKeys(keys, self.header, self.transport, self.build, self.train, self)
        self.help = HelpHere(bench, self.build, lambda: self.mode, keys, self)
        self.help.said.connect(self.strip.show_message)
        self.shortcuts = ShortcutPage(self.look, keys)
        self.shortcuts.hide()
        around = self.header, self.transport, self.strip, self.status
        self.focus_desk = FocusDesk(bench, lambda: self.mode, around, self.shortcuts, self)
        self._box.insertWidget(3, self.shortcuts, 1)
        self.shortcuts.done.connect(partial(self.show_shortcuts, False))
        act["layers"].toggled.connect(self._show_outline)
        act["per_layer"].toggled.connect(self.train.show_plots_per_layer)
        self.view.dressed.connect(lambda: self.mode.record_replaced())
        self.view.said.connect(self.strip.show_message)
        self.double_clicks.said.connect(self.strip.show_message)
        self.view.closing.connect(self.close)
        self.header.modes.chosen.connect(self.show_mode)
        self.train.edit_wanted.connect(lambda _line: self.show_mode(self.build.name))
        self.train.edit_wanted.connect(self.build.inspector.focus_field)
        bench.editor.selected.connect(self._selected)
        bench.document_changed.connect(self.show_document)
        bench.state_changed.connect(self.show_state)
        bench.run.measured.connect(self._measured)
        bench.run.carried.connect(self._carried)
        bench.run.record_replaced.connect(self._record_replaced)
        bench.said.connect(self.strip.show_message)
        for mode in self.modes.values():
            mode.keys_changed.connect(self.focus_desk.say_keys)

    def _restore_size(self) -> None:
        geometry = self.settings.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            available = self.screen().availableSize()
            self.resize(min(USUAL[0], available.width()), min(USUAL[1], available.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow is not self._narrow:
            self._narrow = narrow
            for mode in self.modes.values():
                mode.resize(self.pages.size())
                mode.narrow(narrow)

    # --- modes ----------------------------------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """The mode that is shown."""
        mode = self.pages.currentWidget()
        assert isinstance(mode, Mode)
        return mode

    def _canvas(self) -> Canvas:
        return self.build.canvas if self.mode is self.build else self.train.canvas

    def show_mode(self, name: str) -> None:
        """Show a mode and remember it."""
        mode = self.modes.get(name, self.build)
        self.show_shortcuts(False)
        self.pages.setCurrentWidget(mode)
        self.header.modes.show_mode(mode.name)
        building = mode is self.build
        for each in self.modes:
            self.actions_[f"mode_{each}"].setChecked(each == mode.name)
        self.commands.allow(building)
        self.status.show_building(building)
        outline = self.build.layers if building else self.train.layers
        outline.setVisible(str(self.settings.value(f"outline/{mode.name}", "")).lower() == "true")
        self.actions_["layers"].setChecked(outline.isVisibleTo(mode))
        self.settings.setValue("mode", mode.name)
        mode.show_document()
        mode.selected()
        mode.record_replaced()
        mode.home().setFocus()
        self.focus_desk.say_keys()

    def show_shortcuts(self, shown: bool) -> None:
        """The page of the keys in place of the mode, or the mode again."""
        if shown is self.shortcuts.isVisibleTo(self):
            return
        self.pages.setVisible(not shown)
        if shown:
            self.shortcuts.open()
            self.focus_desk.say_keys()
        else:
            self.shortcuts.hide()
            self.mode.home().setFocus()

    def _show_outline(self, shown: bool) -> None:
        outline = self.build.layers if self.mode is self.build else self.train.layers
        outline.setVisible(shown)
        self.settings.setValue(f"outline/{self.mode.name}", shown)
        self.mode.narrow(bool(self._narrow))

    def _train_or_pause(self) -> None:
        """Training is watched where it is plotted."""
        if self.workbench.can_train and not self.workbench.training and self.mode is self.build:
            self.show_mode(self.train.name)
        self.workbench.train_or_pause()

    def _go_to_lambda(self) -> None:
        self.show_mode(self.train.name)
        self.train.setup.lam.slider.setFocus()

    # --- showing --------------------------------------------------------------------------------------------------

    def show_document(self) -> None:
        """The document or its settings changed."""
        bench, act = self.workbench, self.actions_
        document = bench.document
        self.header.show_file(bench.title, document.edited)
        self.transport_desk.show_document()
        undo, redo = document.undo_label, document.redo_label
        act["undo"].setEnabled(document.can_undo)
        act["redo"].setEnabled(document.can_redo)
        act["undo"].setText(sentence("Undo: {deed}", deed=undo).render(_) if undo else _("Undo"))
        act["redo"].setText(sentence("Redo: {deed}", deed=redo).render(_) if redo else _("Redo"))
        self.status.counts.setText(count_words(bench.experiment.network, bench.report.total))
        self.mode.show_document()
        self.show_state()
        self._dirty = True

    def show_state(self) -> None:
        """The training started, paused, stopped, or cannot start."""
        bench = self.workbench
        self.transport_desk.show_state()
        self.commands.allow_training(bench.can_train)
        self.header.show_file(bench.title, bench.document.edited)
        self.mode.show_state()
        self._show_numbers()
        self.focus_desk.say_keys()

    def _selected(self) -> None:
        self.mode.selected()
        self._dirty = True
        self.focus_desk.say_keys()

    def _measured(self, exact: bool) -> None:
        self._dirty = True
        self.mode.measured(exact)
        if exact:  # it stands still: every value on screen is then of one and the same step
            self._show_numbers()
            self.workbench.run.drawn()

    def _carried(self) -> None:
        said = _("The network was changed: layers that stayed keep their weights; {undo} brings all of them back.")
        said = said.format(undo=self.mode.in_force["undo"] or _("undo"))
        self.statusBar().showMessage(said, CARRIED_MS)

    def _record_replaced(self) -> None:
        self.mode.record_replaced()
        self._show_numbers()

    def _tick(self) -> None:
        """Draw a part of the newest state, then rest three times as long: the calculation has the machine."""
        began = perf_counter()
        if self._dirty and self.isVisible():
            if began - self._numbers_at > NUMBERS_EVERY:  # in a tick of their own: no tick pays for everything
                self._numbers_at = began
                self._show_numbers()
            elif self.mode.draw_some():
                self._dirty = False
                self.workbench.run.drawn()
        took = 1000 * (perf_counter() - began)
        self._clock.start(max(TICK_MS, round(3 * took)))

    def _show_numbers(self) -> None:
        bench = self.workbench
        self.mode.show_numbers()
        self.header.show_device(bench.run.device, bench.run.speed)
        self.transport_desk.show_numbers()

    # --- events ---------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Space presses what has the focus, and trains only where it would press nothing."""
        if keeps_space(event, QApplication.focusWidget()):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.focus_desk.escape()
        elif why_not := self.commands.why_not(event):
            self.statusBar().showMessage(why_not, CARRIED_MS)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            self.files.open_path(Path(urls[0].toLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.settings.setValue("geometry", self.saveGeometry())
        self._clock.stop()
        self.focus_desk.close()
        self.hide()
        event.accept()
        self.files.keeper.close()
        self.workbench.run.close()
