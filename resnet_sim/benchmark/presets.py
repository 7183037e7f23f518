"""The networks that speed is measured on, W1 to W5, each a whole experiment with data drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from resnet_sim.datasets.base import Data, one_hot
from resnet_sim.layers.base import Shape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network.edits import append
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.parts import layer_numbers
from resnet_sim.network.templates import empty, he_cifar, mlp
from resnet_sim.network.training import Training

NAMES = ("W1", "W2", "W3", "W4", "W5")
BATCHES = 25
"""Mini-batches in a preset's training set, as in TensorFlow Playground's 250 examples; no step meets a short one."""


@dataclass(frozen=True)
class Preset:
    """One network at one batch size. size: of an example, (n,) or (n_H, n_W, n_C)."""

    name: str
    about: str
    network: Network
    size: Shape
    classes: int
    batch: int

    @property
    def depth(self) -> int:
        """Weighted layers along the main path."""
        return max(layer_numbers(self.network).values())

    @property
    def label(self) -> str:
        """How a table names it."""
        return f"{self.name} {self.about}"

    def experiment(self) -> Experiment:
        """Momentum and a lambda as deep networks are usually trained; float32."""
        training = Training(optimiser="momentum", learning_rate=0.001, l2=1e-4, batch_size=self.batch, seed=0)
        return Experiment(self.network, DataReference("synthetic"), training)

    def data(self) -> Data:
        """Normal numbers and random classes: what a step costs does not depend on what is learned."""
        r = np.random.default_rng(0)
        n = BATCHES * self.batch
        x = r.standard_normal((n, *self.size))
        y = one_hot(r.integers(0, self.classes, n), self.classes)
        return Data(x, y, x[:0], y[:0], "classification", tuple(str(k) for k in range(self.classes)))


def presets(names: Sequence[str] = NAMES) -> tuple[Preset, ...]:
    """The presets of these names, each at its batch sizes.

    W1: as in TensorFlow Playground, 2 inputs and six layers of 8. W2, W3: residual networks of fully connected layers.
    W4, W5: He et al. 2015, arXiv 1512.03385, section 4.2, n = 3, with W_s and batch norm where the size changes.
    """
    made: list[Preset] = []
    if "W1" in names:
        made += at_batches(Preset("W1", "MLP, 6 layers of 8", plain_mlp(6, 8, 2), (2,), 2, 0), (10, 100))
    if "W2" in names:
        made += at_batches(residual_mlp("W2", 20, 64), (32, 128))
        made += at_batches(residual_mlp("W2", 56, 64), (32, 128))
    if "W3" in names:
        made += at_batches(residual_mlp("W3", 20, 256), (128,))
    if "W4" in names:
        network = he_cifar(3, (8, 16, 32), shortcut="learned")
        made.append(Preset("W4", "ResNet-20, 8/16/32 ch., 8x8x1", network, (8, 8, 1), 10, 64))
    if "W5" in names:
        network = he_cifar(3, (16, 32, 64), shortcut="learned")
        made.append(Preset("W5", "ResNet-20, 16/32/64 ch., 32x32x3", network, (32, 32, 3), 10, 64))
    return tuple(made)


def plain_mlp(layers: int, width: int, classes: int) -> Network:
    """`layers` of `width` units with ReLU, then one FC layer and softmax."""
    network = empty()
    for _ in range(layers):
        network = append(append(network, Dense(width)), Activation())
    return append(network, Dense(classes))


def residual_mlp(name: str, depth: int, width: int) -> Preset:
    """64 inputs, FC, residual blocks of two FC layers, FC, softmax: `depth` FC layers. Batch size still to be set.

    The second layer of a block starts small, so that a hundred layers train, but not at 0: no product is trivial.
    """
    network = mlp((depth - 2) // 2, width, flatten=False, second_scale=0.1)
    return Preset(name, f"residual MLP, {depth} layers of {width}", network, (64,), 10, 0)


def at_batches(preset: Preset, sizes: Sequence[int]) -> list[Preset]:
    """The same network at several batch sizes."""
    return [replace(preset, batch=m) for m in sizes]
