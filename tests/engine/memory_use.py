"""Run by test_memory.py in a process of its own: what training really takes, against the estimate, as JSON lines.

Each network trains in a fork of a process that has trained before, so what grows is the network's own.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np

from resnet_sim.datasets.base import Data, one_hot
from resnet_sim.engine.memory import resident_bytes
from resnet_sim.engine.training import TrainingRun
from resnet_sim.layers.base import Shape
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import he_cifar, mlp
from resnet_sim.network.training import Training

FLAT = {"flatten": False, "second_scale": 0.1}
NETWORKS: dict[str, tuple[Network, Shape, dict[str, object]]] = {
    "wide MLP, batch 256": (mlp(2, 1024, **FLAT), (64,), {"batch_size": 256}),  # type: ignore[arg-type]
    "wider MLP, batch 32": (mlp(1, 2048, **FLAT), (64,), {"batch_size": 32}),  # type: ignore[arg-type]
    "wide MLP, Adam": (mlp(2, 1024, **FLAT), (64,), {"optimiser": "adam"}),  # type: ignore[arg-type]
    "56 layers of 64": (mlp(27, 64, **FLAT), (64,), {"batch_size": 128}),  # type: ignore[arg-type]
    "110 layers of 128": (mlp(54, 128, **FLAT), (64,), {"batch_size": 256}),  # type: ignore[arg-type]
    "MLP, batch norm, SGD": (mlp(9, 256, flatten=False, batch_norm=True), (64,), {"optimiser": "sgd"}),
    "MLP, float64": (mlp(9, 256, **FLAT), (64,), {"dtype": "float64", "batch_size": 128}),  # type: ignore[arg-type]
    "conv, 16x16x3": (he_cifar(1, batch_norm=False), (16, 16, 3), {"batch_size": 128, "learning_rate": 1e-4}),
    "ResNet-20, 8x8x1": (he_cifar(3, shortcut="learned"), (8, 8, 1), {"batch_size": 64}),
    "ResNet-20, 32x32x3": (he_cifar(3, (16, 32, 64)), (32, 32, 3), {"batch_size": 32}),
}


def measured(network: Network, size: Shape, settings: dict[str, object], examples: int) -> tuple[int, int]:
    """(bytes estimated, bytes grown) of one epoch with its evaluation."""
    r = np.random.default_rng(0)
    x, y = r.standard_normal((examples, *size)), one_hot(r.integers(0, 10, examples), 10)
    data = Data(x, y, x[:0], y[:0], "classification")
    training = Training(**{"learning_rate": 0.001, **settings})  # type: ignore[arg-type] # settings by name
    before = resident_bytes()
    run = TrainingRun(Experiment(network, DataReference("random"), training), data)
    for _ in range(run.steps_per_epoch):
        run.step()
    run.evaluate()
    return run.estimated_bytes, resident_bytes() - before


def main(examples: int) -> None:
    measured(mlp(1, 32, flatten=False, batch_norm=True), (64,), {}, 50)  # libraries and their own memory are there now
    for name, (network, size, settings) in NETWORKS.items():
        pid = os.fork()
        if pid == 0:
            estimated, grown = measured(network, size, settings, examples)
            sys.stdout.write(json.dumps({"name": name, "estimated": estimated, "grown": grown}) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
