"""How nodes are put in and taken out: connections, skips and blocks stay whole. Edits guard, this room only rewires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from resnet_sim.errors import EditError, sentence
from resnet_sim.layers.base import Category, Layer
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.input import Input
from resnet_sim.network.graph import Block, Connection, Network, Node, Skip

STEMS = {
    "dense": "fc",
    "conv2d": "conv",
    "batch_norm": "bn",
    "max_pool": "pool",
    "average_pool": "pool",
    "softmax": "output",
    "regression": "output",
    "leaky_relu": "relu",
    "none": "g",
}
BEFORE_G = (Category.WEIGHTED, Category.NORMALISATION, Category.MERGE)
ONE_OF_A_KIND = ("input", "output", "flatten")


def stem(layer: Layer) -> str:
    """How ids of such layers begin: fc, conv, relu ..."""
    name = layer.function if isinstance(layer, Activation) else layer.kind
    return STEMS.get(name, name)


def new_id(network: Network, layer: Layer, id: str | None = None) -> str:
    """`id` if it is free, else EditError; without one, the id the layer gets by itself."""
    if id is None:
        name = stem(layer)
        return name if name in ONE_OF_A_KIND and name not in network.ids else network.fresh_id(name)
    if id in network.ids:
        raise EditError(sentence("The id “{id}” is already in use.", id=id))
    return id


def is_input(node: Node | None) -> bool:
    """Whether it is where the examples come in."""
    return node is not None and isinstance(node.layer, Input)


def is_add(node: Node | None) -> bool:
    """Whether it is a (+)."""
    return node is not None and isinstance(node.layer, Add)


def is_output(node: Node | None) -> bool:
    """Whether it computes the loss."""
    return node is not None and node.layer.category is Category.OUTPUT


def reaches(network: Network, start: str, goal: str) -> bool:
    """Whether the output of `start` has an influence on `goal` (a node influences itself)."""
    seen = {start}
    stack = [start]
    while stack:
        id = stack.pop()
        if id == goal:
            return True
        ahead = (*network.outgoing.get(id, ()), *(skip.target for skip in network.skips_from.get(id, ())))
        fresh = [each for each in ahead if each not in seen]
        seen.update(fresh)
        stack += fresh
    return False


def only_next(network: Network, id: str) -> Node | None:
    """The node behind `id` if exactly one is."""
    ahead = network.outgoing.get(id, ())
    return network.by_id.get(ahead[0]) if len(ahead) == 1 else None


def end_of_layer(network: Network, id: str) -> str:
    """Where a^{[l]} of the layer `id` stands: behind its batch norm, (+) and g, as a card on the canvas shows it."""
    at = network.node(id)
    seen: set[str] = set()
    while at.layer.category in BEFORE_G and at.id not in seen and (ahead := only_next(network, at.id)) is not None:
        seen.add(at.id)
        if is_add(at) and network.block_of.get(ahead.id) is not network.block_of.get(at.id):
            break  # what stands behind (+) in a pre-activation block belongs to the next layer
        if ahead.layer.category is Category.ACTIVATION:
            return ahead.id
        if ahead.layer.category not in (Category.NORMALISATION, Category.MERGE):
            break
        at = ahead
    return at.id


def put_behind(network: Network, id: str, chain: tuple[Node, ...], *, block: str | None) -> Network:
    """`chain` behind `id`: it takes over all connections and skips that leave `id`."""
    last = chain[-1].id
    out = [Connection(last, each.target) if each.source == id else each for each in network.connections]
    inner = [Connection(a, b) for a, b in pairwise((id, *(node.id for node in chain)))]
    first = next((i for i, each in enumerate(out) if each.source == last), len(out))
    skips = tuple(replace(each, source=last) if each.source == id else each for each in network.skips)
    grown = replace(network, connections=(*out[:first], *inner, *out[first:]), skips=skips)
    return _with_nodes(grown, id, chain, block)


def put_on(network: Network, connection: Connection, chain: tuple[Node, ...], *, block: str | None) -> Network:
    """`chain` on one connection; everything else that leaves its source stays."""
    ids = (connection.source, *(node.id for node in chain), connection.target)
    inner = [Connection(a, b) for a, b in pairwise(ids)]
    out: list[Connection] = []
    for each in network.connections:
        out += inner if each == connection else [each]
    return _with_nodes(replace(network, connections=tuple(out)), connection.source, chain, block)


def _with_nodes(network: Network, behind: str, chain: tuple[Node, ...], block: str | None) -> Network:
    nodes: list[Node] = []
    for each in network.nodes:
        nodes.append(each)
        if each.id == behind:
            nodes += chain
    ids = tuple(node.id for node in chain)
    blocks = tuple(replace(b, nodes=_inside(b.nodes, behind, ids)) if b.id == block else b for b in network.blocks)
    return replace(network, nodes=tuple(nodes), blocks=blocks)


def _inside(members: tuple[str, ...], behind: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    at = members.index(behind) + 1 if behind in members else 0
    return (*members[:at], *ids, *members[at:])


def block_behind(network: Network, id: str) -> str | None:
    """The block that a layer put behind `id` belongs to: the one of `id`, unless `id` ends it."""
    block = network.block_of.get(id)
    return block.id if block is not None and block.nodes[-1] != id else None


def block_on(network: Network, connection: Connection) -> str | None:
    """The block that a layer put on `connection` belongs to: both ends are in it, or a skip over it starts there."""
    before, behind = network.block_of.get(connection.source), network.block_of.get(connection.target)
    if behind is None:
        return None
    if before is not None and before.id == behind.id:
        return behind.id
    starts = connection.target == behind.nodes[0]
    over = any(skip.target in behind.nodes for skip in network.skips_from.get(connection.source, ()))
    return behind.id if starts and over else None


def take_out(network: Network, id: str) -> Network:
    """The network without `id`, its neighbours joined.

    Skips from it start at its predecessor. Skips that then span nothing, and (+) without skips, go too.
    """
    before = network.main_input.get(id)
    before = None if before == id else before
    ahead = network.outgoing.get(id, ())
    skips = [skip for skip in network.skips if skip.target != id and (skip.source != id or before is not None)]
    if before is not None:
        skips = [replace(skip, source=before) if skip.source == id else skip for skip in skips]
    joined = replace(
        network,
        nodes=tuple(node for node in network.nodes if node.id != id),
        connections=tuple(_joined(network.connections, id, before)),
        skips=tuple(skips),
        blocks=without_members(network, {id}),
    )
    joined = drop_skips(joined, _spanning_nothing(joined, before, ahead))
    left_behind = {skip.target for skip in network.skips_from.get(id, ())} if before is None else set()
    return _drop_idle_adds(joined, left_behind)


def _joined(connections: Iterable[Connection], id: str, before: str | None) -> Iterable[Connection]:
    seen: set[Connection] = set()
    for each in connections:
        if each.target == id:
            continue
        if each.source == id:
            if before is None or before == each.target:
                continue
            each = Connection(before, each.target)
        if each not in seen:
            seen.add(each)
            yield each


def _spanning_nothing(network: Network, before: str | None, ahead: tuple[str, ...]) -> set[str]:
    ends: set[tuple[str, str]] = set()
    gone: set[str] = set()
    for skip in network.skips:
        if skip.source != before and skip.target not in ahead:
            continue
        nothing = skip.source == skip.target or network.main_input.get(skip.target) == skip.source
        if nothing or (skip.source, skip.target) in ends:
            gone.add(skip.id)
        ends.add((skip.source, skip.target))
    return gone


def drop_skips(network: Network, ids: set[str]) -> Network:
    """The network without these skips and without each (+) whose last skip was among them."""
    if not ids:
        return network
    targets = {skip.target for skip in network.skips if skip.id in ids}
    kept = replace(network, skips=tuple(skip for skip in network.skips if skip.id not in ids))
    return _drop_idle_adds(kept, targets)


def _drop_idle_adds(network: Network, candidates: set[str]) -> Network:
    for target in sorted(candidates):
        if is_add(network.by_id.get(target)) and target not in network.skips_into:
            network = take_out(network, target)
    return network


def without_members(network: Network, ids: set[str]) -> tuple[Block, ...]:
    """The blocks without these nodes. One without weighted layers vanishes, one that loses its (+) becomes plain."""
    blocks: list[Block] = []
    for block in network.blocks:
        if ids.isdisjoint(block.nodes):
            blocks.append(block)
            continue
        members = tuple(id for id in block.nodes if id not in ids)
        kept = [network.by_id[id] for id in members if id in network.by_id]
        if any(node.layer.weighted for node in kept):
            kind = block.kind if any(is_add(node) for node in kept) else "plain"
            blocks.append(replace(block, nodes=members, kind=kind))
    return tuple(blocks)


def free_skip_id(network: Network, id: str | None) -> str:
    """`id` if it is free, else EditError; without one, skip1, skip2 ..."""
    if id is None:
        return network.fresh_id("skip")
    if id in network.ids:
        raise EditError(sentence("The id “{id}” is already in use.", id=id))
    return id


def with_skips(network: Network, *skips: Skip) -> Network:
    """The network with these skips added."""
    return replace(network, skips=(*network.skips, *skips))
