"""Where the cards stand when nobody has moved them: left to right, branches below, skips in lanes above."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from resnet_sim.layers.base import Category
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Connection, Network, Node, order_of
from resnet_sim.network.wiring import is_add

CARD = 88.0
MERGE = 28.0
G = 24.0
GAP = 36.0
LANE = 190.0
Arc = tuple[str, str, str]
"""The id of a skip, its source and its target."""


def card_width(network: Network, node: Node) -> float:
    """How much room a node needs, in scene units; 0 if the card before it shows it (the g of a layer)."""
    if is_add(node):
        return MERGE
    if node.layer.category is not Category.ACTIVATION:
        return CARD
    before = network.by_id.get(network.main_input.get(node.id, ""))
    shown = before is not None and before.layer.category in (Category.WEIGHTED, Category.NORMALISATION)
    return 0.0 if shown else G


@dataclass(frozen=True)
class Topology:
    """What decides on the order of cards, whatever layers they are.

    order: node ids, each after all it needs if `sound`. ranks: node id -> its column. branch: node id -> its row.
    lanes: skip id -> lane, 0 the lowest: a longer arc is higher, and arcs above the same place never share a lane.
    """

    order: tuple[str, ...]
    sound: bool
    ranks: dict[str, int]
    branch: dict[str, int]
    lanes: dict[str, int]


def topology(network: Network) -> Topology:
    """The topology of a network; networks that differ only in their layers share it."""
    skips = tuple((skip.id, skip.source, skip.target) for skip in network.skips)
    return _topology(tuple(network.by_id), network.connections, skips)


@lru_cache(maxsize=4)
def _topology(ids: tuple[str, ...], connections: tuple[Connection, ...], skips: tuple[Arc, ...]) -> Topology:
    before = {each.target: each.source for each in connections}
    found = order_of(ids, [(each.target, each.source) for each in connections] + [(b, a) for _id, a, b in skips])
    order = found or ids
    ranks = _ranks(order, before, skips)
    return Topology(order, found is not None, ranks, _branches(order, before), _lanes(ranks, skips))


def arrange(
    network: Network, width: Callable[[Network, Node], float] = card_width, gap: float = GAP
) -> tuple[Position, ...]:
    """The left edge and the lane of every node, in the order of `nodes`.

    A node stands right of all it needs. The first way on from a node keeps its lane; branches and loose nodes take the
    next ones. A node without room of its own stands where the one before it stands.
    """
    found = topology(network)
    left = columns(found, ((id, width(network, network.by_id[id])) for id in found.order), gap)
    return tuple(Position(node.id, left[node.id], LANE * found.branch[node.id]) for node in network.nodes)


def columns(found: Topology, widths: Iterable[tuple[str, float]], gap: float) -> dict[str, float]:
    """node id -> its left edge, where each node has so much room."""
    widest = [0.0] * (max(found.ranks.values(), default=-1) + 1)
    for id, wide in widths:
        rank = found.ranks[id]
        if wide > widest[rank]:
            widest[rank] = wide
    left: list[float] = []
    x = 0.0
    for room in widest:
        left.append(x if room or not left else left[-1])
        x += room + gap if room else 0.0
    return {id: left[rank] for id, rank in found.ranks.items()}


def _ranks(order: tuple[str, ...], before: Mapping[str, str], skips: tuple[Arc, ...]) -> dict[str, int]:
    landing: dict[str, list[str]] = {}
    for _id, source, target in skips:
        landing.setdefault(target, []).append(source)
    ranks: dict[str, int] = {}
    for id in order:
        rank = ranks.get(before.get(id, ""), -1)
        for source in landing.get(id, ()):
            rank = max(rank, ranks.get(source, -1))
        ranks[id] = rank + 1
    return ranks


def _branches(order: tuple[str, ...], main: Mapping[str, str]) -> dict[str, int]:
    branch: dict[str, int] = {}
    going_on: set[str] = set()
    rows = 0
    for id in order:
        before = main.get(id)
        if before in branch and before not in going_on:
            going_on.add(before)
            branch[id] = branch[before]
        else:
            branch[id] = rows
            rows += 1
    return branch


def lanes(network: Network) -> dict[str, int]:
    """skip id -> lane, as in Topology."""
    return topology(network).lanes


def _lanes(ranks: Mapping[str, int], skips: tuple[Arc, ...]) -> dict[str, int]:
    spans = [
        (ranks[target] - ranks[source], ranks[source], id)
        for id, source, target in skips
        if source in ranks and target in ranks
    ]
    free = [0] * (max(ranks.values(), default=0) + 1)  # the lowest free lane above each gap between ranks
    found: dict[str, int] = {id: 0 for id, _source, _target in skips}
    for span, start, id in sorted(spans):
        above = free[start : start + span]
        found[id] = max(above, default=0)
        free[start : start + span] = [found[id] + 1] * len(above)
    return found
