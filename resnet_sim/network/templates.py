"""Networks to start from: the ones SCIENCE's experiments were measured with, and an empty one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from resnet_sim.layers.base import Layer, Task
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network.blocks import BlockSpec, block_layers
from resnet_sim.network.graph import Block, BlockKind, Connection, Network, Node, Skip
from resnet_sim.network.twin import twin
from resnet_sim.network.wiring import stem


class _Chain:
    """A network being written from left to right: ids are numbered per stem, in time linear in the layers."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [Node("input", Input())]
        self.skips: list[Skip] = []
        self.blocks: list[Block] = []
        self._numbers: dict[str, int] = {}

    def put(self, layer: Layer, id: str | None = None) -> str:
        """One more layer at the end."""
        name = stem(layer)
        number = self._numbers[name] = self._numbers.get(name, 0) + 1
        self.nodes.append(Node(id or f"{name}{number}", layer))
        return self.nodes[-1].id

    def block(self, spec: BlockSpec) -> None:
        """One more block at the end."""
        source = self.nodes[-1].id
        ids: list[str] = []
        for layer in block_layers(spec):
            ids.append(self.put(layer))
            if isinstance(layer, Add):
                name = f"skip{len(self.skips) + 1}"
                self.skips.append(Skip(name, source, ids[-1], spec.shortcut, True, spec.shortcut_batch_norm))
        self.blocks.append(Block(f"block{len(self.blocks) + 1}", spec.kind, tuple(ids)))

    def network(self, residual: bool) -> Network:
        """What has been written; the plain twin unless `residual`."""
        ids = [node.id for node in self.nodes]
        connections = tuple(Connection(a, b) for a, b in pairwise(ids))
        made = Network(tuple(self.nodes), connections, tuple(self.skips), tuple(self.blocks))
        return made if residual else twin(made)


def empty(task: Task = "classification") -> Network:
    """Input and output, and nothing between."""
    chain = _Chain()
    chain.put(Softmax() if task == "classification" else Regression(), "output")
    return chain.network(True)


def mlp(
    blocks: int = 3,
    width: int = 32,
    outputs: int = 10,
    *,
    residual: bool = True,
    kind: BlockKind = "residual",
    batch_norm: bool = False,
    bn_stem: bool | None = None,
    rezero: bool = False,
    start: str = "he",
    start_sigma: float = 0.01,
    first_scale: float = 1.0,
    second_scale: float | None = None,
    flatten: bool = True,
    task: Task = "classification",
) -> Network:
    """Depth 2 + 2 blocks: FC (batch norm) ReLU, then blocks of two FC layers, then FC and the output.

    kind: residual (v1) or pre_activation (v2, with a last batch norm and ReLU before the last FC). second_scale None:
    0 in a residual network without batch norm or ReZero, else 1. Plain and residual networks have the same ids; a
    plain one has no ReZero.
    """
    if second_scale is None:
        second_scale = 0.0 if residual and not batch_norm and not rezero else 1.0
    spec = BlockSpec(
        kind=kind,
        width=width,
        batch_norm=batch_norm,
        bias=not batch_norm,
        rezero=rezero and residual,
        start=start,
        start_sigma=start_sigma,
        first_scale=first_scale,
        second_scale=second_scale,
    )
    return _dense([(spec, blocks)], outputs, residual, batch_norm if bn_stem is None else bn_stem, flatten, task)


def widening(
    n: int = 2,
    widths: tuple[int, int] = (128, 256),
    outputs: int = 10,
    *,
    residual: bool = True,
    shortcut: str = "learned",
    batch_norm: bool = False,
    second_scale: float | None = None,
    flatten: bool = True,
) -> Network:
    """FC to the first width, n blocks, one block to the second width, n blocks, FC, softmax: depth 4 + 4 n.

    shortcut: learned (W_s), zero_pad, or none: the block where the size changes has no skip connection.
    """
    if second_scale is None:
        second_scale = 0.0 if residual and not batch_norm else 1.0
    narrow = BlockSpec(width=widths[0], batch_norm=batch_norm, bias=not batch_norm, second_scale=second_scale)
    wide = replace(narrow, width=widths[1])
    stages = [(narrow, n), (_changing(wide, shortcut, residual), 1), (wide, n)]
    return _dense(stages, outputs, residual, batch_norm, flatten, "classification")


