"""What stays when a network is edited: weights of unchanged layers go over, new ones start, slots are zeroed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resnet_sim.network.parts import Part
from resnet_sim.state.checkpoint import ArrayKey, Checkpoint
from resnet_sim.state.start import draw


@dataclass(frozen=True)
class CarriedOver:
    """The new checkpoint, and which parameters were kept, started and left behind (for the sentence that says so)."""

    checkpoint: Checkpoint
    kept: tuple[ArrayKey, ...]
    started: tuple[ArrayKey, ...]
    left: tuple[ArrayKey, ...]


def carry_over(old: Checkpoint, parts: Iterable[Part], seed: int) -> CarriedOver:
    """Arrays whose (part, name, shape) is unchanged go over; the others start by their own initialiser from `seed`.

    Slots are zeroed (none are carried) and Adam's t starts again; step and epoch go on.
    """
    arrays = {}
    kept: list[ArrayKey] = []
    started: list[ArrayKey] = []
    for part in parts:
        for parameter in part.parameters:
            key = (part.id, parameter.name)
            found = old.arrays.get(key)
            if found is not None and found.shape == parameter.shape:
                arrays[key] = found
                kept.append(key)
            else:
                arrays[key] = draw(parameter, part.id, seed)
                started.append(key)
    left = tuple(key for key in old.arrays if key not in arrays)
    checkpoint = Checkpoint(arrays, {}, old.progress._replace(updates=0))
    return CarriedOver(checkpoint, tuple(kept), tuple(started), left)
