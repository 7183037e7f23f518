"""What lambda alone would make of a W since a control last changed, beside what was measured: dW = 0 from there on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.training import Training
from resnet_sim.state.controls import NETWORK, changes, controls_at
from resnet_sim.state.record import Event, Record, Series
from resnet_sim.state.shrinkage import predicted_norms

MATTERS = ("optimiser", "learning_rate", "momentum", "l2", NETWORK)
"""Controls of the whole network that decide what lambda does to a W. What decays besides W is not among them."""


@dataclass(frozen=True)
class Prediction:
    """Begins at step `start` with the measured norm; l2: the lambda in force for this W."""

    start: int
    norm: float
    training: Training
    l2: float
    stored: float

    def norms(self, steps: Sequence[int]) -> list[float | None]:
        """||W|| at these steps, ascending from `start`; None where it leaves all bounds."""
        return predicted_norms(self.training, steps, self.norm, at=self.start, l2=self.l2, stored=self.stored)


def prediction(record: Record, experiment: Experiment, layer: str, weight: str = "W") -> Prediction | None:
    """The prediction that holds now for the W of a layer, None where lambda does not pull on it or nothing is known.

    It begins where a control last changed, or else with the first measurement, and from what was measured there: the
    length of W and, with momentum, the part of v along W as far as the lengths before tell it.
    """
    series = record.series.get(f"weight_norm/{layer}/{weight}")
    training, l2 = experiment.training, lambda_of(experiment, layer)
    if series is None or not series.steps or not l2 or not training.learning_rate or is_frozen(experiment, layer):
        return None
    changed = _changes(record, experiment.network, layer)
    start = max([series.steps[0], *(event.step for event in changed[-1:])])
    norm, pace = standing(series, start)
    if norm is None:
        return None
    here = [event.name for event in changed if event.step == start]
    kept = here and training.optimiser == "momentum" and not {NETWORK, "optimiser"} & set(here)
    alpha = float(controls_at(record, start - 1).get("learning_rate", training.learning_rate))
    return Prediction(start, norm, training, l2, -pace / alpha if kept and alpha else 0.0)


def lambda_of(experiment: Experiment, layer: str) -> float:
    """The lambda that pulls on the W of a layer: that of its block, or the network's."""
    block = experiment.network.block_of.get(layer)
    return experiment.training.l2 if block is None or block.l2 is None else block.l2


def is_frozen(experiment: Experiment, layer: str) -> bool:
    """Whether a layer keeps its W while others learn."""
    block, node = experiment.network.block_of.get(layer), experiment.network.by_id.get(layer)
    return bool((block is not None and block.frozen) or (node is not None and node.frozen))


def standing(series: Series, step: int) -> tuple[float | None, float]:
    """||W|| at a step, and what it gained at each step just before: by the two measurements before, if it was not
    measured there, as it goes another way from there on. One alone, or none, tells no pace.
    """
    at = bisect_left(series.steps, step)
    exact = at < len(series.steps) and series.steps[at] == step
    last = at if exact else at - 1
    known = [(series.steps[i], value) for i in (last - 1, last) if i >= 0 and (value := series.values[i]) is not None]
    if not known or known[-1][0] != series.steps[last]:
        return None, 0.0
    (s0, v0), (s1, v1) = known[0], known[-1]
    pace = (v1 - v0) / (s1 - s0) if s1 > s0 else 0.0
    return max(v1 + pace * (step - s1), 0.0), pace


def _changes(record: Record, network: Network, layer: str) -> list[Event]:
    """Changes of what decides how lambda acts on the W of a layer."""
    block = network.block_of.get(layer)
    names = {*MATTERS, f"frozen/{layer}"}
    if block is not None:
        names |= {f"l2/{block.id}", f"frozen/{block.id}"}
        if block.l2 is not None:
            names.discard("l2")
    return [event for event in changes(record) if event.name in names]
