"""The peer in PyTorch computes what the engine computes, in both memory layouts: only then do times compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine.random_networks import random_network
from engine.test_gradients import EXACT, run_of

pytest.importorskip("torch", reason="the peer is PyTorch")

from resnet_sim.benchmark.torch_peer import TorchPeer


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_random_graphs_have_the_same_losses_gradients_and_weights(seed: int, tuned: bool) -> None:
    network, data = random_network(seed)
    training = replace(EXACT, optimiser="momentum", learning_rate=1e-4, l2=0.02)
    run = run_of(network, data, training)
    power = float((data.train_y**2).sum(1).mean())
    peer = TorchPeer(run.parts, run.checkpoint(), training, target_power=power, tuned=tuned)
    for _ in range(3):
        ours = run.step().loss
        theirs = peer.step(*peer.examples(*run.newest_batch()))
        assert ours == pytest.approx(theirs, rel=1e-9)
    for key in peer.tensors:
        gradient = peer.gradient(key)
        if gradient is not None:
            assert np.allclose(run.weight_gradient(*key), gradient, rtol=1e-7, atol=1e-9), key
        assert np.allclose(run.checkpoint().arrays[key], peer.array(key), rtol=1e-7, atol=1e-9), key


def test_the_two_layouts_are_really_two() -> None:
    """Images of one channel fit both; they must not carry one over into the other."""
    from resnet_sim.benchmark.presets import presets

    (preset,) = presets(("W4",))
    data, run = preset.data(), run_of(preset.network, preset.data(), EXACT)
    strides = []
    for tuned in (False, True):
        peer = TorchPeer(run.parts, run.checkpoint(), EXACT, tuned=tuned)
        x, _ = peer.examples(data.train_x, data.train_y)
        strides.append(x.stride())
        assert x.shape == (len(data.train_x), 1, 8, 8)
    assert strides == [(64, 64, 8, 1), (64, 1, 8, 1)]
