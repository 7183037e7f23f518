"""Writes resources/examples: the presets of the experiments, as files. Run it after changing one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from resnet_sim.files.container import Saved, save  # noqa: E402 - the path comes first
from resnet_sim.layers.kinds.activation import Activation  # noqa: E402
from resnet_sim.layers.kinds.average_pool import AveragePool  # noqa: E402
from resnet_sim.layers.kinds.conv2d import Conv2D  # noqa: E402
from resnet_sim.layers.kinds.dense import Dense  # noqa: E402
from resnet_sim.network.blocks import BlockSpec, insert_block  # noqa: E402
from resnet_sim.network.edits import append, set_frozen  # noqa: E402
from resnet_sim.network.experiment import DataReference, Experiment  # noqa: E402
from resnet_sim.network.graph import Network  # noqa: E402
from resnet_sim.network.parts import parts  # noqa: E402
from resnet_sim.network.templates import empty, he_cifar, identity_stack, mlp, tiny_cnn  # noqa: E402
from resnet_sim.network.training import Training  # noqa: E402
from resnet_sim.state.checkpoint import Checkpoint  # noqa: E402
from resnet_sim.state.start import start  # noqa: E402

DIGITS = DataReference("digits")
DIGITS_600 = DataReference("digits-600")
VECTORS = DataReference("identity-vectors")
IDENTITY = Training(batch_size=64, epochs=75)


def conv_residual() -> Network:
    """Input, conv, residual block, residual block with W_s and stride 2, global pool, FC, softmax (no batch norm)."""
    network = append(empty(), Conv2D(8))
    network = append(network, Activation())
    same = BlockSpec(layer="conv2d", width=8)
    network = insert_block(network, same, after=_end(network))
    network = insert_block(network, replace(same, width=16, stride=2, shortcut="learned"), after=_end(network))
    return append(append(network, AveragePool()), Dense(10))


def _end(network: Network) -> str:
    """The node before the output."""
    return network.main_input["output"]


def spiral_residual() -> Network:
    """Eight residual blocks of width 16 on points of the plane."""
    return mlp(8, 16, outputs=2, flatten=False)


def experiments() -> dict[str, Experiment]:
    """name -> experiment, as written to the files."""
    c1 = Training()
    c3 = Training(learning_rate=0.003, epochs=60)  # at 0.01 one residual run in eight ends in a spike of the loss
    conv20 = Training(epochs=10)
    made: dict[str, tuple[Network, DataReference, Training, str]] = {}
    for depth, blocks in ((20, 9), (56, 27)):
        for residual in (False, True):
            kind = "residual" if residual else "plain"
            made[f"digits-mlp-{kind}-{depth}"] = (
                mlp(blocks, residual=residual, batch_norm=True),
                DIGITS_600,
                c1,
                f"A {kind} network of {depth} FC layers with batch norm on 600 digits.",
            )
    made["glorot-plain-56"] = (
        mlp(27, residual=False, start="glorot"),
        DIGITS_600,
        c3,
        "56 plain FC layers from Glorot start weights: a^{[l]} and its gradient vanish.",
    )
    made["glorot-residual-56"] = (
        mlp(27, start="glorot", second_scale=0.25),
        DIGITS_600,
        c3,
        "56 FC layers with skip connections, Glorot start, each block's last W x 0.25.",
    )
    made["digits-conv-residual"] = (
        conv_residual(),
        DIGITS,
        Training(learning_rate=0.01, batch_size=144, epochs=100),
        "Two residual blocks on 8x8 digits, the second with W_s; each copies its input at the start.",
    )
    for residual in (False, True):
        kind = "residual" if residual else "plain"
        made[f"digits-conv-{kind}-20"] = (
            he_cifar(3, residual=residual),
            DIGITS_600,
            conv20,
            f"The {kind} network of He et al. with 20 layers, on 600 digits.",
        )
    made["insert-base"] = (
        mlp(2),
        DIGITS_600,
        Training(epochs=20),
        "Two residual blocks to train, and then to insert more blocks into.",
    )
    made["tiny-cnn"] = (
        tiny_cnn(),
        DataReference("two-images"),
        Training(optimiser="sgd", learning_rate=2.0, batch_size=2, epochs=3, dtype="float64"),
        "One residual block on two 4x4 images: every number can be checked by hand.",
    )
    made["identity-residual-5"] = (
        identity_stack(5),
        VECTORS,
        replace(IDENTITY, learning_rate=0.3),
        "Can five residual blocks learn to copy their input?",
    )
    made["identity-plain-5"] = (
        identity_stack(5, residual=False),
        VECTORS,
        replace(IDENTITY, learning_rate=0.1),
        "Can five plain pairs of layers learn to copy their input?",
    )
    made["spiral-residual"] = (
        spiral_residual(),
        DataReference("spirals"),
        Training(learning_rate=0.02, batch_size=32, epochs=60),
        "Eight residual blocks separate two spirals.",
    )
    return {
        name: Experiment(network, data, training, (), name, about)
        for name, (network, data, training, about) in made.items()
    }


def tiny_start(experiment: Experiment) -> Checkpoint:
    """The start for the hand computation: W1 the diagonal, b1 = -3, W2 = 0; the FC weight is 4 and frozen."""
    checkpoint = start(parts(experiment.network, (4, 4, 1)), experiment.training.seed)
    arrays = dict(checkpoint.arrays)
    arrays[("conv1", "W")] = np.eye(3).reshape(3, 3, 1, 1)
    arrays[("conv1", "b")] = np.full(1, -3.0)
    arrays[("conv2", "W")] = np.zeros((3, 3, 1, 1))
    arrays[("fc1", "W")] = np.full((1, 1), 4.0)
    return replace(checkpoint, arrays=arrays)


def main() -> None:
    """Write every example."""
    folder = ROOT / "resources" / "examples"
    for name, experiment in experiments().items():
        checkpoint = None
        if name == "tiny-cnn":
            network = set_frozen(experiment.network, "fc1", True)
            experiment = replace(experiment, network=network)
            checkpoint = tiny_start(experiment)
        save(folder / f"{name}.resnet", Saved(experiment, checkpoint, None))
        print(name)


if __name__ == "__main__":
    main()
