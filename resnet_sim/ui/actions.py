"""Everything that can be done from menu and keyboard, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from resnet_sim.assets import translator

_ = translator()


@dataclass(frozen=True)
class Deed:
    """One action: its name in code, menu, words, shortcut, and what the status line says of it."""

    name: str
    menu: str
    text: str
    keys: str = ""
    hint: str = ""
    checkable: bool = False
    line_before: bool = False


FILE, EDIT, VIEW, TRAIN, HELP = _("&File"), _("&Edit"), _("&View"), _("&Train"), _("&Help")

DEEDS = (
    Deed("open", FILE, _("&Open…"), "Ctrl+O", _("Open a network or an experiment")),
    Deed("save", FILE, _("&Save"), "Ctrl+S", _("Write network, weights and curves to the file"), line_before=True),
    Deed("save_as", FILE, _("Save &as…"), "Ctrl+Shift+S", _("Write to another file")),
    Deed("quit", FILE, _("&Quit"), "Ctrl+Q", _("Close the window"), line_before=True),
    Deed("undo", EDIT, _("&Undo"), "Ctrl+Z", _("Take back the last change")),
    Deed("redo", EDIT, _("&Redo"), "Ctrl+Shift+Z", _("Do it again")),
    Deed("theme", VIEW, _("&Light or dark"), "Ctrl+Shift+T", _("Change the theme")),
    Deed("layers", VIEW, _("L&ayers"), "Ctrl+Shift+O", _("Show or hide the layers"), checkable=True, line_before=True),
    Deed("setup", VIEW, _("&Setup"), "Ctrl+Shift+U", _("Show or hide the setup"), checkable=True),
    Deed("next_panel", VIEW, _("&Next panel"), "F6", _("Move the focus to the next panel"), line_before=True),
    Deed("lambda", VIEW, _("Go to &lambda"), "L", _("Put the focus on the lambda slider")),
    Deed("train", TRAIN, _("&Train or pause"), "Space", _("Train, or pause after the running step")),
    Deed("step", TRAIN, _("One &step"), ".", _("One mini-batch")),
    Deed("epoch", TRAIN, _("One &epoch"), "E", _("Once through the training set")),
    Deed("reset", TRAIN, _("&Reset"), "R", _("Back to the start weights of the seed"), line_before=True),
    Deed("about", HELP, _("&About ResNet Sim"), "", _("Version and licences")),
)


class Actions(QObject):
    """The QActions by name, and the menus made from them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.by_name: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for deed in DEEDS:
            action = QAction(deed.text, parent)
            action.setCheckable(deed.checkable)
            action.setStatusTip(deed.hint)
            if deed.keys:
                action.setShortcut(QKeySequence(deed.keys))
            self.by_name[deed.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus."""
        for deed in DEEDS:
            menu = self.menus.get(deed.menu)
            if menu is None:
                menu = self.menus[deed.menu] = bar.addMenu(deed.menu)
            if deed.line_before:
                menu.addSeparator()
            menu.addAction(self.by_name[deed.name])
