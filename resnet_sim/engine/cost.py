"""What a run will need before anything is allocated: numbers, bytes, and whether they fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backends.numpy import REWRITES, NumpyBackend
from resnet_sim.engine.model import Model, compile_plan
from resnet_sim.engine.optimisers import SLOTS
from resnet_sim.engine.plan import Buffer, Call
from resnet_sim.errors import RefusedError, ResNetSimError, Sentence, sentence
from resnet_sim.layers.base import DataShape
from resnet_sim.network.parts import Part
from resnet_sim.network.training import Training

PORTION = 256
"""Examples that evaluation takes at once, alike for all networks: how many rows BLAS multiplies at once moves the last
digits of a float32 (measured: 2e-7 of a loss of 0.03, 1e-6 of one of 0.001). What leaves the function as it was,
a block that copies its input, must not seem to change the loss.
"""
EVALUATION_BYTES = 512 * 2**20
"""Only where the activations of a portion would take more than this are portions smaller."""
FREE_SHARE = 0.7


@dataclass(frozen=True)
class Cost:
    """parameters: learned numbers. bytes: what will be held while training: parameters, gradients, optimiser slots, the
    activations of a mini-batch and of a portion of evaluation, workspaces, and the training set."""

    parameters: int
    bytes: int
    evaluation_portion: int


def estimate(parts: tuple[Part, ...], data: DataShape, training: Training, examples: int) -> Cost:
    """What training this network takes. Its plans are made as for training, but their arrays are only counted."""
    held = Held()
    model = Model(parts, data, 1.0, NumpyBackend(training.dtype, make=held.make))
    vectors = 2 + len(SLOTS[training.optimiser]) + (training.optimiser == "adam")  # decay, update, slots, Adam's root
    held.make((vectors, model.size), training.dtype)
    held.make((examples, prod(data.input) + data.outputs), training.dtype)
    portion = evaluation_portion(parts, data, training.dtype)
    for m, learning in _plans(training, examples, portion):
        model.plan(m, learning)
    return Cost(model.size, held.bytes, portion)


def least(parts: tuple[Part, ...], data: DataShape, training: Training, examples: int) -> int:
    """Bytes of what training takes without the workspaces: nothing but arithmetic, however large the network is."""
    itemsize = np.dtype(training.dtype).itemsize
    numbers = examples * (prod(data.input) + data.outputs)
    numbers += sum(prod(each.shape) for part in parts for each in part.parameters) * (
        4 + len(SLOTS[training.optimiser])
    )
    for m, learning in _plans(training, examples, evaluation_portion(parts, data, training.dtype)):
        compiled = compile_plan(parts, data, m, learning, 1.0)
        plan = compiled.plan
        for rewrite in REWRITES:
            plan = rewrite(plan)
        numbers += replace(compiled, plan=plan).numbers()
    return numbers * itemsize


def evaluation_portion(parts: tuple[Part, ...], data: DataShape, dtype: str) -> int:
    """Examples that evaluation takes at once."""
    per_example = max(1, compile_plan(parts, data, 1, False, 1.0).numbers()) * np.dtype(dtype).itemsize
    return max(1, min(PORTION, EVALUATION_BYTES // per_example))


def _plans(training: Training, examples: int, portion: int) -> list[tuple[int, bool]]:
    """(examples, learning) of the plans that a run keeps: whole and short mini-batches, portions of evaluation."""
    m = min(training.batch_size, examples)
    wanted = [(m, True), (examples % m, True), (min(portion, examples), False), (examples % portion, False)]
    return [each for each in dict.fromkeys(wanted) if each[0]]


class Held:
    """Counts the arrays that a backend asks for instead of making them."""

    def __init__(self) -> None:
        self.bytes = 0
        self._room = np.empty(0, np.uint8)

    def make(self, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        """An array of this shape, not to be written to. All lie on top of each other, in memory that nobody touches:
        the system gives none for it."""
        kind = np.dtype(dtype)
        size = prod(shape) * kind.itemsize
        self.bytes += size
        if size > self._room.size:
            self._room = np.empty(size, np.uint8)
        made = self._room[:size].view(kind).reshape(shape)
        made.flags.writeable = False
        return made


def multiply_adds(parts: tuple[Part, ...], data: DataShape, m: int) -> int:
    """Multiplications with an addition in the matrix products of one training step of m examples: an exact count.

    Of the mathematics, not of what a backend does: every position of a filter counts, on the zeros around an image too.
    """
    total = 0
    for call in compile_plan(parts, data, m, True, 1.0).plan.calls:
        if call.primitive == "gemm":
            total += _written(call).size * call.reads[0].shape[0 if call.settings["transpose_a"] else 1]
        elif call.primitive in FILTERS:
            W, z = FILTERS[call.primitive](call)
            total += z.size * prod(W.shape[:3])
    return total


FILTERS: dict[str, Callable[[Call], tuple[Buffer, Buffer]]] = {
    "convolve": lambda call: (call.reads[1], _written(call)),
    "convolve_dW": lambda call: (_written(call), call.reads[1]),
    "convolve_dx": lambda call: (call.reads[1], call.reads[0]),
}
"""Of a convolution: the filters (f, f, n_C_prev, n_C), and z or dz."""


def _written(call: Call) -> Buffer:
    (out,) = call.writes
    assert out is not None
    return out


class TooLargeError(RefusedError):
    """There is not enough memory. batch: the largest power of two that would do as batch size, 0 if none would."""

    def __init__(self, said: Sentence, batch: int) -> None:
        super().__init__(said)
        self.batch = batch


def batch_that_fits(error: ResNetSimError) -> int:
    """The batch size with which there would be enough memory, 0 if that is not what is wrong."""
    return error.batch if isinstance(error, TooLargeError) else 0


def affordable(parts: tuple[Part, ...], data: DataShape, training: Training, examples: int, free: int | None) -> Cost:
    """The estimate, if there is room for it in `free` bytes (None: unknown). Raises TooLargeError."""
    try:
        require_room(least(parts, data, training, examples), free)
        cost = estimate(parts, data, training, examples)
        require_room(cost.bytes, free)
    except RefusedError as error:
        raise TooLargeError(error.sentence, _fitting_batch(parts, data, training, examples, free)) from None
    return cost


def _fitting_batch(
    parts: tuple[Part, ...], data: DataShape, training: Training, examples: int, free: int | None
) -> int:
    batch = 1 << (min(training.batch_size, examples).bit_length() - 1)
    while batch:
        smaller = replace(training, batch_size=batch)
        if batch < training.batch_size and _fits(parts, data, smaller, examples, free):
            return batch
        batch //= 2
    return 0


def _fits(parts: tuple[Part, ...], data: DataShape, training: Training, examples: int, free: int | None) -> bool:
    if free is None:
        return True
    room = FREE_SHARE * free
    return least(parts, data, training, examples) <= room and estimate(parts, data, training, examples).bytes <= room


def require_room(need: int, free: int | None) -> None:
    """Raise RefusedError when `need` bytes are above 70 % of the free memory (None: unknown, nothing is refused)."""
    if free is not None and need > FREE_SHARE * free:
        raise RefusedError(
            sentence(
                "Training needs about {need:.1f} GB, but only {free:.1f} GB are free: use a smaller batch or "
                "fewer units.",
                need=need / 1e9,
                free=free / 1e9,
            )
        )


def free_memory() -> int | None:
    """Bytes that programs may still take, None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
