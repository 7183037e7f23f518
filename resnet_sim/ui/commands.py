"""The deeds of the menus: what each action does, and in which mode it can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget

from resnet_sim.assets import translator
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import SHORTCUTS
from resnet_sim.ui.actions import EDIT, NETWORK, Actions
from resnet_sim.ui.canvas.drops import BLOCK
from resnet_sim.ui.canvas.pill_choices import SHORTCUT, TOGGLE
from resnet_sim.ui.file_desk import FileDesk
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.panels.problems import ProblemRow
from resnet_sim.ui.workbench import Workbench

_ = translator()

ON_CANVAS = ("fit", "tidy", "next_problem", "last_problem")
"""Deeds of other menus that need the canvas."""
EVERYWHERE = ("undo", "redo")
"""Deeds of the edit menu that need none."""
OF_TRAINING = ("train", "step", "epoch", "reset")
OF_PICTURES = ("next_example", "last_example", "any_example", "enlarge")
"""Deeds that show only where pictures are."""
NO_PICTURES = _("Build shows no values of a run: its pictures are in Train.")

PRESSED = (QAbstractButton, QComboBox, ProblemRow)
"""What Space presses when it has the focus."""


class Commands:
    """Joins the actions to those who do them."""

    def __init__(
        self,
        actions: Actions,
        bench: Workbench,
        build: BuildMode,
        files: FileDesk,
        window: Mapping[str, Callable[[], object]],
    ) -> None:
        """window: the deeds of the window itself, by name."""
        self._actions, self._bench, self._canvas = actions, bench, build.canvas
        canvas = build.canvas
        deeds: dict[str, Callable[[], object]] = {
            "new": files.new,
            "open": files.open,
            "save": files.save,
            "save_as": files.save_as,
            "undo": bench.editor.undo,
            "redo": bench.editor.redo,
            "copy": canvas.copy,
            "paste": canvas.paste,
            "duplicate": canvas.duplicate,
            "delete": canvas.delete,
            "fit": canvas.fit,
            "tidy": canvas.tidy,
            "find": build.palette_.focus_find,
            "skip": canvas.begin_skip,
            TOGGLE: canvas.toggle_skip,
            "next_problem": lambda: canvas.next_problem(1),
            "last_problem": lambda: canvas.next_problem(-1),
            "step": bench.one_step,
            "epoch": bench.one_epoch,
            "reset": bench.reset,
            "slower": bench.run.pacing.slower,
            "faster": bench.run.pacing.faster,
            **window,
        }
        deeds |= {name: partial(canvas.add, name) for name in actions.by_name if name.startswith(BLOCK)}
        deeds |= {SHORTCUT + each: partial(canvas.set_shortcut, each) for each in SHORTCUTS}
        for name, deed in deeds.items():
            actions[name].triggered.connect(_slot(deed))
        self._layers = list(self._fill_network_menu())

    def _fill_network_menu(self) -> Iterator[QAction]:
        """Every layer kind that can be added, before the blocks."""
        menu, before = self._actions.menus[NETWORK], self._actions["block:residual"]
        for name, kind in layer_kinds().items():
            if kind.in_palette:
                text = f"{_(kind.title)}\t{kind.shortcut_key}" if kind.shortcut_key else _(kind.title)
                action = QAction(text, menu)
                action.setStatusTip(_(kind.help))
                action.setToolTip(_(kind.help))
                action.triggered.connect(_slot(partial(self._canvas.add, name)))
                self._actions.by_name[name] = action
                menu.insertAction(before, action)
                yield action
        menu.insertSeparator(before)

    def allow(self, building: bool) -> None:
        """Whether the canvas is there to work on."""
        actions = self._actions
        on_canvas = [*actions.of(NETWORK), *self._layers, *(actions[name] for name in ON_CANVAS)]
        on_canvas += [each for each in actions.of(EDIT) if each not in [actions[name] for name in EVERYWHERE]]
        for action in on_canvas:
            action.setEnabled(building)
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
