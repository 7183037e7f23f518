"""The network taken apart in computing order: every layer and every shortcut with its inputs, sizes and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resnet_sim.errors import EditError, ShapeError, sentence
from resnet_sim.layers.base import Layer, Parameter, Shape
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.shortcuts import shortcut_between
from resnet_sim.network.graph import Network, Skip


@dataclass(frozen=True)
class Part:
    """One thing that computes. id: a node's id, a skip's id (W_s, zero padding) or its batch norm's id.

    inputs: ids of the parts it reads ("" is the data). l2: the lambda of its block, None for the network's. enabled:
    False for the shortcut of a skip that is off: it owns its parameters and computes nothing.
    """

    id: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    frozen: bool = False
    l2: float | None = None
    enabled: bool = True
    skip: str = ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arrays it owns."""
        return self.layer.parameters(self.input_shapes)


def parts(network: Network, data: Shape) -> tuple[Part, ...]:
    """The parts of a sound network for examples of size `data`, each after all it reads.

    Raises ShapeError or EditError where `check` would report a problem.
    """
    order = network.order()
    if order is None:
        raise EditError(sentence("The network has a loop."))
    found: dict[str, Part] = {}
    for id in order:
        for part in _parts_of(network, id, data, found):
            found[part.id] = part
    return tuple(found.values())


def _parts_of(network: Network, id: str, data: Shape, found: dict[str, Part]) -> Iterator[Part]:
    node = network.by_id[id]
    block = network.block_of.get(id)
    frozen = node.frozen or (block is not None and block.frozen)
    l2 = block.l2 if block is not None else None
    if isinstance(node.layer, Input):
        yield Part(id, node.layer, ("",), (data,), node.layer.output_shape((data,)))
        return
    source = network.main_input.get(id)
    if source is None:
        raise ShapeError(sentence("Nothing leads to “{id}”.", id=id))
    inputs = [source]
    shapes = [found[source].shape]
    if isinstance(node.layer, Add):
        for skip in network.skips_into.get(id, ()):
            last = skip.source
            for part in _shortcut(skip, found[skip.source].shape, shapes[0], frozen, l2):
                found[part.id] = part
                yield part
                last = part.id
            if skip.enabled:
                inputs.append(last)
                shapes.append(found[last].shape)
    yield Part(id, node.layer, tuple(inputs), tuple(shapes), node.layer.output_shape(shapes), frozen, l2)


def _shortcut(skip: Skip, source: Shape, target: Shape, frozen: bool, l2: float | None) -> Iterator[Part]:
    layer = shortcut_between(skip.shortcut, source, target, skip.start, skip.start_scale, skip.start_sigma)
    if layer is None:
        return
    frozen = frozen or skip.frozen
    shape = layer.output_shape((source,))
    yield Part(skip.id, layer, (skip.source,), (source,), shape, frozen, l2, skip.enabled, skip.id)
    if skip.batch_norm and skip.shortcut == "learned":
        yield Part(skip.norm_id, BatchNorm(), (skip.id,), (shape,), shape, frozen, l2, skip.enabled, skip.id)


def layer_numbers(network: Network) -> dict[str, int]:
    """node id -> l: weighted layers on the longest main path up to and including it (0 at the input).

    (+) and g carry the number of the last weighted layer before them.
    """
    numbers: dict[str, int] = {}
    for id in network.order() or ():
        before = numbers.get(network.main_input.get(id, ""), 0)
        numbers[id] = before + (1 if network.by_id[id].layer.weighted else 0)
    return numbers
