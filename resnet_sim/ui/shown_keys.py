"""The keys in force, shown where they stand beside words: on cards and buttons, in tool tips, in the status line."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from resnet_sim.ui.key_line import with_keys
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.modes.train import TrainMode
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.shortcuts import Shortcuts


class ShownKeys(QObject):
    """Follows the shortcuts."""

    def __init__(
        self,
        shortcuts: Shortcuts,
        header: Header,
        transport: Transport,
        build: BuildMode,
        train: TrainMode,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._shortcuts, self._transport, self._build, self._train = shortcuts, transport, build, train
        chooser = train.cards.chooser
        named: list[tuple[QWidget, tuple[str, ...]]] = [
            (header.larger, ("text_size",)),
            (header.theme, ("theme",)),
            *((tab, (f"mode_{name}",)) for name, tab in header.modes.tabs.items()),
            (transport.back, ("go_back",)),
            (transport.pace, ("slower", "faster")),
            (chooser.back, ("last_example",)),
            (chooser.on, ("next_example",)),
            (build.palette_.finder, ("find",)),
        ]
        self._tips = [(widget, widget.toolTip(), names) for widget, names in named]
        shortcuts.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        keys = {name: self._shortcuts.keys(name) for name in self._shortcuts.commands}
        palette = self._build.palette_
        for card in (palette.rail_find, *palette.cards.values()):
            if card.entry.name in keys:
                card.show_key(keys[card.entry.name])
        for widget, words, names in self._tips:
            widget.setToolTip(with_keys(words, *(keys[name] for name in names)))
        self._transport.show_keys(keys)
        self._build.first_steps.use_keys(keys)
        self._build.inspector.use_keys(keys)
        for mode in (self._build, self._train):
            mode.use_keys(keys)
