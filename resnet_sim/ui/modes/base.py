"""What every mode of the window offers, so that the window need not know which one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class Mode(QWidget):
    """One arrangement of panels. The window shows one at a time."""

    keys_changed = Signal()
    """What the keys do is different now."""

    name = ""
    title = ""
    in_force: Mapping[str, str] = MappingProxyType({})
    """The keys of everything that has any, by the name of what they do."""
    shows_run = False
    """Whether it watches a run: why there is none is said in the status line."""

    def show_document(self) -> None:
        """The document, its settings or its problems changed."""

    def show_state(self) -> None:
        """The training started, paused, stopped, or cannot start."""

    def selected(self) -> None:
        """Something else is selected."""

    def measured(self, exact: bool) -> None:
        """The run was measured; exact: it stands still, so draw everything of this one step now."""

    def record_replaced(self) -> None:
        """The record is another one, or was cut."""

    def draw_some(self) -> bool:
        """A part of what is to be drawn, one tick's worth. Whether the newest measurement is all on screen."""
        return True

    def show_numbers(self) -> None:
        """Numbers that change a few times a second."""

    def keys(self, focus: QWidget | None) -> str:
        """What the keys do where the focus is, "" if this mode has nothing to say about it."""
        return ""

    def use_keys(self, in_force: Mapping[str, str]) -> None:
        """Keys are others now, and so is what is said of them."""
        self.in_force = in_force
        self.keys_changed.emit()

    def stops(self) -> list[tuple[QWidget, QWidget]]:
        """(panel, what gets the focus in it) in the order of F6."""
        return []

    def home(self) -> QWidget:
        """What has the focus by default."""
        return self

    def narrow(self, narrow: bool) -> None:
        """The window is narrow, or wide again."""


def next_stop(stops: list[tuple[QWidget, QWidget]], focus: QWidget | None) -> QWidget | None:
    """What gets the focus after the panel that has it: (panel, what gets the focus in it) as `Mode.stops` has them."""
    inside = (home is focus or home.isAncestorOf(focus) if focus is not None else False for home, _stop in stops)
    at = next((i for i, here in enumerate(inside) if here), -1)
    ahead = (stops[(at + offset) % len(stops)][1] for offset in range(1, len(stops) + 1))
    return next((stop for stop in ahead if stop.isVisible() and stop.isEnabled()), None)
