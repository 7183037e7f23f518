"""Plots in rows, each drawn in its turn."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.theme import Look

_ = translator()


class PlotGrid(QWidget):
    """Plots of some kinds, so many columns. `draw_next` draws one of them, so that no frame pays for all."""

    said = Signal(object)
    """A Sentence: what went wrong."""

    def __init__(self, look: Look, kinds: tuple[type[Plot], ...], columns: int) -> None:
        super().__init__()
        self.setObjectName("lines")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Plots"))
        self.plots: tuple[Plot, ...] = tuple(kind(look) for kind in kinds)
        self._turn = 0
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)
        for i, plot in enumerate(self.plots):
            grid.addWidget(plot, i // columns, i % columns)
            grid.setRowStretch(i // columns, 1)
            grid.setColumnStretch(i % columns, 1)
            plot.hovered.connect(self._hover)
            plot.said.connect(self.said)
        self.setMinimumWidth(420)

    def draw_next(self, shown: Shown) -> bool:
        """Draw the plot whose turn it is; True when the round is complete."""
        self.plots[self._turn].show_record(shown)
        self._turn = (self._turn + 1) % len(self.plots)
        return self._turn == 0

    def draw_all(self, shown: Shown) -> None:
        """Draw every plot now: all of one and the same step."""
        for plot in self.plots:
            plot.show_record(shown)
        self._turn = 0

    def _hover(self, step: int | None) -> None:
        """The same step in all plots over time."""
        for plot in self.plots:
            if plot.over_time and plot.hover_step != step:
                plot.show_hover(step)

    def forget(self) -> None:
        """The record was replaced or cut."""
        for plot in self.plots:
            plot.forget()
