"""Predicted shrinkage: how long a W would be if its data gradient were 0 and only lambda pulled, optimiser included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resnet_sim.network.training import Training
from resnet_sim.state.record import Event

Map = NDArray[np.float64]


def predicted_norms(
    training: Training,
    steps: Sequence[int],
    norm: float,
    events: Iterable[Event] = (),
    *,
    at: int = 0,
    l2: float | None = None,
    stored: float = 0.0,
) -> list[float | None]:
    """||W|| at each of `steps` (ascending, none before `at`), for a W of length `norm` at step `at`.

    training: the settings in force at step `at`. events: what changed later; one of step s holds from the update after
    s updates on, as in the record. l2: the lambda of W's block, which replaces the network's; None without one.
    stored: the part of the momentum v along W at step `at`. None where the prediction leaves all bounds
    (alpha lambda > 2).

    With dW = 0 every update maps (W, v) linearly: gradient descent and Adam (which decays apart) W <- (1 - alpha
    lambda) W; momentum v <- beta v + lambda W, W <- W - alpha v. Between two changes that map is raised to a power.
    """
    if list(steps) != sorted(steps) or (steps and steps[0] < at):
        raise ValueError(f"steps must ascend from {at}")
    state, now = np.array([norm, stored]), at
    update = _update(training, l2)
    found: list[float | None] = []
    wanted = np.asarray(steps, np.int64)
    for change in (*_changes(training, events, at, l2), None):
        until = len(wanted) if change is None else int(np.searchsorted(wanted, change.step))
        sizes = np.abs(_after(update, wanted[len(found) : until] - now, state)[0])
        found += [float(size) if isfinite(size) else None for size in sizes]
        if change is not None:
            state = _after(update, np.array([change.step - now]), state)[:, 0]
            if change.forgets:
                state[1] = 0.0
            now, update = change.step, change.update
    return found


class _Change(NamedTuple):
    """From `step` on an update does this to (W, v); another optimiser forgets v."""

    step: int
    update: Map
    forgets: bool


def _changes(training: Training, events: Iterable[Event], at: int, l2: float | None) -> Iterator[_Change]:
    for event in sorted(events, key=lambda each: each.step):
        if event.step < at:
            continue
        before = training
        if event.name == "optimiser":
            training = replace(training, optimiser=str(event.value))
        elif event.name == "learning_rate":
            training = replace(training, learning_rate=float(event.value))
        elif event.name == "momentum":
            training = replace(training, momentum=float(event.value))
        elif event.name == "l2":
            training = replace(training, l2=float(event.value))
        if training != before:
            yield _Change(event.step, _update(training, l2), training.optimiser != before.optimiser)


def _update(training: Training, l2: float | None) -> Map:
    alpha, beta = training.learning_rate, training.momentum
    decay = training.l2 if l2 is None else l2
    if training.optimiser == "momentum":
        return np.array([[1 - alpha * decay, -alpha * beta], [decay, beta]])
    return np.array([[1 - alpha * decay, 0.0], [0.0, 0.0]])


def _after(update: Map, counts: NDArray[np.int64], state: Map) -> Map:
    """(2, n): (W, v) after so many updates each, by squaring: the powers of one map may be applied in any order."""
    found: Map = np.repeat(state[:, None], len(counts), axis=1)
    bits = int(counts.max()).bit_length() if len(counts) else 0
    with np.errstate(all="ignore"):
        for bit in range(bits):
            found = np.where(counts >> bit & 1, update @ found, found)
            update = update @ update
    return found
