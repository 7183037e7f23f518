"""The keys in force, shown where they stand beside words: on the cards of the palette and the buttons of the run."""

from __future__ import annotations

from PySide6.QtCore import QObject

from resnet_sim.ui.panels.palette import Palette
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.shortcuts import Shortcuts


class ShownKeys(QObject):
    """Follows the shortcuts."""

    def __init__(self, shortcuts: Shortcuts, palette: Palette, transport: Transport, parent: QObject) -> None:
        super().__init__(parent)
        self._shortcuts, self._palette, self._transport = shortcuts, palette, transport
        shortcuts.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        keys = {name: self._shortcuts.keys(name) for name in self._shortcuts.commands}
        for card in self._palette.cards.values():
            if card.entry.name in keys:
                card.show_key(keys[card.entry.name])
        self._transport.show_keys(keys)
