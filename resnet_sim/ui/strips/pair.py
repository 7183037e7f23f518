"""The two strips under the canvas: one above the other, or where there is little height one of them behind a tab."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import rule
from resnet_sim.ui.panels.segments import Segments
from resnet_sim.ui.strips.activation_strip import ActivationStrip
from resnet_sim.ui.strips.gradient_strip import GradientStrip
from resnet_sim.ui.theme import Look

_ = translator()

ACTIVATIONS, GRADIENTS = "activations", "gradients"
INSET = 8


class StripPair(QWidget):
    """Activations over gradients. `low`: only the one whose tab is pressed."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.activations, self.gradients = ActivationStrip(look), GradientStrip(look)
        self._between = rule()
        self._low, self._shown = False, GRADIENTS
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for each in (self.activations, self._between, self.gradients):
            box.addWidget(each)
        words = ((ACTIVATIONS, _("Activations")), (GRADIENTS, _("Gradients")))
        self.tabs = Segments(look, _("Strip"), words)
        self.tabs.setParent(self)
        self.tabs.chosen.connect(self.show_tab)
        self._arrange()

    @property
    def tall(self) -> int:
        """How high it is."""
        return self.gradients.tall if self._low else self.activations.tall + 1 + self.gradients.tall

    def set_low(self, low: bool) -> None:
        """Whether there is room for one of them only."""
        if low is not self._low:
            self._low = low
            self._arrange()

    def show_tab(self, name: str) -> None:
        """The strip that is shown where there is room for one."""
        self._shown = name
        self._arrange()

    def _arrange(self) -> None:
        low = self._low
        self.tabs.setVisible(low)
        self.tabs.show_value(self._shown, {})
        self.activations.setFixedHeight(self.tall if low else self.activations.tall)
        self.activations.setVisible(not low or self._shown == ACTIVATIONS)
        self.gradients.setVisible(not low or self._shown == GRADIENTS)
        self._between.setVisible(not low)
        for strip in (self.activations, self.gradients):
            strip.keep_free(self.tabs.sizeHint().width() + 2 * INSET if low else 0)
        self.setFixedHeight(self.tall)
        self._place_tabs()

    def _place_tabs(self) -> None:
        self.tabs.adjustSize()
        self.tabs.move(self.width() - self.tabs.width() - INSET, 1)
        self.tabs.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_tabs()
