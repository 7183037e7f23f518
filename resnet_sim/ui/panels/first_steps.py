"""What an empty canvas offers: three ways to begin, in words and with their keys."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.layers.base import Category
from resnet_sim.network.graph import Network
from resnet_sim.ui.panels.controls import Button, label
from resnet_sim.ui.theme import Look

_ = translator()


class FirstSteps(QFrame):
    """Shown over the canvas while there is nothing between input and output."""

    layer_wanted = Signal()
    block_wanted = Signal()
    template_wanted = Signal(QPoint)
    """Where, on the screen, the templates may be listed."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._room, self._images = parent, False
        self._keys: Mapping[str, str] = {}
        self.setObjectName("plain")
        self.setAccessibleName(_("First steps"))
        words = label(_("Nothing is between input and output yet. Begin with:"), "small")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.layer = Button(look, _("Add a layer"), primary=True)
        self.block = Button(look, _("Residual block"))
        self.template = Button(look, _("From a template"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.layer, self.block, self.template):
            buttons.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(8)
        box.addWidget(words)
        box.addLayout(buttons)
        self.layer.clicked.connect(lambda _on=False: self.layer_wanted.emit())
        self.block.clicked.connect(lambda _on=False: self.block_wanted.emit())
        self.template.clicked.connect(self._templates)
        self.hide()

    def _templates(self) -> None:
        self.template_wanted.emit(self.template.mapToGlobal(QPoint(0, self.template.height() + 4)))

    def show_network(self, network: Network, images: bool) -> None:
        """Appear while `network` is empty. images: whether the first layer offered reads an image."""
        ends = (Category.INPUT, Category.OUTPUT)
        self.layer.show_as(_("Add a conv layer") if images else _("Add an FC layer"), "")
        self._images = images
        self._show_keys()
        self.setVisible(all(node.layer.category in ends for node in network.nodes))
        self.place()

    def use_keys(self, keys: Mapping[str, str]) -> None:
        """The keys in force, by the name of what they do."""
        self._keys = keys
        self._show_keys()
        self.place()

    def _show_keys(self) -> None:
        self.layer.show_key(self._keys.get("conv2d" if self._images else "dense", ""))
        self.block.show_key(self._keys.get("block:residual", ""))

    def place(self) -> None:
        """In the middle, above the cards and what is said under them."""
        self.adjustSize()
        room = self._room
        self.move((room.width() - self.width()) // 2, round(room.height() * 0.24) - self.height() // 2)
