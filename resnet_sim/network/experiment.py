"""An experiment as a value: the network, where it stands on the canvas, its data and its training settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_sim.network.graph import Network
from resnet_sim.network.training import Training

Settings = tuple[tuple[str, int | float | str | bool], ...]


@dataclass(frozen=True)
class DataReference:
    """Which data set: the name of its kind, and the settings that differ from the kind's own, sorted by name."""

    name: str
    settings: Settings = ()


@dataclass(frozen=True)
class Position:
    """Where a card stands on the canvas, in scene units; the rest is arranged."""

    id: str
    x: float
    y: float


@dataclass(frozen=True)
class Experiment:
    """All that a document holds except what was learned. Positions are layout: no part of the graph."""

    network: Network
    data: DataReference
    training: Training = field(default_factory=Training)
    layout: tuple[Position, ...] = ()
    title: str = ""
    about: str = ""
