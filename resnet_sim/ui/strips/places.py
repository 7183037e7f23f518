"""What strips show of a network: its weighted layers with their l, and where the gradient of each block divides."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_sim.errors import EditError
from resnet_sim.network.blocks import block_ends
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.parts import layer_numbers


@dataclass(frozen=True)
class LayerPlace:
    """A weighted layer: its node id and number l. Its marks stand under its card."""

    id: str
    number: int


@dataclass(frozen=True)
class BlockPlace:
    """A block with a skip connection. The two parts of da^{[l]} stand under `under`, the layer that gives a^{[l]}.

    number: as in "block 1". layer: l.
    """

    id: str
    number: int
    under: str
    layer: int


@dataclass(frozen=True)
class Places:
    """The layers in computing order, and the blocks."""

    layers: tuple[LayerPlace, ...] = ()
    blocks: tuple[BlockPlace, ...] = ()

    @classmethod
    def of(cls, network: Network) -> Places:
        """Those of a network; blocks that are not whole yet are left out."""
        numbers = layer_numbers(network)
        gives = activation_places(network)
        order = [id for id in network.order() or () if id in gives]
        layer_of = {place: id for id, place in gives.items()}
        blocks = []
        for i, block in enumerate(network.blocks, 1):
            try:
                ends = block_ends(network, block)
            except EditError:
                continue
            if ends.skip is not None:
                under = layer_of.get(ends.source, ends.source)
                blocks.append(BlockPlace(block.id, i, under, numbers.get(ends.source, 0)))
        return cls(tuple(LayerPlace(id, numbers.get(id, 0)) for id in order), tuple(blocks))
