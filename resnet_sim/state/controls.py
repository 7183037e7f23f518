"""The controls of a run as its record knows them: how they stood at the start, and what changed at which step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.training import Training
from resnet_sim.state.record import Event, Record

Value = float | int | str | bool

NETWORKS_L2 = ""
"""What stands for the lambda of a block that has none of its own."""
NETWORK = "network"
"""The event of another network that went on with the weights of the layers that stayed; the optimiser began anew."""
NOT_NOTED = frozenset({"epochs", "dtype"})
"""Settings that change nothing of a run once it stands."""


def note_controls(record: Record, step: int, experiment: Experiment) -> None:
    """Note what differs from what the record knows; at step 0 everything, so that it says with what the run began.

    A record that does not say so is left alone later on: which of its controls changed nobody can tell.
    """
    known = controls_at(record, step)
    if step > 0 and "optimiser" not in known:
        return
    for name, value in controls(experiment).items():
        before = known.get(name, _at_rest(name))
        if before != value:
            record.note(step, name, value)


def controls(experiment: Experiment) -> dict[str, Value]:
    """Every control by the name its events have: "l2", "learning_rate", "l2/block1", "frozen/fc1", "skip/skip1" ..."""
    training = experiment.training
    found = {each.name: getattr(training, each.name) for each in fields(Training) if each.name not in NOT_NOTED}
    return found | dict(_of_network(experiment.network))


def _of_network(network: Network) -> Iterator[tuple[str, Value]]:
    for block in network.blocks:
        yield f"l2/{block.id}", NETWORKS_L2 if block.l2 is None else block.l2
    for block in network.blocks:
        yield f"frozen/{block.id}", block.frozen
    for node in network.nodes:
        yield f"frozen/{node.id}", node.frozen
    for skip in network.skips:
        yield f"frozen/{skip.id}", skip.frozen
        yield f"skip/{skip.id}", skip.enabled


def _at_rest(name: str) -> Value | None:
    """How a control of a part stands where nobody touched it; None for a setting of training."""
    kind, slash, _part = name.partition("/")
    if not slash:
        return None
    return NETWORKS_L2 if kind == "l2" else kind == "skip"


def controls_at(record: Record, step: int) -> dict[str, Value]:
    """How the controls stood from the update after `step` updates on, as far as the record knows."""
    return {event.name: event.value for event in record.events if event.step <= step}


def changes(record: Record) -> tuple[Event, ...]:
    """Events that made a difference while the run was under way; a first value at step 0 is where it began."""
    known: dict[str, Value] = {}
    found: list[Event] = []
    for event in record.events:
        if event.step > 0 and known.get(event.name) != event.value:
            found.append(event)
        if event.name != NETWORK:
            known[event.name] = event.value
    return tuple(found)
