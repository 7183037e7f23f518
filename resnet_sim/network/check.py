"""What is wrong with a network, all at once: for people, with places, sentences and fixes. It never raises."""

from __future__ import annotations

from resnet_sim.layers.base import DataShape
from resnet_sim.network.graph import Network
from resnet_sim.network.notes import notes
from resnet_sim.network.problems import Fix, Problem, Report
from resnet_sim.network.shortcut_notes import shortcut_notes
from resnet_sim.network.sizes import Sizes
from resnet_sim.network.structure import look_at

__all__ = ["Fix", "Problem", "Report", "check"]


def check(network: Network, data: DataShape | None = None) -> Report:
    """The report on any network, however broken, in time linear in its nodes. Without `data` there are no sizes.

    A network without errors can be trained: `parts` does not raise.
    """
    view = look_at(network, data)
    numbers: dict[str, int] = {}
    for id in view.order:
        numbers[id] = numbers.get(view.main.get(id, ""), 0) + network.by_id[id].layer.weighted
    sizes = Sizes(network, view, data, numbers) if data is not None else None
    found = [*view.problems, *notes(network, view, numbers)]
    if sizes is None:
        return Report(tuple(found), numbers=numbers)
    found += shortcut_notes(network, view, sizes.shapes, sizes.parameters)
    return Report(tuple(found), sizes.shapes, frozenset(sizes.assumed), numbers, sizes.parameters)
