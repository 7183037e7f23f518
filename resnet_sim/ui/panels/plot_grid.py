"""The plots side by side, two in a row (a last one alone takes the whole row), each drawn in its turn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.registry import plot_kinds
from resnet_sim.ui.theme import Look

_ = translator()


class PlotGrid(QWidget):
    """All plots there are. `draw_next` draws one of them, so that no frame pays for all."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("lines")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Plots"))
        self.plots: tuple[Plot, ...] = tuple(kind(look) for kind in plot_kinds())
        self._turn = 0
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)
        for i, plot in enumerate(self.plots):
            alone = i % 2 == 0 and i == len(self.plots) - 1
            grid.addWidget(plot, i // 2, i % 2, 1, 2 if alone else 1)
            grid.setRowStretch(i // 2, 1)
            grid.setColumnStretch(i % 2, 1)
        self.setMinimumWidth(420)

    def draw_next(self, shown: Shown) -> bool:
        """Draw the plot whose turn it is; True when the round is complete."""
        self.plots[self._turn].draw(shown)
        self._turn = (self._turn + 1) % len(self.plots)
        return self._turn == 0

    def draw_all(self, shown: Shown) -> None:
        """Draw every plot now: all of one and the same step."""
        for plot in self.plots:
            plot.draw(shown)
        self._turn = 0

    def forget(self) -> None:
        """The record was replaced or cut."""
        for plot in self.plots:
            plot.forget()
