"""The plots side by side: those over time in the window's row, those per layer when they are asked for."""

from __future__ import annotations

from resnet_sim.ui.panels.plot_grid import PlotGrid
from resnet_sim.ui.plots.by_layer import LayerPlot
from resnet_sim.ui.plots.registry import plot_kinds
from resnet_sim.ui.theme import Look


def plots_over_time(look: Look) -> PlotGrid:
    """Cost, weight norms, distances: one column each."""
    kinds = tuple(kind for kind in plot_kinds() if not issubclass(kind, LayerPlot))
    return PlotGrid(look, kinds, columns=len(kinds))


def plots_per_layer(look: Look) -> PlotGrid:
    """One mark per layer, values of one snapshot."""
    kinds = tuple(kind for kind in plot_kinds() if issubclass(kind, LayerPlot))
    return PlotGrid(look, kinds, columns=len(kinds))
