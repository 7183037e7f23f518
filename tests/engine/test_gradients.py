"""Gradients are right: against numerical differentiation and PyTorch, over every kind found and random graphs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from engine.random_networks import random_data, random_network

from resnet_sim.datasets.base import Data
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun
from resnet_sim.layers.base import Category, Layer, Shape
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Connection, Network, Node, Skip
from resnet_sim.network.training import Training
from resnet_sim.settings import settings_of

EXACT = Training(batch_size=24, dtype="float64", learning_rate=0.1)


def run_of(network: Network, data: Data, training: Training = EXACT) -> TrainingRun:
    return TrainingRun(Experiment(network, DataReference("random"), training), data)


def chain(*layers: Layer) -> Network:
    nodes = tuple(Node(f"n{i}", layer) for i, layer in enumerate(layers))
    return Network(nodes, tuple(Connection(a.id, b.id) for a, b in pairwise(nodes)))


def around(layer: Layer, shape: Shape) -> Network | None:
    """The layer between a weighted one (so that its da is needed) and an output; None where it cannot take `shape`.

    An input stands first, and on a (+) lands a skip beside a second weighted layer.
    """
    first: Layer = Conv2D(2, 3) if len(shape) == 3 else Dense(4)
    flat = (Flatten(),) if len(shape) == 3 else ()
    if layer.category is Category.INPUT:
        return chain(layer, first, *flat, Dense(3), Softmax())
    if layer.category is Category.MERGE:
        joined = chain(Input(), first, replace(first, bias=False), layer, *flat, Dense(3), Softmax())
        return replace(joined, skips=(Skip("skip1", "n1", "n3"),))
    try:
        out = layer.output_shape([first.output_shape([shape])])
    except Exception:  # noqa: BLE001 - this kind does not take this size
        return None
    if layer.category is Category.OUTPUT:
        return chain(Input(), first, Dense(3), layer)
    flat = (Flatten(),) if len(out) == 3 else ()
    return chain(Input(), first, layer, *flat, Dense(3), Softmax())


def variants() -> list[Layer]:
    """Every kind found, at its defaults, and once more for every choice and switch it has."""
    found: list[Layer] = []
    for kind in layer_kinds().values():
        plain = kind()
        found.append(plain)
        for setting in settings_of(kind):
            values: tuple[object, ...] = setting.choices if setting.kind == "choice" else ()
            if setting.kind == "switch":
                values = (True, False)
            found += [replace(plain, **{setting.name: value}) for value in values if value != setting.default]  # type: ignore[arg-type]
            if setting.name in ("stride", "size") and kind.category in (Category.WEIGHTED, Category.POOLING):
                found.append(replace(plain, **{setting.name: 3 if setting.name == "size" else 2}))  # type: ignore[arg-type]
            if setting.kind == "number" and setting.name in ("value", "gamma_start"):
                found.append(replace(plain, **{setting.name: 1.5}))  # type: ignore[arg-type]
    return found


def numerical_gradient(run: TrainingRun, part: str, name: str, index: int, w: float, h: float = 1e-6) -> float:
    losses = []
    for at in (w + h, w - h):
        run.set_weight(part, name, index, at)
        found = run.measure(Probe()).series["loss"]
        assert found is not None
        losses.append(found)
    run.set_weight(part, name, index, w)
    return (losses[0] - losses[1]) / (2 * h)


def largest_gradient_error(run: TrainingRun, every: int = 1) -> float:
    """The largest |analytic - numerical|, relative to the largest gradient of that parameter (at least 1e-2)."""
    run.measure(Probe())
    checkpoint = run.checkpoint()
    analytic = {
        (part.id, each.name): run.weight_gradient(part.id, each.name)
        for part in run.parts
        for each in part.parameters
        if each.learned
    }
    worst = 0.0
    for (part, name), gradient in analytic.items():
        flat, values = gradient.reshape(-1), checkpoint.arrays[(part, name)].reshape(-1)
        scale = max(1e-2, float(np.abs(flat).max()))
        for index in range(0, flat.size, every):
            numerical = numerical_gradient(run, part, name, index, float(values[index]))
            worst = max(worst, abs(numerical - float(flat[index])) / scale)
    return worst


@pytest.mark.parametrize("layer", variants(), ids=repr)
def test_every_kind_agrees_with_numerical_differentiation(layer: Layer) -> None:
    checked = 0
    for shape in ((5,), (5, 6, 2)):
        network = around(layer, shape)
        if network is None or (layer.category is Category.OUTPUT and len(shape) == 3):
            continue
        classification = network.nodes[-1].layer.kind == "softmax"
        run = run_of(network, random_data(shape, 3, classification, seed=3))
        assert largest_gradient_error(run) < 1e-6
        checked += 1
    assert checked


@pytest.mark.parametrize("seed", range(25))
def test_random_graphs_agree_with_numerical_differentiation(seed: int) -> None:
    run = run_of(*random_network(seed))
    assert largest_gradient_error(run, every=7) < 1e-5  # kinks of ReLU and max pooling lie closer in deep graphs
