"""Edits of layers and connections. Each gives a new network or raises EditError before anything changes."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.errors import EditError, SettingError, sentence
from resnet_sim.layers.base import Category, Layer
from resnet_sim.network.graph import Block, Connection, Network, Node
from resnet_sim.network.wiring import (
    block_behind,
    block_on,
    is_add,
    is_input,
    is_output,
    new_id,
    put_behind,
    put_on,
    reaches,
    take_out,
)
from resnet_sim.settings import settings_of


def insert_after(network: Network, node_id: str, layer: Layer, id: str | None = None) -> Network:
    """`layer` behind a node: it takes over all connections and skips that leave it.

    So a layer between two residual blocks shifts both ends: the next skip starts at the new layer.
    """
    if is_output(network.node(node_id)):
        raise EditError(sentence("Nothing can stand behind the output “{id}”.", id=node_id))
    _check_insertable(network, layer, last=not network.outgoing.get(node_id) and not network.skips_from.get(node_id))
    node = Node(new_id(network, layer, id), layer)
    return put_behind(network, node_id, (node,), block=block_behind(network, node_id))


def insert_on(network: Network, connection: Connection, layer: Layer, id: str | None = None) -> Network:
    """`layer` on one connection. Skips from its source stay, so the layer lands inside them."""
    check_connection(network, connection)
    _check_insertable(network, layer, last=False)
    node = Node(new_id(network, layer, id), layer)
    return put_on(network, connection, (node,), block=block_on(network, connection))


def append(network: Network, layer: Layer, id: str | None = None) -> Network:
    """`layer` at the end of the main path, before the output if there is one. An input goes to the front."""
    if layer.category is Category.INPUT:
        return _prepend(network, layer, id)
    if not network.nodes or layer.category is Category.MERGE:
        return add_layer(network, layer, id)
    output = next((node.id for node in network.nodes if is_output(node)), None)
    if output is not None and layer.category is not Category.OUTPUT:
        before = network.main_input.get(output)
        if before is not None:
            return insert_on(network, Connection(before, output), layer, id)
        grown = add_layer(network, layer, id)
        return connect(grown, grown.nodes[-1].id, output)
    if output is not None:
        raise EditError(sentence("The network already has an output."))
    return insert_after(network, last_node(network), layer, id)


def last_node(network: Network) -> str:
    """The end of the main path: from the input on, along the first connection of each node."""
    at = next((node.id for node in network.nodes if is_input(node)), network.nodes[0].id)
    seen = {at}
    while ahead := [id for id in network.outgoing.get(at, ()) if id not in seen and id in network.by_id]:
        at = ahead[0]
        seen.add(at)
    return at


def add_layer(network: Network, layer: Layer, id: str | None = None) -> Network:
    """`layer` in the network, connected to nothing yet."""
    if layer.category is Category.INPUT and any(is_input(node) for node in network.nodes):
        raise EditError(sentence("The network already has an input."))
    if layer.category is not Category.INPUT:
        _check_insertable(network, layer, last=True)
    return replace(network, nodes=(*network.nodes, Node(new_id(network, layer, id), layer)))


def remove(network: Network, node_id: str) -> Network:
    """Without this layer, its neighbours joined.

    A skip from it starts at its predecessor; a skip that would span nothing disappears, and so does a block without
    weighted layers.
    """
    node = network.node(node_id)
    if is_input(node):
        raise EditError(sentence("The input cannot be removed: every network needs one."))
    if is_add(node):
        raise EditError(sentence("(+) goes when its last skip connection goes: remove the skip connection instead."))
    return take_out(network, node_id)


def move_layer(network: Network, node_id: str, on: Connection) -> Network:
    """The same layer, its id and parameters with it, on another connection. Its skips stay with its old neighbours."""
    node = network.node(node_id)
    check_connection(network, on)
    if is_input(node) or is_output(node) or is_add(node):
        raise EditError(sentence("“{id}” cannot be moved.", id=node_id))
    if node_id in (on.source, on.target):
        return network
    without = take_out(network, node_id)
    if on not in without.connections:
        raise EditError(sentence("“{id}” cannot be moved there: the skip connection over it would go.", id=node_id))
    return put_on(without, on, (node,), block=block_on(without, on))


def replace_layer(network: Network, node_id: str, layer: Layer) -> Network:
    """Another layer under the same id."""
    node = network.node(node_id)
    fixed = (Category.INPUT, Category.MERGE, Category.OUTPUT)
    if layer.category is not node.layer.category and (layer.category in fixed or node.layer.category in fixed):
        raise EditError(
            sentence("{new} cannot take the place of {old} “{id}”.", new=layer.title, old=node.layer.title, id=node_id)
        )
    changed = network.with_node(replace(node, layer=layer))
    if node.layer.weighted and not layer.weighted:
        changed = replace(changed, blocks=tuple(block for block in changed.blocks if _has_weights(changed, block)))
    return changed


def set_setting(network: Network, node_id: str, name: str, value: object) -> Network:
    """One setting of a layer."""
    node = network.node(node_id)
    if name not in {each.name for each in settings_of(node.layer)}:
        raise EditError(
            sentence("{title} “{id}” has no setting “{name}”.", title=node.layer.title, id=node_id, name=name)
        )
    try:
        return network.with_node(replace(node, layer=replace(node.layer, **{name: value})))
    except SettingError as error:
        raise EditError(error.sentence) from error


def set_frozen(network: Network, node_id: str, frozen: bool) -> Network:
    """A frozen layer keeps its parameters while others learn."""
    return network.with_node(replace(network.node(node_id), frozen=frozen))


def connect(network: Network, source_id: str, target_id: str) -> Network:
    """The main path from one node to another whose input is free."""
    source, target = network.node(source_id), network.node(target_id)
    if is_output(source):
        raise EditError(sentence("Nothing can stand behind the output “{id}”.", id=source_id))
    if is_input(target):
        raise EditError(sentence("Nothing can lead to the input “{id}”.", id=target_id))
    taken = network.main_input.get(target_id)
    if taken is not None:
        raise EditError(sentence("“{source}” already leads to “{target}”.", source=taken, target=target_id))
    if any(skip.source == source_id for skip in network.skips_into.get(target_id, ())):
        raise EditError(sentence("From “{id}” a skip connection leads there already.", id=source_id))
    if reaches(network, target_id, source_id):
        raise EditError(
            sentence("From “{source}” to “{target}” the network would have a loop.", source=source_id, target=target_id)
        )
    return replace(network, connections=(*network.connections, Connection(source_id, target_id)))


def disconnect(network: Network, connection: Connection) -> Network:
    """Without this connection; nothing is joined."""
    check_connection(network, connection)
    return replace(network, connections=tuple(each for each in network.connections if each != connection))


def duplicate(network: Network, node_id: str, id: str | None = None) -> Network:
    """A second layer with the same settings right behind this one."""
    node = network.node(node_id)
    if is_input(node) or is_output(node) or is_add(node):
        raise EditError(sentence("“{id}” cannot be duplicated.", id=node_id))
    grown = insert_after(network, node_id, node.layer, id)
    return set_frozen(grown, grown.nodes[grown.nodes.index(node) + 1].id, node.frozen) if node.frozen else grown


def check_connection(network: Network, connection: Connection) -> None:
    """Raise EditError unless the network has it."""
    if connection not in network.connections:
        raise EditError(
            sentence(
                "There is no connection from “{source}” to “{target}”.",
                source=connection.source,
                target=connection.target,
            )
        )


def _check_insertable(network: Network, layer: Layer, *, last: bool) -> None:
    if layer.category is Category.INPUT:
        raise EditError(sentence("An input stands at the front, behind nothing."))
    if layer.category is Category.MERGE:
        raise EditError(sentence("(+) comes with a skip connection: draw one instead."))
    if layer.category is not Category.OUTPUT:
        return
    if any(is_output(node) for node in network.nodes):
        raise EditError(sentence("The network already has an output."))
    if not last:
        raise EditError(sentence("An output stands at the end, before nothing."))


def _has_weights(network: Network, block: Block) -> bool:
    return any(network.by_id[id].layer.weighted for id in block.nodes if id in network.by_id)


def _prepend(network: Network, layer: Layer, id: str | None) -> Network:
    grown = add_layer(network, layer, id)
    added = grown.nodes[-1]
    grown = replace(grown, nodes=(added, *network.nodes))
    root = next((node.id for node in network.nodes if node.id not in network.main_input), None)
    return connect(grown, added.id, root) if root is not None else grown
