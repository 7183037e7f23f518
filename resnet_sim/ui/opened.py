"""What is in a file, as the workbench shows it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from resnet_sim.assets import resources
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import StateFile
from resnet_sim.errors import FileError, sentence
from resnet_sim.files import container
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.record import Record


@dataclass(frozen=True)
class Opened:
    """A document with what was learned of it. path: its file, None if it has none yet."""

    experiment: Experiment
    path: Path | None
    weights: StateFile | None
    record: Record | None


def read(path: Path) -> Opened:
    """A file that can be shown. Examples have no path. Raises ResNetSimError for any other."""
    try:
        saved = container.load(path)
        weights = None
        if saved.checkpoint is not None:
            weights = StateFile(str(path.resolve()), hashlib.sha256(path.read_bytes()).hexdigest())
        data_set(saved.experiment.data)  # is there such a one
    except OSError as error:
        raise FileError(sentence("“{file}” cannot be opened: {why}.", file=path.name, why=error.strerror)) from error
    shipped = path.resolve().is_relative_to((resources() / "examples").resolve())
    return Opened(saved.experiment, None if shipped else path, weights, saved.record)
