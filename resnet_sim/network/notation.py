"""Where the course's letters stand in a network: which node's output is a^{[l]}."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from resnet_sim.layers.base import Category
from resnet_sim.network.graph import Network

_AFTER_Z = (Category.NORMALISATION, Category.MERGE, Category.ACTIVATION)


@lru_cache(maxsize=4)  # after an edit, several ask for those of one network
def activation_places(network: Network) -> Mapping[str, str]:
    """weighted node id -> the node whose output is its a^{[l]}.

    From W^{[l]} along the main path through batch norm, scale and (+) up to the first g. A g behind (+) counts only
    inside the same block: in a pre-activation block (v2) a^{[l+2]} is the sum itself, the next g belongs to what
    follows. Without any g (the last layer), it is the last of them.
    """
    return MappingProxyType({node.id: _place(network, node.id) for node in network.nodes if node.layer.weighted})


def _place(network: Network, id: str) -> str:
    at = id
    for _ in network.nodes:  # at most once each: a network being edited may have a loop
        after = network.outgoing.get(at, ())
        if len(after) != 1:
            return at
        category = network.by_id[after[0]].layer.category
        if category not in _AFTER_Z:
            return at
        summed = network.by_id[at].layer.category is Category.MERGE
        if category is Category.ACTIVATION:
            outside = network.block_of.get(after[0]) is not network.block_of.get(at)
            return at if summed and outside else after[0]
        if summed and network.block_of.get(after[0]) is not network.block_of.get(at):
            return at  # batch norm of the next pre-activation block
        at = after[0]
    return at
