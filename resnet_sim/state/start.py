"""Start weights: one random stream per (seed, part, parameter), so an inserted layer changes no other start weight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from resnet_sim.layers.base import Parameter
from resnet_sim.network.parts import Part
from resnet_sim.state.checkpoint import Array, ArrayKey, Checkpoint, Progress


def stream(seed: int, *names: str) -> np.random.Generator:
    """The random stream of (seed, names): the same on every machine, whatever else is drawn."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    words = max(1, -(-seed.bit_length() // 32))
    # As bytes: the same words given as Python numbers take twice the time, at every epoch.
    entropy = np.frombuffer(seed.to_bytes(4 * words, "little") + digest, "<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def draw(parameter: Parameter, part: str, seed: int) -> Array:
    """One parameter at its start, float64 (cast by whoever trains)."""
    start = parameter.start
    if start.draw == "constant":
        return np.full(parameter.shape, start.value)
    return stream(seed, part, parameter.name).standard_normal(parameter.shape) * start.value


def start_arrays(parts: Iterable[Part], seed: int) -> dict[ArrayKey, Array]:
    """Every parameter of every part at its start, float64."""
    return {(part.id, each.name): draw(each, part.id, seed) for part in parts for each in part.parameters}


def start(parts: Iterable[Part], seed: int) -> Checkpoint:
    """The checkpoint at step 0."""
    return Checkpoint(start_arrays(parts, seed), {}, Progress(seed=seed))
