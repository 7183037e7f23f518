"""The help menu's deeds: help on this (F1), in the inspector where there is one, else in a strip; and about."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from resnet_sim.assets import translator
from resnet_sim.ui.help_words import focus_help, help_on, keys_help
from resnet_sim.ui.modes.base import Mode
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.panels.strip import Message
from resnet_sim.ui.prose import plain
from resnet_sim.ui.shortcuts import Shortcuts
from resnet_sim.ui.state_words import about_words
from resnet_sim.ui.workbench import Workbench

_ = translator()


class HelpHere(QObject):
    """Asks where the focus is, then what is selected, then what the keys do."""

    said = Signal(object)
    """A Message."""

    def __init__(
        self, bench: Workbench, build: BuildMode, mode: Callable[[], Mode], shortcuts: Shortcuts, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bench, self._build, self._mode, self._shortcuts = bench, build, mode, shortcuts

    def help(self) -> None:
        """F1; once more closes what stands in the inspector."""
        bench, mode = self._bench, self._mode()
        focus = QApplication.focusWidget()
        lines = focus_help(focus) if focus is not mode.home() else ()
        lines = lines or help_on(bench.experiment.network, bench.editor.current)
        lines = lines or keys_help(self._shortcuts, mode is self._build)
        if mode is self._build:
            self._build.inspector.show_help(lines)
        else:
            title, *rest = map(plain, lines)
            self.said.emit(Message("info", _("{title}. {rest}").format(title=title, rest="   ".join(rest))))

    def about(self) -> None:
        """Version and licences."""
        self.said.emit(Message("info", about_words()))