def he_cifar(
    n: int = 1,
    widths: Sequence[int] = (8, 16, 32),
    outputs: int = 10,
    *,
    residual: bool = True,
    shortcut: str = "zero_pad",
    batch_norm: bool = True,
    second_scale: float | None = None,
) -> Network:
    """Depth 6n + 2 for three widths: 3x3 conv, then n blocks per width, global average pooling, FC, softmax.

    The first block of each stage but the first has stride 2 (He et al. 2015, arXiv 1512.03385, section 4.2).
    shortcut: zero_pad (option A), learned (option B, batch norm behind W_s), or none, where the size changes.
    """
    if second_scale is None:
        second_scale = 0.0 if residual and not batch_norm else 1.0
    chain = _Chain()
    chain.put(Conv2D(widths[0], bias=not batch_norm))
    if batch_norm:
        chain.put(BatchNorm())
    chain.put(Activation())
    spec = BlockSpec(
        layer="conv2d", width=widths[0], batch_norm=batch_norm, bias=not batch_norm, second_scale=second_scale
    )
    for stage, width in enumerate(widths):
        same = replace(spec, width=width)
        for k in range(n):
            changes = stage > 0 and k == 0
            chain.block(_changing(replace(same, stride=2), shortcut, residual) if changes else same)
    chain.put(AveragePool(), "pool")
    chain.put(Dense(outputs))
    chain.put(Softmax(), "output")
    return chain.network(residual)


def identity_stack(
    blocks: int = 5,
    width: int = 16,
    *,
    residual: bool = True,
    start: str = "he",
    first_scale: float = 1.0,
    second_scale: float | None = None,
) -> Network:
    """Blocks alone, then the squared error relative to the target: can they learn to copy their input?

    second_scale None: 0.1 in residual blocks, 1 in plain ones.
    """
    if second_scale is None:
        second_scale = 0.1 if residual else 1.0
    spec = BlockSpec(width=width, start=start, first_scale=first_scale, second_scale=second_scale)
    chain = _Chain()
    for _ in range(blocks):
        chain.block(spec)
    chain.put(Regression("relative"), "output")
    return chain.network(residual)


def tiny_cnn(residual: bool = True) -> Network:
    """The network that can be computed by hand: one residual block of one 3x3 filter per layer, 4 times the mean."""
    chain = _Chain()
    chain.block(BlockSpec(layer="conv2d", width=1))
    chain.put(AveragePool(), "pool")
    chain.put(Dense(1, bias=False))
    chain.put(Regression(), "output")
    return chain.network(residual)


def _changing(spec: BlockSpec, shortcut: str, residual: bool) -> BlockSpec:
    """The block in which the size changes. Without a skip connection its last layer must not start at 0."""
    if shortcut == "none":
        return replace(spec, kind="plain", second_scale=1.0 if residual else spec.second_scale)
    return replace(spec, shortcut=shortcut, shortcut_batch_norm=shortcut == "learned" and spec.batch_norm)


def _dense(
    stages: list[tuple[BlockSpec, int]], outputs: int, residual: bool, bn_stem: bool, flatten: bool, task: Task
) -> Network:
    spec = stages[0][0]
    chain = _Chain()
    if flatten:
        chain.put(Flatten(), "flatten")
    chain.put(Dense(spec.width, not bn_stem, spec.start, start_sigma=spec.start_sigma))
    if bn_stem:
        chain.put(BatchNorm())
    chain.put(Activation())
    for each, count in stages:
        for _ in range(count):
            chain.block(each)
    if spec.kind == "pre_activation":
        if bn_stem:
            chain.put(BatchNorm())
        chain.put(Activation())
    chain.put(Dense(outputs, True, spec.start, start_sigma=spec.start_sigma))
    chain.put(Softmax() if task == "classification" else Regression(), "output")
    return chain.network(residual)
