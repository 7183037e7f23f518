"""The status line: what the keys do right now, and how large the network is or what the colours mean."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStatusBar

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import ColorKey, label
from resnet_sim.ui.theme import Look

_ = translator()

HUES = (("act", _("activations")), ("grad", _("gradients")), ("wt", _("weights")), ("skip", _("skip path")))
HEIGHT = 24


class StatusLine(QStatusBar):
    """Left the keys, right counts while one builds and the key of the colours while one watches."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.setAccessibleName(_("What the keys do"))
        self.keys, self.counts, self.hues = label("", "small"), label("", "small"), ColorKey(look, HUES)
        self.keys.setTextFormat(Qt.TextFormat.PlainText)
        self.addWidget(self.keys, 1)
        self.addPermanentWidget(self.counts)
        self.addPermanentWidget(self.hues)

    def show_building(self, building: bool) -> None:
        """Counts, or colours."""
        self.counts.setVisible(building)
        self.hues.setVisible(not building)
