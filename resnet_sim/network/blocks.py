"""Blocks: residual, pre-activation, bottleneck and plain, inserted as one edit; what stands where in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from resnet_sim.errors import EditError, SettingError, sentence
from resnet_sim.layers.base import Category, Layer, Shape
from resnet_sim.layers.initialise import STARTS
from resnet_sim.layers.kinds.activation import FUNCTIONS, Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.network.edits import check_connection
from resnet_sim.network.graph import BLOCK_KINDS, SHORTCUTS, Block, BlockKind, Connection, Network, Node, Skip
from resnet_sim.network.skips import block_kind
from resnet_sim.network.wiring import (
    block_behind,
    free_skip_id,
    is_add,
    is_output,
    put_behind,
    put_on,
    stem,
    take_out,
    with_skips,
)
from resnet_sim.settings import check_settings, choice, integer, number, switch


@dataclass(frozen=True)
class BlockSpec:
    """What a block is made of. `first_scale` and `second_scale` multiply the drawn W of its first and last layer.

    With second_scale 0 a residual block copies a^{[l]} until it has learned; both 0 would never learn.
    """

    kind: BlockKind = choice("residual", BLOCK_KINDS, "Kind", "How g and (+) stand.")  # noqa: RUF009 - makes a field
    layer: str = choice("dense", ("dense", "conv2d"), "Layers", "Fully connected, or filters over an image.")
    width: int = integer(32, "Units or filters", "How many values or channels the block gives.", low=1, high=65536)
    narrow: int = integer(0, "Inner width", "Bottleneck: width inside; 0 is a quarter.", low=0, high=65536)
    size: int = integer(3, "Filter size", "Height and width of each filter.", low=1, high=15, symbol="f")
    stride: int = integer(1, "Stride", "Steps of the block's first filter.", low=1, high=8, symbol="s")
    function: str = choice("relu", FUNCTIONS, "Function", "Which function g is.", symbol="g")
    batch_norm: bool = switch(False, "Batch norm", "Batch norm behind every layer.")
    bias: bool = switch(True, "Bias", "Adds a learned b in every layer.")
    rezero: bool = switch(False, "ReZero", "A learned number, 0 at the start, before (+).")
    start: str = choice("he", STARTS, "Start weights", "How W is drawn before training.")
    start_sigma: float = number(0.01, "Start sigma", "Standard deviation of the normal start.", low=0.0, high=10.0)
    first_scale: float = number(1.0, "First start scale", "Multiplies the first W at the start.", low=0.0, high=100.0)
    second_scale: float = number(0.0, "Last start scale", "Multiplies the last W at the start.", low=0.0, high=100.0)
    shortcut: str = choice("identity", SHORTCUTS, "Shortcut", "As it is, through W_s, or filled up with zeros.")
    shortcut_batch_norm: bool = switch(False, "Batch norm on W_s", "Batch norm behind W_s.")

    def __post_init__(self) -> None:
        check_settings(self)


def default_spec(shape: Shape, batch_norm: bool = False) -> BlockSpec:
    """The palette's residual block for a layer of size `shape`: copies it at the start unless batch norm follows."""
    return BlockSpec(
        layer="conv2d" if len(shape) == 3 else "dense",
        width=shape[-1] if shape else 32,
        batch_norm=batch_norm,
        bias=not batch_norm,
        second_scale=1.0 if batch_norm else 0.0,
    )


def block_layers(spec: BlockSpec) -> tuple[Layer, ...]:
    """The layers of a block in main path order, (+) included."""
    g = Activation(spec.function)
    weighted = _weighted(spec)
    layers: list[Layer] = []
    for i, layer in enumerate(weighted):
        norm: list[Layer] = [BatchNorm()] if spec.batch_norm else []
        if spec.kind == "pre_activation":
            layers += [g, layer, *norm]
        else:
            layers += [layer, *norm] if i == len(weighted) - 1 else [layer, *norm, g]
    if spec.rezero:
        layers.append(Scale())
    if spec.kind != "plain":
        layers.append(Add())
    if spec.kind != "pre_activation":
        layers.append(g)
    return tuple(layers)


