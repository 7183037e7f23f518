"""Random edits of networks, and what holds of every network that edits have made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from resnet_sim.layers.base import Layer
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network import blocks, edits, skips
from resnet_sim.network.blocks import BlockSpec
from resnet_sim.network.graph import BLOCK_KINDS, SHORTCUTS, Connection, Network
from resnet_sim.network.twin import twin
from resnet_sim.network.wiring import is_add

T = TypeVar("T")

LAYERS: tuple[Layer, ...] = (
    Dense(8),
    Dense(5),
    Conv2D(4),
    Conv2D(4, 3, 2),
    Conv2D(3, 3, padding="valid"),
    Conv2D(4, 2),
    Activation(),
    Activation("tanh"),
    BatchNorm(),
    Scale(),
    MaxPool(),
    AveragePool(),
    AveragePool("window", 9),
    Flatten(),
    Dropout(),
    Softmax(),
    Regression(),
    Input(),
    Add(),
)


@dataclass(frozen=True)
class Choices:
    """Numbers that decide which nodes, connections and settings an edit takes."""

    a: int
    b: int
    c: int

    def node(self, network: Network, number: int | None = None) -> str:
        return _pick([node.id for node in network.nodes] or ["nothing"], self.a if number is None else number)

    @property
    def layer(self) -> Layer:
        return _pick(LAYERS, self.c)


def _pick(choices: Sequence[T], number: int) -> T:
    return choices[number % len(choices)]


def _spec(at: Choices) -> BlockSpec:
    return BlockSpec(
        kind=_pick(BLOCK_KINDS, at.b),  # type: ignore[arg-type]  # a tuple of the kinds
        layer=_pick(("dense", "conv2d"), at.c),
        width=_pick((4, 8), at.a),
        stride=_pick((1, 2), at.b // 4),
        batch_norm=bool(at.c & 2),
        rezero=bool(at.c & 4),
        shortcut=_pick(SHORTCUTS, at.c // 8),
    )


def _connection(network: Network, at: Choices) -> Connection:
    return _pick(network.connections or (Connection("nothing", "nothing"),), at.b)


def _skip(network: Network, at: Choices) -> str:
    return _pick([skip.id for skip in network.skips] or ["nothing"], at.a)


def _block(network: Network, at: Choices) -> str:
    return _pick([block.id for block in network.blocks] or ["nothing"], at.a)


def _some(network: Network, at: Choices) -> list[str]:
    order = network.order() or ()
    start = at.a % max(1, len(order))
    return list(order[start : start + 1 + at.b % 6])


EDITS: dict[str, Callable[[Network, Choices], Network]] = {
    "insert_after": lambda n, at: edits.insert_after(n, at.node(n), at.layer),
    "insert_on": lambda n, at: edits.insert_on(n, _connection(n, at), at.layer),
    "append": lambda n, at: edits.append(n, at.layer),
    "add_layer": lambda n, at: edits.add_layer(n, at.layer),
    "remove": lambda n, at: edits.remove(n, at.node(n)),
    "remove again": lambda n, at: edits.remove(n, at.node(n, at.b)),
    "move": lambda n, at: edits.move_layer(n, at.node(n), _connection(n, at)),
    "replace": lambda n, at: edits.replace_layer(n, at.node(n), at.layer),
    "set": lambda n, at: edits.set_setting(n, at.node(n), _pick(("units", "padding", "rate"), at.b), at.c % 9),
    "connect": lambda n, at: edits.connect(n, at.node(n), at.node(n, at.b)),
    "disconnect": lambda n, at: edits.disconnect(n, _connection(n, at)),
    "freeze": lambda n, at: edits.set_frozen(n, at.node(n), bool(at.c & 1)),
    "duplicate": lambda n, at: edits.duplicate(n, at.node(n)),
    "add_skip": lambda n, at: skips.add_skip(n, at.node(n), at.node(n, at.b), _pick(SHORTCUTS, at.c)),
    "add_skip again": lambda n, at: skips.add_skip(n, at.node(n), at.node(n, at.a + 1 + at.b % 7)),
    "remove_skip": lambda n, at: skips.remove_skip(n, _skip(n, at)),
    "shortcut": lambda n, at: skips.set_shortcut(n, _skip(n, at), _pick(SHORTCUTS, at.b)),
    "enable": lambda n, at: skips.set_enabled(n, _skip(n, at), bool(at.b & 1)),
    "block after": lambda n, at: blocks.insert_block(n, _spec(at), after=at.node(n)),
    "block on": lambda n, at: blocks.insert_block(n, _spec(at), on=_connection(n, at)),
    "block l2": lambda n, at: blocks.set_block_l2(n, _block(n, at), at.b / 10),
    "block frozen": lambda n, at: blocks.set_block_frozen(n, _block(n, at), bool(at.b & 1)),
    "block start": lambda n, at: blocks.set_block_start(n, _block(n, at), second_scale=float(at.b % 3)),
    "group": lambda n, at: blocks.group(n, _some(n, at)),
    "ungroup": lambda n, at: blocks.ungroup(n, _block(n, at)),
    "remove_block": lambda n, at: blocks.remove_block(n, _block(n, at)),
    "duplicate_block": lambda n, at: blocks.duplicate_block(n, _block(n, at)),
    "twin": lambda n, at: twin(n),
}


def check_whole(network: Network) -> None:
    """What edits keep of every network: unique ids, no loop, skips on (+), no idle (+), blocks of nodes that exist."""
    ids = [each.id for each in (*network.nodes, *network.skips, *network.blocks)]
    assert len(ids) == len(set(ids))
    assert network.order() is not None
    for connection in network.connections:
        assert {connection.source, connection.target} <= set(network.by_id)
    assert len({each.target for each in network.connections}) == len(network.connections)
    for skip in network.skips:
        assert is_add(network.node(skip.target))
        assert skip.source in network.by_id
        assert network.main_input.get(skip.target) != skip.source
    for node in network.nodes:
        assert not is_add(node) or node.id in network.skips_into
    members = [id for block in network.blocks for id in block.nodes]
    assert len(members) == len(set(members))
    assert set(members) <= set(network.by_id)
    for block in network.blocks:
        assert any(network.node(id).layer.weighted for id in block.nodes)
