"""What gestures and keys do to a network, in terms of cards: a card and the g it shows go together. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import get_args

from resnet_sim.errors import EditError, ResNetSimError, sentence
from resnet_sim.layers.base import Category, DataShape, Layer, Shape
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.network import blocks, edits, skips
from resnet_sim.network.blocks import BlockSpec, default_spec
from resnet_sim.network.check import check
from resnet_sim.network.graph import BLOCK_KINDS, Block, BlockKind, Connection, Network, Node
from resnet_sim.network.wiring import (
    block_behind,
    block_on,
    is_add,
    is_input,
    is_output,
    new_id,
    put_behind,
    put_on,
    take_out,
)
from resnet_sim.ui.canvas.content import shown_with

# --- where ---------------------------------------------------------------------------------------------------------


def shown_g(network: Network, id: str) -> str:
    """The g that the card of `id` shows or that is glued behind it; "" without one."""
    absorbed, glued = shown_with(network)
    return next((g for shown in (absorbed, glued) for g, host in shown.items() if host == id), "")


def end_of(network: Network, id: str) -> str:
    """The node behind which something stands that is put behind a card, a skip connection or a block."""
    if id in network.skip_by_id:
        id = network.skip_by_id[id].target
    elif id not in network.by_id:
        members = [each for each in network.block(id).nodes if each in network.by_id]
        id = members[-1] if members else ""
    return shown_g(network, id) or id


def before_output(network: Network) -> str:
    """The node that leads to the output, or the last one."""
    output = next((node.id for node in network.nodes if is_output(node)), None)
    before = network.main_input.get(output) if output is not None else None
    if before is not None:
        return before
    return edits.last_node(network) if network.nodes else ""


# --- layers -------------------------------------------------------------------------------------------------------


def layer_added(network: Network, layer: Layer, after: str = "") -> Network:
    """A layer behind the selected id; behind nothing or the output: at the end, before the output."""
    if not after or is_output(network.by_id.get(after)):
        return edits.append(network, layer)
    return edits.insert_after(network, end_of(network, after), layer)


def block_added(
    network: Network, kind: str, shapes: dict[str, Shape], after: str = "", on: Connection | None = None
) -> Network:
    """A block of that kind behind the selected id (behind the whole block it is in), or on a connection.

    Where a skip connection starts, it goes behind that layer: both ends of what follows shift.
    """
    if on is not None and on.source in network.skips_from:
        after, on = on.source, None
    if on is None:
        after = before_output(network) if not after or is_output(network.by_id.get(after)) else end_of(network, after)
        within = network.block_of.get(after)
        if within is not None:
            after = end_of(network, within.id)
        if not after:
            raise EditError(sentence("A block needs a layer before it: add an input first."))
    spec = block_spec(network, kind, shapes.get(on.source if on is not None else after, ()))
    return blocks.insert_block(network, spec, after=None if on is not None else after, on=on)


def block_spec(network: Network, kind: str, shape: Shape) -> BlockSpec:
    """What the palette's block is made of where the values have size `shape`."""
    if kind not in BLOCK_KINDS:
        raise EditError(sentence("There is no kind of block “{kind}”.", kind=kind))
    norm = any(isinstance(node.layer, BatchNorm) for node in network.nodes)
    chosen: BlockKind = next(each for each in get_args(BlockKind) if each == kind)
    spec = replace(default_spec(shape, norm), kind=chosen)
    return replace(spec, second_scale=1.0) if kind == "plain" else spec


def layer_on(network: Network, layer: Layer, on: Connection) -> Network:
    """A layer on one connection."""
    return edits.insert_on(network, on, layer)


def removed(network: Network, ids: Collection[str]) -> Network:
    """Without these layers (and the g their cards show), skip connections and blocks.

    Of several, those that cannot go stay. Raises EditError if none can.
    """
    refused: EditError | None = None
    gone = False
    whole = [id for id in ids if any(block.id == id for block in network.blocks)]
    for id in (*whole, *(each for each in ids if each not in whole)):
        try:
            network = _without(network, id)
            gone = True
        except EditError as error:
            refused = error
    if refused is not None and not gone:
        raise refused
    return network


def _without(network: Network, id: str) -> Network:
    if id in network.skip_by_id:
        return skips.remove_skip(network, id)
    if any(block.id == id for block in network.blocks):
        return blocks.remove_block(network, id)
    if id not in network.by_id:
        return network  # it went with another
    if is_add(network.by_id[id]):
        for skip in network.skips_into.get(id, ()):
            network = skips.remove_skip(network, skip.id)
        return network
    g = shown_g(network, id)
    without = edits.remove(network, id)
    return edits.remove(without, g) if g in without.by_id else without


def card_moved(network: Network, id: str, on: Connection) -> Network:
    """A card on another connection, with the g it shows."""
    g = shown_g(network, id)
    if on.source == g or id in (on.source, on.target):
        return network
    moved = edits.move_layer(network, id, on)
    return edits.move_layer(moved, g, Connection(id, on.target)) if g and g in moved.by_id else moved


