"""Gradient descent, momentum and Adam on flat vectors; lambda, freezing and every rate may change at any step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from resnet_sim.engine.backend import Array, Hyper
from resnet_sim.engine.model import Model, Slot
from resnet_sim.engine.plan import Operation, play
from resnet_sim.layers.base import Role
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import SlotKey

SLOTS: dict[str, tuple[str, ...]] = {"sgd": (), "momentum": ("v",), "adam": ("m", "s")}


class Optimiser:
    """Moves the parameters of one model. `update` holds W_old - W_new of the last step, 0 where frozen.

    sgd: W <- W - alpha (dW + lambda W). momentum: v <- beta v + dW + lambda W, W <- W - alpha v. adam: decoupled decay,
    W <- W - alpha (m_hat / (sqrt(s_hat) + eps) + lambda W).
    """

    def __init__(self, model: Model, training: Training) -> None:
        self._model = model
        zeros = model.backend.zeros
        self.decay = zeros((model.size,))
        self.update = zeros((model.size,))
        self.slots: dict[str, Array] = {}
        self.updates = 0
        self._hyper = Hyper(*(zeros(()) for _ in range(8)))
        self.set(training)

    def set(self, training: Training) -> None:
        """Take new settings (and new freezing from the model's parts) from the next step on."""
        self.training = training
        model = self._model
        kept = self.slots
        self.slots = {name: kept.get(name, model.backend.zeros((model.size,))) for name in SLOTS[training.optimiser]}
        if set(kept) != set(self.slots):
            self.updates = 0
        hyper = self._hyper
        for array, value in (
            (hyper.rate, training.learning_rate),
            (hyper.beta, training.momentum),
            (hyper.one_minus_beta, 1 - training.momentum),
            (hyper.beta2, training.beta2),
            (hyper.one_minus_beta2, 1 - training.beta2),
            (hyper.epsilon, training.epsilon),
        ):
            array[...] = value
        for slot in model.slots:
            self.decay[slot.first : slot.last] = decay_of(slot, training)
        self.update.fill(0)
        self._operations = tuple(self._bind())

    def _bind(self) -> Iterator[Operation]:
        model = self._model
        for first, last in learning_runs(model.slots):
            run = slice(first, last)
            yield from model.backend.optimiser_step(
                self.training.optimiser,
                model.w[run],
                model.dw[run],
                self.decay[run],
                {name: slot[run] for name, slot in self.slots.items()},
                self.update[run],
                self._hyper,
            )

    def step(self) -> None:
        """One update from the gradients that lie in the model."""
        self.updates += 1
        if self.training.optimiser == "adam":
            t, beta1, beta2 = self.updates, self.training.momentum, self.training.beta2
            self._hyper.correct1[...] = self.training.learning_rate / (1 - beta1**t)
            self._hyper.correct2[...] = 1 / np.sqrt(1 - beta2**t)
        play(self._operations)

    def copy_out(self) -> dict[SlotKey, Array]:
        """Copies of the slots per parameter."""
        model = self._model
        return {
            (*each.key, name): model.backend.to_host(slot[each.first : each.last]).reshape(each.parameter.shape)
            for name, slot in self.slots.items()
            for each in model.slots
        }

    def copy_in(self, slots: Mapping[SlotKey, Array], updates: int) -> None:
        """Set the slots; those that are not given become 0."""
        self.updates = updates
        for name, slot in self.slots.items():
            slot.fill(0)
            for each in self._model.slots:
                found = slots.get((*each.key, name))
                if found is not None:
                    self._model.backend.to_device(found.reshape(-1), slot[each.first : each.last])


def decay_of(slot: Slot, training: Training) -> float:
    """The lambda that pulls on a parameter: W and W_s always, b and beta, gamma by their switches, a scale never."""
    role = slot.parameter.role
    decays = (
        role is Role.WEIGHT or (role is Role.BIAS and training.decay_b) or (role is Role.GAMMA and training.decay_gamma)
    )
    if not decays or not slot.part.enabled:
        return 0.0
    return training.l2 if slot.part.l2 is None else slot.part.l2


def learning_runs(slots: list[Slot]) -> Iterator[tuple[int, int]]:
    """The runs of the flat vectors that learn: what is frozen, or rests behind a skip that is off, is left out."""
    first = last = 0
    for slot in slots:
        if slot.part.frozen or not slot.part.enabled:
            continue
        if slot.first != last:
            if last > first:
                yield first, last
            first = slot.first
        last = slot.last
    if last > first:
        yield first, last
