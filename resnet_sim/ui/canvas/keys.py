"""What the keys do while the canvas has the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from resnet_sim.assets import translator
from resnet_sim.errors import FileError, sentence
from resnet_sim.files.schema import decode_part, encode_part
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import SHORTCUTS
from resnet_sim.ui.canvas import deeds, drops
from resnet_sim.ui.canvas.desk import Desk, new_ids
from resnet_sim.ui.canvas.drafting import SkipDraft
from resnet_sim.ui.canvas.pill_choices import SHORTCUT, TOGGLE, shortcut_offer
from resnet_sim.ui.canvas.walking import above, below, beside, pill_beside, stops

_ = translator()

Key = Qt.Key
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
PAN_STEP = 60


def usual_keys() -> dict[str, str]:
    """The keys of what the canvas does, by name, where nobody has chosen others."""
    found = {
        "delete": "Del",
        "duplicate": "Ctrl+D",
        "copy": "Ctrl+C",
        "paste": "Ctrl+V",
        "undo": "Ctrl+Z",
        "redo": "Ctrl+Shift+Z",
        "tidy": "Ctrl+L",
        "fit": "Ctrl+0",
        "skip": "S",
        TOGGLE: "M",
        "next_problem": "F8",
        "last_problem": "Shift+F8",
        drops.BLOCK + "residual": "B",
    }
    found |= {SHORTCUT + each: str(number) for number, each in enumerate(SHORTCUTS, 1)}
    found |= {name: kind.shortcut_key for name, kind in layer_kinds().items() if kind.in_palette}
    return found


class Keys(QObject):
    """One table from key to deed. A skip connection that was begun with S takes the arrows, Enter and Esc first."""

    edit_requested = Signal(str)

    def __init__(self, desk: Desk, problem: Callable[[int], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: SkipDraft | None = None
        self._came_from = ""
        self._fixed: dict[tuple[int, Qt.KeyboardModifier], Callable[[], None]] = {
            (Key.Key_Left, NONE): lambda: self._walk(-1, False),
            (Key.Key_Right, NONE): lambda: self._walk(1, False),
            (Key.Key_Left, SHIFT): lambda: self._walk(-1, True),
            (Key.Key_Right, SHIFT): lambda: self._walk(1, True),
            (Key.Key_Home, NONE): lambda: self._end(0),
            (Key.Key_End, NONE): lambda: self._end(-1),
            (Key.Key_Up, NONE): self._up,
            (Key.Key_Down, NONE): self._down,
            (Key.Key_Backspace, NONE): self._deed(desk.delete),
            (Key.Key_A, CTRL): self._all,
            (Key.Key_Plus, CTRL): lambda: desk.view.set_zoom(desk.view.zoom * 1.25),
            (Key.Key_Plus, CTRL | SHIFT): lambda: desk.view.set_zoom(desk.view.zoom * 1.25),
            (Key.Key_Equal, CTRL): lambda: desk.view.set_zoom(desk.view.zoom * 1.25),
            (Key.Key_Minus, CTRL): lambda: desk.view.set_zoom(desk.view.zoom / 1.25),
            (Key.Key_Left, CTRL): lambda: desk.view.pan(PAN_STEP, 0),
            (Key.Key_Right, CTRL): lambda: desk.view.pan(-PAN_STEP, 0),
            (Key.Key_Up, CTRL): lambda: desk.view.pan(0, PAN_STEP),
            (Key.Key_Down, CTRL): lambda: desk.view.pan(0, -PAN_STEP),
            (Key.Key_Return, NONE): self._open,
            (Key.Key_Enter, NONE): self._open,
        }
        self._named: dict[str, Callable[[], None]] = {
            "delete": self._deed(desk.delete),
            "duplicate": self._deed(desk.duplicate),
            "copy": self.copy,
            "paste": self.paste,
            "undo": desk.editor.undo,
            "redo": desk.editor.redo,
            "tidy": self._deed(desk.tidy),
            "fit": desk.view.fit,
            "skip": self.begin_skip,
            TOGGLE: self.toggle,
            "next_problem": lambda: problem(1),
            "last_problem": lambda: problem(-1),
        }
        self._named |= {SHORTCUT + each: partial(self.set_shortcut, each) for each in SHORTCUTS}
        self._named |= {name: self._adding(name) for name in (drops.BLOCK + "residual", *layer_kinds())}
        self._table: dict[tuple[int, Qt.KeyboardModifier], Callable[[], None]] = {}
        self.use({})

    def use(self, changed: Mapping[str, str]) -> None:
        """Other keys for some of what has a name ("Ctrl+D"; "" for none); the rest keeps its own."""
        shown = self._desk.in_force = usual_keys()
        shown.update({name: keys for name, keys in changed.items() if name in self._named})
        self._table = dict(self._fixed)
        for name, keys in shown.items():
            if keys:
                pressed = QKeySequence(keys)[0]  # type: ignore[index] # Qt has it, its stubs do not
                self._table[(pressed.key(), pressed.keyboardModifiers())] = self._named[name]

    # --- events ----------------------------------------------------------------------------------------------------

    @property
    def draft(self) -> SkipDraft | None:
        """The skip connection that was begun with S."""
        return self._draft

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key without Ctrl is the canvas's own, before any shortcut of the window."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return plain in (NONE, SHIFT) and self._known(event) is not None

    def _known(self, event: QKeyEvent) -> Callable[[], None] | None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() == Key.Key_Escape and modifiers == NONE:
            return self.escape
        return self._table.get((event.key(), modifiers))

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key stands for. Whether it stands for anything."""
        deed = self._known(event)
        if deed is None:
            return False
        if self._draft is not None and self._in_draft(event):
            return True
        if event.isAutoRepeat() and event.key() not in _REPEATING:
            return True
        deed()
        return True

    def tab(self, event: QKeyEvent) -> bool:
        """Tab and Shift+Tab: on to the next pill of a skip connection. Whether there was one to go to."""
        back = event.key() == Key.Key_Backtab or bool(event.modifiers() & SHIFT)
        self.cancel()
        desk = self._desk
        found = pill_beside(desk.scene.plan, desk.key_of(desk.current), -1 if back else 1)
        if found:
            desk.offer(None)
            key = desk.key_of(desk.current)
            self._came_from = key if above(desk.scene.plan, key) == found else ""
            desk.go(found)
        return bool(found)

    def escape(self) -> None:
        """Give up what was begun, else select nothing."""
        if self._draft is not None:
            self.cancel()
        else:
            self._desk.offer(None)
            self._desk.select()

    def cancel(self) -> None:
        """Give up a skip connection that was begun."""
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.cancel()
            self._desk.says.emit("")

    # --- drawing a skip connection ---------------------------------------------------------------------------------

    def begin_skip(self) -> None:
        """S: a skip connection from the selected layer."""
        desk = self._desk
        card = desk.key_of(desk.current)
        if card not in desk.network.by_id:
            said = _("Select the layer that the skip connection starts from, then press {key}.")
            desk.says.emit(said.format(key=desk.in_force["skip"] or _("Skip in the palette")))
            return
        draft = SkipDraft(desk, card)
        if not draft.candidates:
            draft.cancel()
            desk.says.emit(_("No later layer can take a skip connection from here."))
            return
        self._draft = draft
        draft.aim(draft.candidates[0])
        desk.says.emit(_("←→ choose where it lands   Enter makes it   Esc cancels"))

    def _in_draft(self, event: QKeyEvent) -> bool:
        draft = self._draft
        if draft is None:
            return False
        if event.key() in (Key.Key_Left, Key.Key_Right):
            at = draft.candidates.index(draft.target) if draft.target in draft.candidates else -1
            at += 1 if event.key() == Key.Key_Right else -1
            draft.aim(draft.candidates[min(len(draft.candidates) - 1, max(0, at))])
            return True
        if event.key() in (Key.Key_Return, Key.Key_Enter):
            self._draft = None
            draft.land()
            return True
        self.cancel()
        return event.key() == Key.Key_Escape

    # --- walking ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """Enter: on a skip connection the choices of its pill, else the inspector."""
        desk = self._desk
        if desk.current in desk.network.skip_by_id:
            desk.offer(shortcut_offer(desk, desk.current, by_keys=True))
        else:
            self.edit_requested.emit("")

    def _walk(self, step: int, extend: bool) -> None:
        desk = self._desk
        desk.go(beside(desk.network, desk.scene.plan, desk.current, step), extend)

    def _end(self, at: int) -> None:
        found = stops(self._desk.network, self._desk.scene.plan)
        if found:
            self._desk.go(found[at])

    def _up(self) -> None:
        desk = self._desk
        key = desk.key_of(desk.current)
        if desk.current not in desk.network.skip_by_id:
            found = above(desk.scene.plan, key)
            if found:
                self._came_from = key
                desk.go(found)

    def _down(self) -> None:
        desk = self._desk
        if desk.current in desk.network.skip_by_id:
            desk.go(below(desk.network, desk.scene.plan, desk.current, self._came_from))

    def _all(self) -> None:
        self._desk.select(*stops(self._desk.network, self._desk.scene.plan))

    # --- edits -----------------------------------------------------------------------------------------------------

    def _deed(self, act: Callable[[], bool]) -> Callable[[], None]:
        def done() -> None:
            act()

        return done

    def _adding(self, name: str) -> Callable[[], None]:
        return lambda: self._add(name)

    def _add(self, name: str) -> None:
        drops.add(self._desk, name, self._desk.current)

    def toggle(self) -> None:
        """Switch the selected skip connection off or on."""
        if self._on_skip():
            self._desk.toggle(self._desk.current)

    def set_shortcut(self, shortcut: str) -> None:
        """Make the selected skip connection one of this kind."""
        if self._on_skip():
            self._desk.offer(None)
            self._desk.set_shortcut(self._desk.current, shortcut)

    def _on_skip(self) -> bool:
        """Whether a skip connection is selected; it is said where not."""
        desk = self._desk
        found = desk.current in desk.network.skip_by_id
        if not found:
            some = _("Select a skip connection first: Tab leads from one to the next.")
            desk.says.emit(some if desk.network.skips else _("There is no skip connection yet."))
        return found

    def copy(self) -> None:
        """What is selected, as text on the system's clipboard."""
        desk = self._desk
        part = deeds.part_of(desk.network, desk.editor.selection)
        if part.nodes:
            QGuiApplication.clipboard().setText(encode_part(part).decode())
            key = desk.in_force["paste"]
            desk.says.emit(_("Copied. {key} pastes behind what is selected.").format(key=key) if key else _("Copied."))

    def paste(self) -> None:
        """The layers on the clipboard, behind what is selected."""
        desk = self._desk
        text = QGuiApplication.clipboard().text()
        if not text:
            return
        try:
            part = decode_part(text.encode(), _("clipboard"))
        except FileError as error:
            desk.editor.refused.emit(error.sentence)
            desk.says.emit(_("The clipboard holds no layers."))
            return
        network = desk.network
        after = deeds.end_of(network, desk.current) if desk.current else ""
        desk.edit(
            sentence("Paste"),
            lambda now: deeds.fitted(deeds.pasted(now, part, after), now, desk.editor.data),
            select=new_ids,
        )


_REPEATING = frozenset({Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Plus, Key.Key_Minus, Key.Key_Z})