def _weighted(spec: BlockSpec) -> list[Layer]:
    narrow = spec.narrow or max(1, spec.width // 4)
    first, last = spec.first_scale, spec.second_scale
    if spec.layer == "dense":
        widths = (narrow if spec.kind == "bottleneck" else spec.width, spec.width)
        return [
            Dense(units, spec.bias, spec.start, scale, spec.start_sigma)
            for units, scale in zip(widths, (first, last), strict=True)
        ]
    if spec.kind == "bottleneck":
        plan = [(narrow, 1, 1, first), (narrow, spec.size, spec.stride, 1.0), (spec.width, 1, 1, last)]
    else:
        plan = [(spec.width, spec.size, spec.stride, first), (spec.width, spec.size, 1, last)]
    return [
        Conv2D(filters, size, stride, "same", spec.bias, spec.start, scale, spec.start_sigma)
        for filters, size, stride, scale in plan
    ]


def insert_block(
    network: Network,
    spec: BlockSpec,
    *,
    after: str | None = None,
    on: Connection | None = None,
    id: str | None = None,
    node_ids: Sequence[str] | None = None,
) -> Network:
    """A whole block behind a node (it takes over all that leaves it) or on one connection, as one edit.

    New ids are fresh and follow from the network alone, or are `node_ids` in main path order.
    """
    if (after is None) == (on is None):
        raise EditError(sentence("A block goes behind one layer or on one connection."))
    if on is not None:
        check_connection(network, on)
    source = on.source if on is not None else str(after)
    if is_output(network.node(source)):
        raise EditError(sentence("Nothing can stand behind the output “{id}”.", id=source))
    nodes = _nodes(network, block_layers(spec), node_ids)
    taken = {node.id for node in nodes}
    block_id = _free(network, id, "block", taken)
    members = tuple(node.id for node in nodes)
    grown = put_on(network, on, nodes, block=None) if on is not None else put_behind(network, source, nodes, block=None)
    grown = replace(grown, blocks=(*network.blocks, Block(block_id, spec.kind, members)))
    add = next((node.id for node in nodes if is_add(node)), None)
    if add is None:
        return grown
    skip = Skip(free_skip_id(grown, None), source, add, spec.shortcut, True, spec.shortcut_batch_norm)
    return with_skips(grown, skip)


def _nodes(network: Network, layers: Sequence[Layer], ids: Sequence[str] | None) -> tuple[Node, ...]:
    taken = set(network.ids)
    if ids is None:
        ids = tuple(_numbered(layers, taken))
    elif len(ids) != len(layers):
        raise EditError(sentence("The block has {n} layers, but {k} ids came.", n=len(layers), k=len(ids)))
    for id in ids:
        if id in taken:
            raise EditError(sentence("The id “{id}” is already in use.", id=id))
        taken.add(id)
    return tuple(Node(id, layer) for id, layer in zip(ids, layers, strict=True))


def _numbered(layers: Sequence[Layer], taken: set[str]) -> Iterator[str]:
    following: dict[str, int] = {}
    for layer in layers:
        name = stem(layer)
        n = following.get(name, 1)
        while f"{name}{n}" in taken:
            n += 1
        following[name] = n + 1
        yield f"{name}{n}"


def _free(network: Network, id: str | None, name: str, taken: set[str]) -> str:
    used = network.ids | taken
    if id is None:
        return next(each for each in (f"{name}{n}" for n in range(1, len(used) + 2)) if each not in used)
    if id in used:
        raise EditError(sentence("The id “{id}” is already in use.", id=id))
    return id


class BlockEnds(NamedTuple):
    """Node ids: `source` gives a^{[l]}, `first` is layer l+1, `last` l+2, `end` gives the block's output.

    add: its last (+). skip: the skip that lands there (from `source`, if one does), on or off. gate: the g directly
    behind (+); in a plain block the g that ends it; None in a pre-activation block.
    """

    source: str
    first: str
    last: str
    end: str
    add: str | None
    skip: Skip | None
    gate: str | None


def block_ends(network: Network, block: Block) -> BlockEnds:
    """What stands where in a block of any kind. Raises EditError if it has no weighted layer or nothing leads to it."""
    nodes = [network.by_id[id] for id in block.nodes if id in network.by_id]
    weighted = [node.id for node in nodes if node.layer.weighted]
    before = network.main_input.get(nodes[0].id) if nodes else None
    if not weighted or before is None:
        raise EditError(sentence("Block “{id}” needs a weighted layer and something before it.", id=block.id))
    add = next((node.id for node in reversed(nodes) if is_add(node)), None)
    skips = network.skips_into.get(add, ()) if add is not None else ()
    skip = next((each for each in skips if each.source == before), skips[0] if skips else None)
    source = skip.source if skip is not None else before
    gate = None
    if nodes[-1].layer.category is Category.ACTIVATION and (
        add is None if block.kind == "plain" else network.main_input.get(nodes[-1].id) == add
    ):
        gate = nodes[-1].id
    return BlockEnds(source, weighted[0], weighted[-1], nodes[-1].id, add, skip, gate)


def parameters_to_zero(network: Network, block: Block) -> tuple[tuple[str, str], ...]:
    """(part id, parameter name) of what "set the block to zero" zeroes: W and b of its last weighted layer, and beta.

    With these at 0 a residual block gives g(a^{[l]}), a plain one 0.
    """
    last = network.node(block_ends(network, block).last)
    zero = [(last.id, "W")]
    if getattr(last.layer, "bias", False):
        zero.append((last.id, "b"))
    behind = [network.by_id[id] for id in network.outgoing.get(last.id, ()) if id in network.by_id]
    return (*zero, *((node.id, "beta") for node in behind if isinstance(node.layer, BatchNorm)))


def set_block_l2(network: Network, block_id: str, l2: float | None) -> Network:
    """The block's own lambda; None: the network's."""
    if l2 is not None and not 0 <= l2 <= 1000:
        raise EditError(sentence("λ of a block must be a number from 0 to 1000, not {l2!r}.", l2=l2))
    return _with_block(network, replace(network.block(block_id), l2=None if l2 is None else float(l2)))


def set_block_frozen(network: Network, block_id: str, frozen: bool) -> Network:
    """A frozen block keeps its parameters, W_s included, while others learn."""
    return _with_block(network, replace(network.block(block_id), frozen=frozen))


def set_block_start(
    network: Network,
    block_id: str,
    *,
    start: str | None = None,
    first_scale: float | None = None,
    second_scale: float | None = None,
) -> Network:
    """How the block's W are drawn; None leaves as it is."""
    ends = block_ends(network, network.block(block_id))
    for id in network.block(block_id).nodes:
        node = network.node(id)
        scale = second_scale if id == ends.last else first_scale if id == ends.first else None
        chosen: dict[str, object] = {"start": start, "start_scale": scale}
        given = {name: value for name, value in chosen.items() if value is not None}
        if node.layer.weighted and given:
            try:
                network = network.with_node(replace(node, layer=replace(node.layer, **given)))
            except SettingError as error:
                raise EditError(error.sentence) from error
    return network


def group(network: Network, node_ids: Sequence[str], kind: BlockKind | None = None, id: str | None = None) -> Network:
    """Nodes that follow each other on the main path become a block; its kind follows from the wiring if not given."""
    chosen = {network.node(each).id for each in node_ids}
    members = tuple(each for each in network.order() or () if each in chosen)
    for each in chosen & set(network.block_of):
        raise EditError(sentence("“{id}” is already in block “{block}”.", id=each, block=network.block_of[each].id))
    if len(members) != len(chosen):
        raise EditError(sentence("The network has a loop."))
    _check_following(network, members)
    if any(network.by_id[each].layer.category in (Category.INPUT, Category.OUTPUT) for each in members):
        raise EditError(sentence("Input and output cannot be in a block."))
    if not any(network.by_id[each].layer.weighted for each in members):
        raise EditError(sentence("A block needs at least one layer with weights."))
    block = Block(_free(network, id, "block", set()), kind or block_kind(network, members), members)
    return replace(network, blocks=(*network.blocks, block))


def _check_following(network: Network, members: Sequence[str]) -> None:
    if any(network.main_input.get(b) != a for a, b in pairwise(members)):
        raise EditError(sentence("The layers of a block must follow each other on the main path."))


def ungroup(network: Network, block_id: str) -> Network:
    """The block is no group any more; its layers and skips stay."""
    network.block(block_id)
    return replace(network, blocks=tuple(block for block in network.blocks if block.id != block_id))


def remove_block(network: Network, block_id: str) -> Network:
    """Without the block and its skips, its neighbours joined."""
    members = network.block(block_id).nodes
    for id in reversed(members):
        if id in network.by_id:  # a (+) may be gone with its last skip
            network = take_out(network, id)
    return replace(network, blocks=tuple(block for block in network.blocks if block.id != block_id))


def duplicate_block(network: Network, block_id: str, id: str | None = None) -> Network:
    """A second block with the same settings right behind this one."""
    block = network.block(block_id)
    ends = block_ends(network, block)
    _check_following(network, block.nodes)
    layers = [network.node(each).layer for each in block.nodes]
    nodes = _nodes(network, layers, None)
    before = network.main_input[block.nodes[0]]
    renamed = dict(zip((before, *block.nodes), (ends.end, *(node.id for node in nodes)), strict=True))
    block_id = _free(network, id, "block", {node.id for node in nodes})
    grown = put_behind(network, ends.end, nodes, block=block_behind(network, ends.end))
    copy = replace(block, id=block_id, nodes=tuple(node.id for node in nodes))
    grown = replace(grown, blocks=(*network.blocks, copy))
    for skip in network.skips:
        if skip.target in block.nodes:
            source = renamed.get(skip.source, skip.source)
            made = replace(skip, id=free_skip_id(grown, None), source=source, target=renamed[skip.target])
            grown = with_skips(grown, made)
    return grown


def _with_block(network: Network, block: Block) -> Network:
    return replace(network, blocks=tuple(block if each.id == block.id else each for each in network.blocks))
