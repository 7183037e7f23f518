"""The engine computes what PyTorch computes: losses, every gradient, the running statistics and whole training runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine.random_networks import random_network
from engine.test_gradients import EXACT, run_of
from engine.torch_network import TorchNetwork, torch

from resnet_sim.benchmark.torch_peer import TorchPeer
from resnet_sim.datasets.base import Data
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import TrainingRun


def relative(ours: Any, theirs: Any) -> float:
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    return float(np.abs(ours - theirs).max() / max(1e-3, np.abs(theirs).max()))


def in_order(run: TrainingRun, data: Data) -> Data:
    """The training set in the order of the first epoch, so that PyTorch sees the same batches."""
    run.step()
    x, y = run.newest_batch()
    assert len(x) == len(data.train_x)
    return replace(data, train_x=x, train_y=y)


@pytest.mark.parametrize("seed", range(200))
def test_random_graphs_have_the_loss_and_gradients_of_torch(seed: int) -> None:
    network, data = random_network(seed)
    run = run_of(network, data)
    start = run.checkpoint()
    first = in_order(run, data)
    run.restore(start)
    power = float((data.train_y**2).sum(1).mean())
    peer = TorchNetwork.of(run.parts, start, power)
    measured = run.measure(Probe())
    outputs = peer.forward(first.train_x)
    loss = peer.loss(outputs, first.train_y)
    loss.backward()
    assert measured.series["loss"] == pytest.approx(loss.item(), rel=1e-9)
    for (part, name), tensor in peer.tensors.items():
        if tensor.requires_grad and tensor.grad is not None:
            assert relative(run.weight_gradient(part, name), tensor.grad) < 1e-9, (part, name)


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("seed", [1, 4, 11, 12, 17])
def test_thirty_steps_of_training_end_at_the_weights_of_torch(optimiser: str, seed: int) -> None:
    network, data = random_network(seed)
    training = replace(EXACT, optimiser=optimiser, learning_rate=0.01, l2=0.05, decay_b=seed % 2 == 0)
    run = run_of(network, data, training)
    start = run.checkpoint()
    peer = TorchPeer(run.parts, start, training, target_power=float((data.train_y**2).sum(1).mean()))
    for _ in range(30):
        run.step()
        peer.step(*peer.examples(*run.newest_batch()))
    end = run.checkpoint()
    for key in peer.tensors:
        assert relative(end.arrays[key], peer.array(key)) < 1e-9, key


@pytest.mark.parametrize("seed", [2, 4, 11, 12])
def test_evaluation_uses_running_statistics_like_torch(seed: int) -> None:
    network, data = random_network(seed)
    run = run_of(network, data, replace(EXACT, learning_rate=0.01))
    for _ in range(5):
        run.step()
    peer = TorchNetwork.of(run.parts, run.checkpoint(), float((data.train_y**2).sum(1).mean()))
    loss = peer.loss(peer.forward(data.dev_x, training=False), data.dev_y)
    assert run.evaluate().dev_loss == pytest.approx(loss.item(), rel=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_float32_is_as_close_to_float64_as_torch_is(seed: int) -> None:
    """Over the whole gradient of the network; 1e-5 leaves room for a near-zero ReLU input that flips its sign."""
    network, data = random_network(seed)
    exact = run_of(network, data)
    start = exact.checkpoint()
    first = in_order(exact, data)
    exact.restore(start)
    exact.measure(Probe())
    single = run_of(network, data, replace(EXACT, dtype="float32"))
    single.measure(Probe())
    peer = TorchNetwork.of(exact.parts, start, float((data.train_y**2).sum(1).mean()), torch.float32)
    peer.loss(peer.forward(first.train_x), first.train_y).backward()
    keys = [key for key, tensor in peer.tensors.items() if tensor.requires_grad and tensor.grad is not None]
    truth = whole(exact.weight_gradient(*key) for key in keys)
    ours = np.linalg.norm(whole(single.weight_gradient(*key) for key in keys) - truth)
    theirs = np.linalg.norm(whole(peer.tensors[key].grad for key in keys) - truth)
    assert ours <= max(2 * theirs, 1e-5 * np.linalg.norm(truth))


def whole(gradients: Iterable[Any]) -> Any:
    return np.concatenate([np.asarray(each, float).reshape(-1) for each in gradients])