def frozen(network: Network, id: str) -> bool:
    """Whether a layer keeps its parameters."""
    block = network.block_of.get(id)
    return network.node(id).frozen or (block is not None and block.frozen)


# --- copies -------------------------------------------------------------------------------------------------------


def part_of(network: Network, ids: Iterable[str]) -> Network:
    """What copying takes: the selected layers with their g, whole blocks, and what connects them; no ends."""
    chosen: set[str] = set()
    for id in ids:
        if id in network.by_id:
            chosen |= {id, shown_g(network, id)}
        elif id not in network.skip_by_id:
            chosen |= set(network.block(id).nodes)
    nodes = tuple(node for node in network.nodes if node.id in chosen and not is_input(node) and not is_output(node))
    kept = {node.id for node in nodes}
    return Network(
        nodes,
        tuple(each for each in network.connections if each.source in kept and each.target in kept),
        tuple(each for each in network.skips if each.source in kept and each.target in kept),
        tuple(block for block in network.blocks if kept.issuperset(block.nodes)),
    )


def pasted(network: Network, part: Network, after: str = "", on: Connection | None = None) -> Network:
    """A part behind a node, or on a connection, with fresh ids.

    A (+) whose skip connection was not copied gets one from where the part begins. One that is left with a skip
    connection around nothing, because the layers between were not copied, is not made.
    """
    after = on.source if on is not None else after or before_output(network)
    if is_output(network.by_id.get(after)):
        after = before_output(network)
    order = [id for id in part.order() or () if not _ends(part.by_id[id])]
    if not order:
        raise EditError(sentence("There is nothing to paste."))
    if after not in network.by_id:
        raise EditError(sentence("A copy needs a layer before it: add an input first."))
    grown = network
    renamed: dict[str, str] = {}
    for id in order:  # a node at a time only to find free ids
        node = Node(new_id(grown, part.by_id[id].layer), part.by_id[id].layer, part.by_id[id].frozen)
        renamed[id] = node.id
        grown = replace(grown, nodes=(*grown.nodes, node))
    chain = tuple(grown.by_id[renamed[id]] for id in order)
    if on is not None:
        edits.check_connection(network, on)
        grown = put_on(network, on, chain, block=None if part.blocks else block_on(network, on))
    else:
        grown = put_behind(network, after, chain, block=None if part.blocks else block_behind(network, after))
    grown = _with_blocks(grown, part, renamed)
    return _with_skips(grown, part, renamed, after)


def _ends(node: Node) -> bool:
    return is_input(node) or is_output(node)


def _with_blocks(network: Network, part: Network, renamed: dict[str, str]) -> Network:
    for block in part.blocks:
        members = tuple(renamed[id] for id in block.nodes if id in renamed)
        made = Block(network.fresh_id("block"), block.kind, members, block.l2, block.frozen)
        network = replace(network, blocks=(*network.blocks, made))
    return network


def _with_skips(network: Network, part: Network, renamed: dict[str, str], before: str) -> Network:
    around_nothing: set[str] = set()
    for skip in part.skips:
        if skip.source in renamed and skip.target in renamed:
            made = replace(skip, id=network.fresh_id("skip"), source=renamed[skip.source], target=renamed[skip.target])
            if network.main_input.get(made.target) == made.source:
                around_nothing.add(made.target)
            else:
                network = replace(network, skips=(*network.skips, made))
    for id in renamed.values():
        if is_add(network.by_id.get(id)) and id not in network.skips_into:
            straight = id in around_nothing or network.main_input.get(id) == before
            network = take_out(network, id) if straight else skips.add_skip(network, before, id)
    return network


def fitted(network: Network, before: Network, data: DataShape | None) -> Network:
    """With W_s on each new skip connection whose sizes differ."""
    errors = {problem.place for problem in check(network, data).errors}
    for skip in network.skips:
        if skip.id in errors and skip.id not in before.skip_by_id:
            try:
                changed = skips.set_shortcut(network, skip.id, "learned")
            except ResNetSimError:
                continue
            if skip.id not in {problem.place for problem in check(changed, data).errors}:
                network = changed
    return network


def duplicated(network: Network, ids: tuple[str, ...], on: Connection | None = None) -> Network:
    """A copy of the selected things right behind the last of them, or on a connection."""
    single = ids[0] if len(ids) == 1 else ""
    if on is None and any(block.id == single for block in network.blocks):
        return blocks.duplicate_block(network, single)
    part = part_of(network, ids)
    if not part.nodes:
        return edits.duplicate(network, single) if single in network.by_id else network
    last = [id for id in network.order() or () if id in part.by_id][-1]
    return pasted(network, part, end_of(network, last), on)


def is_movable(network: Network, id: str) -> bool:
    """Whether a card can be put on another connection."""
    node = network.by_id.get(id)
    return node is not None and node.layer.category not in (Category.INPUT, Category.OUTPUT, Category.MERGE)
