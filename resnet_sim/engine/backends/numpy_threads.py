"""Threads that play operations side by side. NumPy lets go of the interpreter inside its own loops and products."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

import numpy as np

from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.plan import Operation, play
from resnet_sim.errors import RefusedError, sentence

SETTING = "RESNET_SIM_THREADS"
MOST = 64

Jobs = SimpleQueue[Sequence[Operation] | None]
Outcomes = SimpleQueue[Exception | None]


def threads_set() -> int:
    """How many threads the environment asks for: 1 unless RESNET_SIM_THREADS says otherwise. Another number gives other
    last bits, so it belongs to what must be alike for two runs to be bit-equal.

    Raises RefusedError when it is no number from 1 to 64.
    """
    asked = os.environ.get(SETTING, "1")
    if not (asked.isdecimal() and 1 <= int(asked) <= MOST):
        raise RefusedError(
            sentence(
                "{setting} must be a number from 1 to {most}, not “{asked}”.", setting=SETTING, most=MOST, asked=asked
            )
        )
    return int(asked)


class Threads:
    """The thread that calls and `others`, which wait for work and end with this object."""

    def __init__(self, others: int) -> None:
        self._jobs: list[Jobs] = [SimpleQueue() for _ in range(others)]
        self._outcomes: Outcomes = SimpleQueue()
        for jobs in self._jobs:
            Thread(target=_work, args=(jobs, self._outcomes), name="numpy lane", daemon=True).start()
            weakref.finalize(self, jobs.put, None)

    def play(self, first: Operations, *others: Operations) -> None:
        """Play all lists at once; returns when all are done. Raises what any of them raised."""
        for jobs, operations in zip(self._jobs, others, strict=True):
            jobs.put(operations)
        try:
            play(first)
        finally:
            outcomes = [self._outcomes.get() for _ in others]
        for error in outcomes:
            if error is not None:
                raise error


def _work(jobs: Jobs, outcomes: Outcomes) -> None:
    with np.errstate(all="ignore"):  # as in training: what is not finite is found by looking at the loss
        while (operations := jobs.get()) is not None:
            try:
                play(operations)
            except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
                outcomes.put(error)
            else:
                outcomes.put(None)
