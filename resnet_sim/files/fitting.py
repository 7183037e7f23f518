"""Whether weights fit a network."""

from __future__ import annotations

from resnet_sim.datasets.registry import data_set
from resnet_sim.errors import FileError, sentence
from resnet_sim.layers.base import Shape, size_text
from resnet_sim.network.check import check
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.parts import parts
from resnet_sim.state.checkpoint import ArrayKey, Checkpoint


def refuse_misfit(experiment: Experiment, checkpoint: Checkpoint) -> None:
    """Raise FileError, naming the layer, unless every array is one of the network's, of the right size, none missing.

    A network with errors has no sizes to compare with: then anything passes.
    """
    data = data_set(experiment.data).shape
    if check(experiment.network, data).errors:
        return
    wanted: dict[ArrayKey, Shape] = {
        (part.id, each.name): each.shape for part in parts(experiment.network, data.input) for each in part.parameters
    }
    layers = {part for part, _ in wanted}
    for key, array in (*checkpoint.arrays.items(), *((key[:2], a) for key, a in checkpoint.slots.items())):
        part, name = key
        if part not in layers:
            raise FileError(
                sentence(
                    "There are weights {name} for “{layer}”, but no such layer has weights.", name=name, layer=part[:80]
                )
            )
        if key not in wanted:
            raise FileError(sentence("Layer “{layer}” has no weights {name}.", layer=part, name=name[:80]))
        if array.shape != wanted[key]:
            raise FileError(
                sentence(
                    "Layer “{layer}” needs {name} of size {wanted}, not {came}.",
                    layer=part,
                    name=name,
                    wanted=size_text(wanted[key]) or 1,
                    came=size_text(array.shape) or 1,
                )
            )
    for part, name in wanted:
        if (part, name) not in checkpoint.arrays:
            raise FileError(sentence("The weights {name} of layer “{layer}” are missing.", name=name, layer=part))
