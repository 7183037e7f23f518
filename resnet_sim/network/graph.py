"""A network is a value: nodes, connections, skip connections and blocks. Edits make new values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

from resnet_sim.errors import EditError, sentence
from resnet_sim.layers.base import Layer
from resnet_sim.layers.initialise import STARTS
from resnet_sim.settings import check_settings, choice, number, switch

SHORTCUTS = ("identity", "learned", "zero_pad")
BLOCK_KINDS = ("residual", "pre_activation", "bottleneck", "plain")
BlockKind = Literal["residual", "pre_activation", "bottleneck", "plain"]
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def _check_id(name: str) -> None:
    if not ID.fullmatch(name):
        raise EditError(
            sentence(
                "An id is a letter followed by at most 63 letters, digits, “_” or “-”, not {name!r}.", name=name[:80]
            )
        )


@dataclass(frozen=True)
class Node:
    """One layer in its place. A frozen one keeps its parameters while others learn."""

    id: str
    layer: Layer
    frozen: bool = False

    def __post_init__(self) -> None:
        _check_id(self.id)


class Connection(NamedTuple):
    """The main path from one node to the next. Every node but the input has exactly one coming in."""

    source: str
    target: str


@dataclass(frozen=True)
class Skip:
    """A skip connection from the output of `source` to the (+) `target`.

    shortcut: identity (as it is), learned (W_s, with batch norm if asked) or zero_pad. Off, it brings nothing but keeps
    its place; its W_s rests.
    """

    id: str
    source: str
    target: str
    shortcut: str = choice("identity", SHORTCUTS, "Shortcut", "As it is, through W_s, or filled up with zeros.")
    enabled: bool = switch(True, "On", "Off, the skip connection brings nothing.")
    batch_norm: bool = switch(False, "Batch norm", "Batch norm behind W_s.")
    start: str = choice("he", STARTS, "Start weights", "How W_s is drawn before training.")
    start_scale: float = number(1.0, "Start scale", "The drawn W_s is multiplied by this.", low=0.0, high=100.0)
    start_sigma: float = number(0.01, "Start sigma", "Standard deviation of the normal start.", low=0.0, high=10.0)
    frozen: bool = switch(False, "Frozen", "Keeps W_s while others learn.")

    def __post_init__(self) -> None:
        _check_id(self.id)
        check_settings(self)

    @property
    def norm_id(self) -> str:
        """The part id of the batch norm behind W_s ("/" never occurs in a node's id)."""
        return f"{self.id}/batch_norm"


@dataclass(frozen=True)
class Block:
    """A named group of nodes, in order of the main path. Its lambda (l2) replaces the network's; None: no own one."""

    id: str
    kind: BlockKind
    nodes: tuple[str, ...]
    l2: float | None = None
    frozen: bool = False

    def __post_init__(self) -> None:
        _check_id(self.id)


@dataclass(frozen=True)
class Network:
    """An acyclic graph of layers. Equal networks are equal values; unchanged nodes are shared between versions.

    `nodes` stand in an order that people see in lists; computing follows `parts.order`.
    """

    nodes: tuple[Node, ...] = ()
    connections: tuple[Connection, ...] = ()
    skips: tuple[Skip, ...] = ()
    blocks: tuple[Block, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.nodes, self.connections, self.skips, self.blocks))

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """node id -> node."""
        return MappingProxyType({node.id: node for node in self.nodes})

    @cached_property
    def skip_by_id(self) -> Mapping[str, Skip]:
        """skip id -> skip."""
        return MappingProxyType({skip.id: skip for skip in self.skips})

    @cached_property
    def block_of(self) -> Mapping[str, Block]:
        """node id -> the block it is in."""
        return MappingProxyType({node: block for block in self.blocks for node in block.nodes})

    @cached_property
    def main_input(self) -> Mapping[str, str]:
        """node id -> the node its main path comes from."""
        return MappingProxyType({each.target: each.source for each in self.connections})

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[str, ...]]:
        """node id -> the nodes its main path leads to."""
        found: dict[str, list[str]] = {}
        for each in self.connections:
            found.setdefault(each.source, []).append(each.target)
        return MappingProxyType({source: tuple(targets) for source, targets in found.items()})

    @cached_property
    def skips_into(self) -> Mapping[str, tuple[Skip, ...]]:
        """(+) id -> the skips that land on it, in their order."""
        found: dict[str, list[Skip]] = {}
        for skip in self.skips:
            found.setdefault(skip.target, []).append(skip)
        return MappingProxyType({target: tuple(skips) for target, skips in found.items()})

    @cached_property
    def skips_from(self) -> Mapping[str, tuple[Skip, ...]]:
        """node id -> the skips that start at its output."""
        found: dict[str, list[Skip]] = {}
        for skip in self.skips:
            found.setdefault(skip.source, []).append(skip)
        return MappingProxyType({source: tuple(skips) for source, skips in found.items()})

    def node(self, id: str) -> Node:
        """The node, or EditError naming it."""
        found = self.by_id.get(id)
        if found is None:
            raise EditError(sentence("There is no layer “{id}” in this network.", id=id))
        return found

    def skip(self, id: str) -> Skip:
        """The skip connection, or EditError naming it."""
        found = self.skip_by_id.get(id)
        if found is None:
            raise EditError(sentence("There is no skip connection “{id}” in this network.", id=id))
        return found

    def block(self, id: str) -> Block:
        """The block, or EditError naming it."""
        for block in self.blocks:
            if block.id == id:
                return block
        raise EditError(sentence("There is no block “{id}” in this network.", id=id))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id in use: nodes, skips and blocks share one name space."""
        return frozenset(self.by_id) | frozenset(self.skip_by_id) | {block.id for block in self.blocks}

    def fresh_id(self, stem: str) -> str:
        """`stem` with the smallest number that makes it free: conv1, conv2, ..."""
        taken = self.ids
        n = 1
        while f"{stem}{n}" in taken:
            n += 1
        return f"{stem}{n}"

    def order(self) -> tuple[str, ...] | None:
        """Node ids so that every node comes after all it needs, stable in `nodes`; None if there is a loop."""
        return self._order

    @cached_property
    def _order(self) -> tuple[str, ...] | None:
        needs = [(each.target, each.source) for each in self.connections]
        return order_of(self.by_id, needs + [(each.target, each.source) for each in self.skips])

    def with_node(self, node: Node) -> Network:
        """The network with the node of that id replaced."""
        return replace(self, nodes=tuple(node if each.id == node.id else each for each in self.nodes))

    def with_skip(self, skip: Skip) -> Network:
        """The network with the skip of that id replaced."""
        return replace(self, skips=tuple(skip if each.id == skip.id else each for each in self.skips))


def order_of(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> tuple[str, ...] | None:
    """The ids so that every one comes after all it needs, stable in `ids`; None if there is a loop.

    pairs: (id, what it needs); those with an unknown id are left out.
    """
    needs: dict[str, list[str]] = {id: [] for id in ids}
    for target, source in pairs:
        if target in needs and source in needs:
            needs[target].append(source)
    done: dict[str, bool] = {}  # False while its needs are being placed
    placed: list[str] = []
    for root in needs:
        stack = [root]
        while stack:
            id = stack[-1]
            if id not in done:
                done[id] = False
                for need in reversed(needs[id]):
                    if need not in done:
                        stack.append(need)
                    elif not done[need]:
                        return None
            else:
                stack.pop()
                if not done[id]:
                    done[id] = True
                    placed.append(id)
    return tuple(placed)
