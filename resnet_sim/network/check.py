"""What is wrong with a network, all at once: for people, with places, sentences and fixes. It never raises."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.layers.base import DataShape
from resnet_sim.network.graph import Network
from resnet_sim.network.notes import notes
from resnet_sim.network.problems import Fix, Problem, Report
from resnet_sim.network.shortcut_notes import shortcut_notes
from resnet_sim.network.sizes import Sizes
from resnet_sim.network.structure import look_at
from resnet_sim.network.view import View

__all__ = ["Checker", "Fix", "Problem", "Report", "check", "wired_alike"]


def check(network: Network, data: DataShape | None = None) -> Report:
    """The report on any network, however broken, in time linear in its nodes. Without `data` there are no sizes.

    A network without errors can be trained: `parts` does not raise.
    """
    return _report(network, data, look_at(network, data))


class Checker:
    """Checks one version of a network after the other: wiring that an edit left alone is not looked at again."""

    def __init__(self) -> None:
        self._last: tuple[Network, DataShape | None, View] | None = None

    def check(self, network: Network, data: DataShape | None) -> Report:
        """As `check`."""
        last = self._last
        if last is None or last[1] != data or not wired_alike(last[0], network):
            last = network, data, look_at(network, data)
        self._last = last
        view = last[2]
        return _report(network, data, replace(view, problems=list(view.problems)))


def wired_alike(before: Network, after: Network) -> bool:
    """Whether they differ in nothing but settings of layers, so that what is wrong with the wiring is the same."""
    return (
        before.connections == after.connections
        and before.skips == after.skips
        and before.blocks == after.blocks
        and len(before.nodes) == len(after.nodes)
        and all(
            a is b or (a.id == b.id and type(a.layer) is type(b.layer))
            for a, b in zip(before.nodes, after.nodes, strict=True)
        )
    )


def _report(network: Network, data: DataShape | None, view: View) -> Report:
    numbers: dict[str, int] = {}
    for id in view.order:
        numbers[id] = numbers.get(view.main.get(id, ""), 0) + network.by_id[id].layer.weighted
    sizes = Sizes(network, view, data, numbers) if data is not None else None
    found = [*view.problems, *notes(network, view, numbers)]
    if sizes is None:
        return Report(tuple(found), numbers=numbers)
    found += shortcut_notes(network, view, sizes.shapes, sizes.parameters)
    return Report(tuple(found), sizes.shapes, frozenset(sizes.assumed), numbers, sizes.parameters)
