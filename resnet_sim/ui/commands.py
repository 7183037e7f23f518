"""The deeds of the menus: what each action does, and in which mode it can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget

from resnet_sim.assets import translator
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import SHORTCUTS
from resnet_sim.ui.actions import NETWORK, Actions
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.canvas.drops import BLOCK
from resnet_sim.ui.canvas.pill_choices import SHORTCUT, TOGGLE
from resnet_sim.ui.file_desk import FileDesk
from resnet_sim.ui.panels.problems import ProblemRow
from resnet_sim.ui.workbench import Workbench

_ = translator()

OF_TRAINING = ("train", "step", "epoch", "reset")
OF_PICTURES = ("next_example", "last_example", "any_example", "enlarge")
"""Deeds that show only where pictures are."""
NO_PALETTE = _("Train shows no list of layers to add: it is in Build; their letters and this menu work here too.")
NO_PICTURES = _("Build shows no values of a run: its pictures are in Train.")

PRESSED = (QAbstractButton, QComboBox, ProblemRow)
"""What Space presses when it has the focus."""


class Commands:
    """Joins the actions to those who do them."""

    def __init__(
        self,
        actions: Actions,
        bench: Workbench,
        canvas: Callable[[], Canvas],
        files: FileDesk,
        window: Mapping[str, Callable[[], object]],
    ) -> None:
        """canvas: the one that is shown. window: the deeds of the window itself, by name."""
        self._actions, self._bench, self._canvas = actions, bench, canvas
        deeds: dict[str, Callable[[], object]] = {
            "new": files.new,
            "open": files.open,
            "save": files.save,
            "save_as": files.save_as,
            "undo": bench.editor.undo,
            "redo": bench.editor.redo,
            "copy": lambda: canvas().copy(),
            "paste": lambda: canvas().paste(),
            "duplicate": lambda: canvas().duplicate(),
            "delete": lambda: canvas().delete(),
            "fit": lambda: canvas().fit(),
            "tidy": lambda: canvas().tidy(),
            "skip": lambda: canvas().begin_skip(),
            TOGGLE: lambda: canvas().toggle_skip(),
            "next_problem": lambda: canvas().next_problem(1),
            "last_problem": lambda: canvas().next_problem(-1),
            "step": bench.one_step,
            "epoch": bench.one_epoch,
            "reset": bench.reset,
            "slower": bench.run.pacing.slower,
            "faster": bench.run.pacing.faster,
            **window,
        }
        deeds |= {name: partial(self._add, name) for name in actions.by_name if name.startswith(BLOCK)}
        deeds |= {SHORTCUT + each: partial(self._set_shortcut, each) for each in SHORTCUTS}
        for name, deed in deeds.items():
            actions[name].triggered.connect(_slot(deed))
        self._fill_network_menu()

    def _add(self, name: str) -> None:
        self._canvas().add(name)

    def _set_shortcut(self, name: str) -> None:
        self._canvas().set_shortcut(name)

    def _fill_network_menu(self) -> None:
        """Every layer kind that can be added, before the blocks."""
        menu, before = self._actions.menus[NETWORK], self._actions["block:residual"]
        for name, kind in layer_kinds().items():
            if kind.in_palette:
                text = f"{_(kind.title)}\t{kind.shortcut_key}" if kind.shortcut_key else _(kind.title)
                action = QAction(text, menu)
                action.setStatusTip(_(kind.help))
                action.setToolTip(_(kind.help))
                action.triggered.connect(_slot(partial(self._add, name)))
                self._actions.by_name[name] = action
                menu.insertAction(before, action)
        menu.insertSeparator(before)

    def allow(self, building: bool) -> None:
        """Whether the palette is shown, and no pictures."""
        actions = self._actions
        actions["find"].setEnabled(building)
        actions["find"].setToolTip(actions["find"].statusTip() if building else NO_PALETTE)
        for name in OF_PICTURES:
            actions[name].setEnabled(not building)
            actions[name].setToolTip(NO_PICTURES if building else actions[name].statusTip())

    def why_not(self, event: QKeyEvent) -> str:
        """Why a key does nothing here, "" if there is nothing to say about it."""
        pressed = QKeySequence(event.keyCombination())
        known = (self._actions[name] for name in OF_PICTURES)
        return NO_PICTURES if any(not each.isEnabled() and each.shortcut() == pressed for each in known) else ""

    def allow_training(self, able: bool) -> None:
        """Whether there is something to train."""
        for name in OF_TRAINING:
            self._actions[name].setEnabled(able)


def keeps_space(event: QEvent, focus: QWidget | None) -> bool:
    """Whether Space presses what has the focus, before it is a shortcut of the window."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    return event.key() == Qt.Key.Key_Space and isinstance(focus, PRESSED)


def _slot(deed: Callable[[], object]) -> Callable[[bool], None]:
    """What `triggered` says does not matter."""

    def act(_checked: bool = False) -> None:
        deed()

    return act
