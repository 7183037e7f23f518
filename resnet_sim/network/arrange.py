"""Where the cards stand when nobody has moved them: left to right, branches below, skips in lanes above."""

from __future__ import annotations

from collections.abc import Callable

from resnet_sim.layers.base import Category
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Network, Node
from resnet_sim.network.wiring import is_add

CARD = 88.0
MERGE = 28.0
G = 24.0
GAP = 36.0
LANE = 190.0


def card_width(network: Network, node: Node) -> float:
    """How much room a node needs, in scene units; 0 if the card before it shows it (the g of a layer)."""
    if is_add(node):
        return MERGE
    if node.layer.category is not Category.ACTIVATION:
        return CARD
    before = network.by_id.get(network.main_input.get(node.id, ""))
    shown = before is not None and before.layer.category in (Category.WEIGHTED, Category.NORMALISATION)
    return 0.0 if shown else G


def arrange(
    network: Network, width: Callable[[Network, Node], float] = card_width, gap: float = GAP
) -> tuple[Position, ...]:
    """The left edge and the lane of every node, in the order of `nodes`.

    A node stands right of all it needs. The first way on from a node keeps its lane; branches and loose nodes take the
    next ones. A node without room of its own stands where the one before it stands.
    """
    order = network.order() or tuple(network.by_id)
    ranks = _ranks(network, order)
    widest = [0.0] * (max(ranks.values(), default=-1) + 1)
    for id, rank in ranks.items():
        widest[rank] = max(widest[rank], width(network, network.by_id[id]))
    left: list[float] = []
    x = 0.0
    for room in widest:
        left.append(x if room or not left else left[-1])
        x += room + gap if room else 0.0
    branch = _branches(network, order)
    return tuple(Position(node.id, left[ranks[node.id]], LANE * branch[node.id]) for node in network.nodes)


def _ranks(network: Network, order: tuple[str, ...]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for id in order:
        needs = [network.main_input.get(id, ""), *(skip.source for skip in network.skips_into.get(id, ()))]
        ranks[id] = 1 + max((ranks.get(need, -1) for need in needs), default=-1)
    return ranks


def _branches(network: Network, order: tuple[str, ...]) -> dict[str, int]:
    branch: dict[str, int] = {}
    going_on: set[str] = set()
    lanes = 0
    for id in order:
        before = network.main_input.get(id)
        if before in branch and before not in going_on:
            going_on.add(before)
            branch[id] = branch[before]
        else:
            branch[id] = lanes
            lanes += 1
    return branch


def lanes(network: Network) -> dict[str, int]:
    """skip id -> lane, 0 the lowest: a longer arc is higher, and arcs above the same place never share a lane."""
    order = network.order() or tuple(network.by_id)
    ranks = _ranks(network, order)
    spans = [
        (ranks[skip.target] - ranks[skip.source], ranks[skip.source], skip.id)
        for skip in network.skips
        if skip.source in ranks and skip.target in ranks
    ]
    free = [0] * (max(ranks.values(), default=0) + 1)  # the lowest free lane above each gap between ranks
    found: dict[str, int] = {skip.id: 0 for skip in network.skips}
    for span, start, id in sorted(spans):
        above = free[start : start + span]
        found[id] = max(above, default=0)
        free[start : start + span] = [found[id] + 1] * len(above)
    return found
