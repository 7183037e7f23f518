"""The plain twin: the same layers under the same ids, without skip connections."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.wiring import is_add


def twin(network: Network) -> Network:
    """All skips and (+) removed, every other node as it is: so both twins draw the same start weights.

    Blocks stay, as plain ones.
    """
    adds = {node.id for node in network.nodes if is_add(node)}
    joined: list[Connection] = []
    for each in network.connections:
        source: str | None = each.source
        seen: set[str] = set()
        while source in adds and source not in seen:
            seen.add(source)
            source = network.main_input.get(source)
        if each.target not in adds and source is not None and source not in adds:
            joined.append(each if source == each.source else Connection(source, each.target))
    blocks = tuple(
        replace(block, kind="plain", nodes=tuple(id for id in block.nodes if id not in adds))
        for block in network.blocks
    )
    return Network(
        nodes=tuple(node for node in network.nodes if node.id not in adds),
        connections=tuple(joined),
        blocks=blocks,
    )
