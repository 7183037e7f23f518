"""The plots, found by walking this package."""

from __future__ import annotations

from functools import cache

from resnet_sim.discovery import classes_in
from resnet_sim.ui import plots
from resnet_sim.ui.plots.base import Plot


@cache
def plot_kinds() -> tuple[type[Plot], ...]:
    """Every plot, in the order of the window."""
    return tuple(
        sorted((each for each in classes_in(plots, Plot) if "name" in vars(each)), key=lambda each: each.order)
    )
