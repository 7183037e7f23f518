"""From what was measured to what each connection and each skip path shows. Nothing is invented: what no series
holds is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod, sqrt

from resnet_sim.assets import translator
from resnet_sim.errors import EditError
from resnet_sim.layers.base import Category, Shape
from resnet_sim.network.blocks import BlockEnds, block_ends
from resnet_sim.network.graph import Block, Connection, Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.parts import layer_numbers
from resnet_sim.network.wiring import is_input
from resnet_sim.state.record import Record
from resnet_sim.ui.canvas.live import Bars, EdgeLive, LiveNumbers, SkipLive, bars_of

_ = translator()


@dataclass(frozen=True)
class Tap:
    """Where a connection's numbers come from: names of series.

    forward is divided by `per` (√n makes a norm the root mean square of n values). kept: the series whose share of the
    squared norm g takes away before `back` arrives here.
    """

    forward: str = ""
    per: float = 1.0
    forward_words: str = ""
    back: str = ""
    kept: str = ""
    back_words: str = ""
    carries_x: bool = False
    """x is data: no series holds it, and no gradient comes back to it."""

    def read(self, record: Record) -> EdgeLive:
        """The newest numbers."""
        forward, back = record.last(self.forward), record.last(self.back)
        if self.kept and back is not None:
            masked = record.last(self.kept)
            back = None if masked is None else back * sqrt(max(0.0, 1.0 - masked))
        return EdgeLive(None if forward is None else forward / self.per, back, self.forward_words, self.back_words)


@dataclass(frozen=True)
class Taps:
    """All series that a network's connections and skip paths show; skips: skip id -> block id.

    layers: weighted layer -> what leaves it, as a^{[l]}, and the whole da^{[l]} that comes back to it.
    """

    edges: Mapping[Connection, Tap]
    skips: Mapping[str, str]
    layers: Mapping[str, Tap] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network, shapes: Mapping[str, Shape]) -> Taps:
        """Those of a network; shapes: node id -> the size of its output, as far as known."""
        return _Plumber(network, shapes).taps()

    def read(self, record: Record, x: float | None = None) -> LiveNumbers | None:
        """The newest numbers of everything, None when nothing was measured. x: what leaves the input."""
        edges = {each: tap.read(record) for each, tap in self.edges.items()}
        measured = {each: live for each, live in edges.items() if live.forward is not None or live.back is not None}
        skips = {}
        for id, block in self.skips.items():
            part, main = record.last(f"skip_gradient_norm/{block}"), record.last(f"main_gradient_norm/{block}")
            if part is not None:
                skips[id] = SkipLive(part, main, record.last(f"cosine/{block}"))
        if not measured and not skips:
            return None
        if x is not None:
            words = _("root mean square of x over the training set")
            measured.update({each: EdgeLive(x, None, words) for each, tap in self.edges.items() if tap.carries_x})
        return LiveNumbers(measured, skips)

    def bars(self, record: Record) -> dict[str, Bars]:
        """The two bars of every weighted layer; {} when nothing was measured."""
        layers = {id: tap.read(record) for id, tap in self.layers.items()}
        return bars_of({id: each for id, each in layers.items() if (each.forward, each.back) != (None, None)})


def live_network(
    network: Network, shapes: Mapping[str, Shape], record: Record, x: float | None = None
) -> LiveNumbers | None:
    """What a network's connections and skip paths show of a record; None when nothing was measured."""
    return Taps.of(network, shapes).read(record, x)


class _Plumber:
    def __init__(self, network: Network, shapes: Mapping[str, Shape]) -> None:
        self._network, self._shapes = network, shapes
        self._places = activation_places(network)
        self._gives = {place: id for id, place in self._places.items()}
        self._numbers = layer_numbers(network)
        self._ends: dict[str, tuple[Block, BlockEnds]] = {}
        for block in network.blocks:
            try:
                self._ends[block.id] = block, block_ends(network, block)
            except EditError:
                continue

    def taps(self) -> Taps:
        skips = {
            ends.skip.id: block.id for block, ends in self._ends.values() if ends.skip is not None and ends.skip.enabled
        }
        edges = {each: self._tap(each) for each in self._network.connections}
        layers = {layer: self._of_layer(layer, place) for layer, place in self._places.items()}
        return Taps({each: tap for each, tap in edges.items() if tap != Tap()}, skips, layers)

    def _tap(self, edge: Connection) -> Tap:
        origin = self._origin(edge.source)
        node = self._network.by_id.get(origin)
        if node is None:
            return Tap()
        if is_input(node):
            return Tap(carries_x=True)
        layer = self._gives.get(origin)
        if layer is None:
            return self._to_sum(edge)
        back, back_words = self._back(edge, layer)
        return replace(self._of_layer(layer, origin), back=back, back_words=back_words)

    def _of_layer(self, layer: str, place: str) -> Tap:
        number = self._numbers.get(layer, 0)
        shape = self._shapes.get(place)
        if shape:
            forward, per = f"activation_norm/{layer}", sqrt(prod(shape))
            words = _("root mean square of the values of a[{l}] over the mini-batch").format(l=number)
        else:
            forward, per = f"activation_std/{layer}", 1.0
            words = _("standard deviation of the values of a[{l}] in the mini-batch").format(l=number)
        said = _("‖da[{l}]‖ per example").format(l=number)
        return Tap(forward, per, words, f"activation_gradient_norm/{layer}", "", said)

    def _origin(self, id: str) -> str:
        """The node whose values these are: flatten only writes them in another order."""
        by_id, before = self._network.by_id, self._network.main_input
        for _step in by_id:
            if id in self._gives or id not in by_id or by_id[id].layer.category is not Category.SHAPING:
                break
            id = before.get(id, "")
        return id

    def _back(self, edge: Connection, layer: str) -> tuple[str, str]:
        number = self._numbers.get(layer, 0)
        for block, ends in self._ends.values():
            if block.nodes[0] == edge.target and ends.skip is not None:
                words = _("‖the part of da[{l}] that comes back on this path‖, per example").format(l=number)
                return f"main_gradient_norm/{block.id}", words
        return f"activation_gradient_norm/{layer}", _("‖da[{l}]‖ per example").format(l=number)

    def _to_sum(self, edge: Connection) -> Tap:
        """To the (+) of a block runs z^{[l]}, which is not measured; dz^{[l]} is da^{[l]} less what g hides."""
        for block, ends in self._ends.values():
            if ends.add == edge.target and ends.skip is not None and ends.skip.target == ends.add:
                place = self._places.get(ends.last)
                if place == (ends.gate or ends.add):
                    number = self._numbers.get(ends.last, 0)
                    words = _("‖dz[{l}]‖ per example").format(l=number)
                    norm = f"activation_gradient_norm/{ends.last}"
                    return Tap(back=norm, kept=f"masked_share/{block.id}", back_words=words)
        return Tap()
