"""Random sound networks of every kind of layer, with skips of every shortcut, and data that fit them."""

from __future__ import annotations

from random import Random

import numpy as np

from resnet_sim.datasets.base import Data, one_hot
from resnet_sim.layers.base import Layer, Shape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.layers.shortcuts import shortcut_between
from resnet_sim.network.graph import Connection, Network, Node, Skip


class Growing:
    """A chain that grows to the right, with skips drawn back to what stands already."""

    def __init__(self, shape: Shape, random: Random) -> None:
        self.random = random
        self.nodes = [Node("input", Input())]
        self.connections: list[Connection] = []
        self.skips: list[Skip] = []
        self.shapes: dict[str, Shape] = {"input": shape}
        self.end = "input"

    @property
    def shape(self) -> Shape:
        return self.shapes[self.end]

    def add(self, layer: Layer) -> None:
        id = f"{layer.kind.replace('_', '')}{len(self.nodes)}"
        before = self.end
        self.nodes.append(Node(id, layer))
        self.connections.append(Connection(before, id))
        self.shapes[id] = layer.output_shape([self.shapes[before]])
        self.end = id

    def merge(self) -> None:
        """A (+) with one or two skips from wherever a shortcut can come from."""
        target = self.shape
        found: list[Skip] = []
        sources = [id for id in self.shapes if id != self.end]
        self.random.shuffle(sources)
        for source in sources:
            kind = self.random.choice(["identity", "learned", "zero_pad"])
            shape = self.shapes[source]
            if kind == "identity" and shape != target:
                kind = "learned"
            if kind == "zero_pad" and (shape[-1] > target[-1] or len(shape) != len(target)):
                kind = "learned"
            try:
                shortcut_between(kind, shape, target, "he", 1.0, 0.01)
            except Exception:  # noqa: BLE001 - this source cannot reach; try the next
                continue
            skip = Skip(
                f"skip{len(self.skips) + len(found) + 1}",
                source,
                "",
                kind,
                enabled=self.random.random() < 0.9,
                batch_norm=kind == "learned" and self.random.random() < 0.5,
            )
            found.append(skip)
            if len(found) == self.random.choice([1, 2]):
                break
        if found:
            self.add(Add())
            self.skips += [Skip(s.id, s.source, self.end, s.shortcut, s.enabled, s.batch_norm) for s in found]


def random_network(seed: int) -> tuple[Network, Data]:
    """A sound network and 24 + 6 examples, both functions of `seed`."""
    random = Random(seed)
    images = random.random() < 0.6
    shape: Shape = (random.choice([4, 5, 6]), random.choice([4, 6]), random.choice([1, 2, 3])) if images else (5,)
    growing = Growing(shape, random)
    for _ in range(random.randint(3, 9)):
        growing.add(_image_layer(growing, random) if len(growing.shape) == 3 else _vector_layer(random))
        if random.random() < 0.35:
            growing.merge()
    if len(growing.shape) == 3:
        growing.add(random.choice([Flatten(), AveragePool()]))
    outputs = 3
    growing.add(Dense(units=outputs))
    classification = random.random() < 0.6
    growing.add(Softmax() if classification else Regression(random.choice(["half_squared", "relative"])))
    network = Network(tuple(growing.nodes), tuple(growing.connections), tuple(growing.skips))
    return network, random_data(shape, outputs, classification, seed)


def random_data(shape: Shape, outputs: int, classification: bool, seed: int) -> Data:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((30, *shape))
    y = one_hot(rng.integers(0, outputs, 30), outputs) if classification else rng.standard_normal((30, outputs))
    task = "classification" if classification else "regression"
    return Data(x[:24], y[:24], x[24:], y[24:], task)


def _activation(random: Random) -> Layer:
    return Activation(random.choice(["relu", "relu", "leaky_relu", "tanh", "sigmoid", "none"]), slope=0.1)


def _vector_layer(random: Random) -> Layer:
    return random.choice(
        [Dense(random.choice([4, 6]), bias=random.random() < 0.8), _activation(random), BatchNorm(), Scale(0.7)]
    )


def _image_layer(growing: Growing, random: Random) -> Layer:
    small = min(growing.shape[:2])
    size = random.choice([1, 3, 5]) if small >= 3 else 1
    choices: list[Layer] = [
        Conv2D(random.choice([2, 3]), size, random.choice([1, 1, 2]), "same", random.random() < 0.7),
        _activation(random),
        BatchNorm(),
        Scale(1.3),
    ]
    if small >= 3:
        choices.append(Conv2D(2, random.choice([2, 3]), random.choice([1, 2]), "valid"))
        choices.append(MaxPool(random.choice([2, 3]), random.choice([1, 2])))
        choices.append(AveragePool("window", 2, random.choice([1, 2])))
    return random.choice(choices)
