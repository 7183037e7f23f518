"""Which keys do what: the usual ones, those that were chosen instead, and what stands in the way of a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QKeySequence

from resnet_sim.assets import translator
from resnet_sim.errors import Sentence, sentence
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.ui.actions import DEEDS, Actions
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.canvas.keys import usual_keys

_ = translator()

KEPT = "keys/"
LAYERS = _("Layers")
FIXED = (
    *("Left", "Right", "Up", "Down", "Shift+Left", "Shift+Right", "Home", "End", "Return", "Enter", "Backspace"),
    *("Ctrl+Left", "Ctrl+Right", "Ctrl+Up", "Ctrl+Down", "Ctrl++", "Ctrl+-", "Ctrl+=", "Ctrl+A", "Esc", "Tab"),
    *("Shift+Tab", "Ctrl+Shift+Left", "Ctrl+Shift+Right"),
)
"""Keys of walking, panning, zooming and typing: they stay."""


@dataclass(frozen=True)
class Command:
    """Something with keys. on_canvas: they work while the canvas has the focus, and nowhere else."""

    name: str
    group: str
    words: str
    usual: str
    on_canvas: bool


def commands() -> tuple[Command, ...]:
    """Everything that may have keys, in the order of the menus."""
    canvas = usual_keys()
    found = []
    for deed in DEEDS:
        words = deed.text.replace("&", "").rstrip("…")
        only_canvas = deed.name in canvas and not deed.keys
        usual = canvas[deed.name] if only_canvas else deed.keys
        found.append(Command(deed.name, deed.menu.replace("&", ""), words, usual, only_canvas))
    for name, kind in layer_kinds().items():
        if kind.in_palette:
            found.append(Command(name, LAYERS, _(kind.title), kind.shortcut_key, True))
    return tuple(found)


class Shortcuts(QObject):
    """The keys in force. They are remembered only where they are not the usual ones."""

    changed = Signal()

    def __init__(self, actions: Actions, canvases: Sequence[Canvas], settings: QSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._actions, self._canvases, self._settings = actions, tuple(canvases), settings
        self.commands = {each.name: each for each in commands()}
        self._chosen: dict[str, str] = {}
        for name in self.commands:
            kept = settings.value(KEPT + name)
            if isinstance(kept, str) and self.problem(name, kept) is None:
                self._chosen[name] = kept
        self._use()

    def keys(self, name: str) -> str:
        """The keys of a command as they are now, "" for none."""
        return self._chosen.get(name, self.commands[name].usual)

    def problem(self, name: str, keys: str) -> Sentence | None:
        """Why a command cannot have these keys: they do something else, or are no keys."""
        wanted = QKeySequence(keys)
        if not keys:
            return None
        if wanted.count() != 1 or not wanted.toString():
            return sentence("“{keys}” is no key that can be pressed at once.", keys=keys)
        if any(wanted == QKeySequence(each) for each in FIXED):
            return sentence("{keys} moves about and cannot be given away; choose another key.", keys=keys)
        for each in self.commands.values():
            if each.name != name and self.keys(each.name) and wanted == QKeySequence(self.keys(each.name)):
                return sentence("{keys} already is “{words}”; choose another key.", keys=keys, words=each.words)
        return None

    def choose(self, name: str, keys: str) -> Sentence | None:
        """Give a command other keys and remember them; what stands in the way, if it cannot have them."""
        problem = self.problem(name, keys)
        if problem is None:
            if keys == self.commands[name].usual:
                self._chosen.pop(name, None)
                self._settings.remove(KEPT + name)
            else:
                self._chosen[name] = keys
                self._settings.setValue(KEPT + name, keys)
            self._use()
        return problem

    def reset(self) -> None:
        """All as usual."""
        self._chosen = {}
        self._settings.remove(KEPT.rstrip("/"))
        self._use()

    @property
    def is_usual(self) -> bool:
        """Whether nothing was changed."""
        return not self._chosen

    def _use(self) -> None:
        for canvas in self._canvases:
            canvas.use_keys(self._chosen)
        for name, command in self.commands.items():
            if name in self._actions.by_name:
                self._actions.show_keys(name, self.keys(name), command.on_canvas)
        self.changed.emit()
