"""Edits of skip connections. Each gives a new network or raises EditError before anything changes."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.errors import EditError, SettingError, sentence
from resnet_sim.layers.base import Category
from resnet_sim.layers.kinds.add import Add
from resnet_sim.network.graph import Block, BlockKind, Network, Node, Skip
from resnet_sim.network.wiring import (
    BEFORE_G,
    block_behind,
    drop_skips,
    free_skip_id,
    is_add,
    is_input,
    is_output,
    new_id,
    only_next,
    put_behind,
    reaches,
    with_skips,
)
from resnet_sim.settings import settings_of


def add_skip(
    network: Network, source_id: str, target_id: str, shortcut: str = "identity", id: str | None = None
) -> Network:
    """A skip connection from the output of `source_id` to the layer `target_id`.

    It lands on a (+) behind that layer and its batch norm, before its g: a^{[l+2]} = g(z^{[l+2]} + a^{[l]}). A (+) that
    is already there is used.
    """
    _check_ends(network, source_id, target_id)
    place = landing(network, target_id)
    if place == source_id:
        raise EditError(sentence("A skip connection needs a layer to skip: “{id}” is both its ends.", id=source_id))
    if reaches(network, place, source_id):
        raise EditError(
            sentence(
                "A skip connection leads forward: “{target}” does not come after “{source}”.",
                source=source_id,
                target=target_id,
            )
        )
    on_add = is_add(network.by_id[place])
    if on_add and network.main_input.get(place) == source_id:
        raise EditError(
            sentence("A skip connection needs a layer to skip: “{id}” leads straight to (+).", id=source_id)
        )
    if on_add and any(skip.source == source_id for skip in network.skips_into.get(place, ())):
        raise EditError(
            sentence(
                "A skip connection from “{source}” to “{target}” is already there.", source=source_id, target=place
            )
        )
    skip = _made(free_skip_id(network, id), source_id, place, shortcut)
    if not on_add:
        add = Node(new_id(network, Add()), Add())
        if add.id == skip.id:
            raise EditError(sentence("The id “{id}” is already in use.", id=skip.id))
        network = put_behind(network, place, (add,), block=_block_of_add(network, place))
        skip = replace(skip, target=add.id)
    return _told_to_block(with_skips(network, skip), skip)


def landing(network: Network, target_id: str) -> str:
    """Where a skip to `target_id` lands: a (+) that is there, or the node behind which one would be made."""
    at = network.node(target_id)
    if at.layer.category is Category.ACTIVATION:
        before = network.by_id.get(network.main_input.get(target_id, ""))
        belongs = before is not None and before.layer.category in BEFORE_G
        if before is not None and belongs and only_next(network, before.id) is at:
            at = before  # g belongs to the layer before it
    seen: set[str] = set()
    while not is_add(at) and at.id not in seen and (ahead := only_next(network, at.id)) is not None:
        seen.add(at.id)
        normalised = ahead.layer.category is Category.NORMALISATION and at.layer.category in BEFORE_G
        mine = network.block_of.get(ahead.id) is network.block_of.get(at.id)
        if not is_add(ahead) and not (normalised and mine):
            break
        at = ahead
    return at.id


def remove_skip(network: Network, skip_id: str) -> Network:
    """Without this skip; the last one on a (+) takes the (+) with it, and g moves back behind its layer."""
    network.skip(skip_id)
    return drop_skips(network, {skip_id})


def set_skip(network: Network, skip_id: str, name: str, value: object) -> Network:
    """One setting of a skip connection: shortcut, enabled, batch_norm, start, start_scale, start_sigma, frozen."""
    skip = network.skip(skip_id)
    if name not in {each.name for each in settings_of(Skip)}:
        raise EditError(sentence("A skip connection has no setting “{name}”.", name=name))
    try:
        return network.with_skip(replace(skip, **{name: value}))  # type: ignore[arg-type]  # the setting checks it
    except SettingError as error:
        raise EditError(error.sentence) from error


def set_shortcut(network: Network, skip_id: str, shortcut: str) -> Network:
    """identity (as it is), learned (W_s) or zero_pad."""
    return set_skip(network, skip_id, "shortcut", shortcut)


def set_enabled(network: Network, skip_id: str, enabled: bool) -> Network:
    """On or off; off keeps (+) and g in place."""
    return set_skip(network, skip_id, "enabled", enabled)


def set_batch_norm(network: Network, skip_id: str, batch_norm: bool) -> Network:
    """Batch norm behind W_s."""
    return set_skip(network, skip_id, "batch_norm", batch_norm)


def block_kind(network: Network, members: tuple[str, ...]) -> BlockKind:
    """What a group of nodes is, by its wiring: plain without (+), else by its first node and its number of layers."""
    nodes = [network.by_id[id] for id in members]
    if not any(is_add(node) for node in nodes):
        return "plain"
    if not nodes[0].layer.weighted:
        return "pre_activation"
    return "bottleneck" if sum(node.layer.weighted for node in nodes) > 2 else "residual"


def _check_ends(network: Network, source_id: str, target_id: str) -> None:
    source, target = network.node(source_id), network.node(target_id)
    if is_output(source):
        raise EditError(sentence("A skip connection cannot start at the output “{id}”.", id=source_id))
    if is_output(target):
        raise EditError(sentence("A skip connection cannot land on the output “{id}”.", id=target_id))
    if is_input(target):
        raise EditError(sentence("A skip connection cannot land on the input “{id}”.", id=target_id))
    if source_id == target_id:
        raise EditError(sentence("A skip connection needs a layer to skip: “{id}” is both its ends.", id=source_id))


def _made(id: str, source: str, target: str, shortcut: str) -> Skip:
    try:
        return Skip(id, source, target, shortcut)
    except SettingError as error:
        raise EditError(error.sentence) from error


def _block_of_add(network: Network, place: str) -> str | None:
    block = network.block_of.get(place)
    return block_behind(network, place) or (block.id if block is not None else None)


def _told_to_block(network: Network, skip: Skip) -> Network:
    block: Block | None = network.block_of.get(skip.target)
    if block is None or block.kind != "plain" or network.main_input.get(block.nodes[0]) != skip.source:
        return network
    kind = block_kind(network, tuple(id for id in block.nodes if id in network.by_id))
    blocks = tuple(replace(each, kind=kind) if each.id == block.id else each for each in network.blocks)
    return replace(network, blocks=blocks)
