"""What a person does to the window, with mouse and keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot
from ui.canvas.hands import Hands

from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.inspector_node import NodePage
from resnet_sim.ui.run_state import Phase

LONG = 20_000
"""Milliseconds to wait for what takes no more than a few on an idle machine."""
LEFT = Qt.MouseButton.LeftButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


class Person:
    """Sits in front of a window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window
        self.bench = window.workbench
        self.build = window.build
        self.canvas = Hands(window.build.canvas)

    @property
    def network(self) -> Network:
        return self.bench.experiment.network

    @property
    def experiment(self) -> Experiment:
        return self.bench.experiment

    # --- keys -------------------------------------------------------------------------------------------------------

    def key(self, *keys: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        for each in keys:
            target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
            QTest.keyClick(target, each, modifiers)

    def write(self, text: str) -> None:
        """Type into what has the focus, instead of what is there."""
        self.key(Key.Key_A, modifiers=CTRL)
        field = QApplication.focusWidget()
        assert field is not None
        QTest.keyClicks(field, text)

    # --- mouse ------------------------------------------------------------------------------------------------------

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        QTest.mouseClick(widget, LEFT, NONE, at if at is not None else widget.rect().center())

    def double_click(self, widget: QWidget) -> None:
        QTest.mouseDClick(widget, LEFT, NONE, widget.rect().center())

    def menu(self, *path: str) -> None:
        """Open a menu and its submenus, and click the last entry."""
        bar = self.window.header.menus
        top = entry(bar.actions(), path[0])
        self.click(bar, bar.actionGeometry(top).center())
        menu = top.menu()
        assert isinstance(menu, QMenu)
        for name in path[1:]:
            self.qtbot.waitUntil(menu.isVisible, timeout=LONG)
            action = entry(menu.actions(), name)
            assert action.isEnabled(), name
            self.click(menu, menu.actionGeometry(action).center())
            inner = action.menu()
            if isinstance(inner, QMenu):
                menu = inner

    def choose(self, combo: QComboBox, words: str) -> None:
        """Open a choice and click one of its lines."""
        self.click(combo)
        view = combo.view()
        self.qtbot.waitUntil(view.isVisible, timeout=LONG)
        row = next(i for i in range(combo.count()) if combo.itemText(i).startswith(words))
        index = view.model().index(row, combo.modelColumn())
        view.scrollTo(index)
        QTest.mouseMove(view.viewport(), view.visualRect(index).center())
        self.click(view.viewport(), view.visualRect(index).center())
        self.qtbot.waitUntil(lambda: not view.isVisible(), timeout=LONG)
        self.come_back()

    def come_back(self) -> None:
        """Without a window manager nobody hands the focus back to the window when a list of choices closes."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow, timeout=LONG)

    def walk_to(self, id: str) -> None:
        """Home, then Right until the layer is selected."""
        self.key(Key.Key_Home)
        for _each in self.network.nodes:
            if self.bench.editor.current == id:
                return
            self.key(Key.Key_Right)
        assert self.bench.editor.current == id

    def tab_to(self, field: QWidget) -> None:
        """Tab until a field has the focus."""
        for _each in range(40):
            if QApplication.focusWidget() is field:
                return
            self.key(Key.Key_Tab)
        assert QApplication.focusWidget() is field

    def type_into(self, name: str, text: str) -> None:
        """Enter on the canvas, Tab to the field, the number, Enter, and back with Esc."""
        self.key(Key.Key_Return)
        self.tab_to(self.page().form.rows[name].field)
        self.write(text)
        self.key(Key.Key_Return)
        self.key(Key.Key_Escape)
        assert QApplication.focusWidget() is self.build.canvas.view

    def drop_file(self, path: Path) -> None:
        """Drag a file from elsewhere onto the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        at, copy = QPoint(400, 300), Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(at, copy, data, LEFT, NONE))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(at), copy, data, LEFT, NONE))

    # --- the inspector ----------------------------------------------------------------------------------------------

    def page(self) -> NodePage:
        """The inspector's page of the selected layer."""
        page = self.build.inspector.page
        assert isinstance(page, NodePage), type(page)
        return page

    def page_of(self, id: str) -> NodePage:
        """Select a layer and look at its page."""
        self.bench.editor.select(id)
        return self.page()

    def field(self, name: str) -> QWidget:
        """The inspector's field of a setting."""
        field = self.page().form.rows[name].field
        self.build.inspector.ensureWidgetVisible(field)
        return field

    def set_number(self, name: str, text: str) -> None:
        """Click a field, type a number, press Enter."""
        field = self.field(name)
        self.click(field)
        self.write(text)
        self.key(Key.Key_Return)

    def set_choice(self, name: str, words: str) -> None:
        field = self.field(name)
        assert isinstance(field, QComboBox)
        self.choose(field, words)

    def button(self, words: str) -> QAbstractButton:
        """A visible button of the window by its words."""
        found = [
            each
            for each in self.window.findChildren(QAbstractButton)
            if each.isVisible() and each.text().startswith(words)
        ]
        assert found, words
        return found[0]

    # --- waiting ----------------------------------------------------------------------------------------------------

    def until(self, phase: Phase) -> None:
        self.qtbot.waitUntil(lambda: self.bench.run.phase is phase, timeout=LONG)

    def train_to(self, step: int) -> int:
        """Train to at least that step and pause. The step it stands at."""
        self.bench.train_or_pause()
        self.qtbot.waitUntil(lambda: self.bench.run.step >= step, timeout=LONG)
        self.bench.train_or_pause()
        self.until(Phase.PAUSED)
        return self.bench.run.step

    def save_to(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl+S, the file chooser answering `path` should it be asked."""
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
        self.come_back()
        with self.qtbot.waitSignal(self.bench.saved, timeout=LONG):
            self.key(Key.Key_S, modifiers=CTRL)


def entry(actions: list[QAction], words: str) -> QAction:
    """The menu entry that begins so."""
    return next(each for each in actions if each.text().replace("&", "").startswith(words))


def menu_entries(person: Person) -> list[QAction]:
    """Everything in the menus, submenus too."""
    found: list[QAction] = []
    todo: list[QMenu] = list(person.window.actions_.menus.values())
    while todo:
        for action in todo.pop().actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                todo.append(inner)
            if not action.isSeparator():
                found.append(action)
    return found
