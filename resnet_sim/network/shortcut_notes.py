"""Where a skip path learned to change sizes: W_s stands there because the two parts of a sum could not be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import Shape, size_text
from resnet_sim.layers.shortcuts import shortcut_between
from resnet_sim.network.graph import Network, Skip
from resnet_sim.network.problems import Fix, Problem
from resnet_sim.network.skips import set_shortcut
from resnet_sim.network.view import View


def shortcut_notes(
    network: Network, view: View, shapes: Mapping[str, Shape], parameters: Mapping[str, int]
) -> Iterator[Problem]:
    """A note for every W_s that joins different sizes, from left to right; zero padding is offered where it would do.

    shapes, parameters: as in Report.
    """
    for id in view.order:
        for skip in view.skips.get(id, ()):
            came, brought = shapes.get(skip.source), shapes.get(skip.id)
            if not skip.enabled or skip.shortcut != "learned" or came is None or brought is None or came == brought:
                continue
            said = sentence(
                "{came} must become {brought}; W_s joins them ({n} learned weights).",
                came=size_text(came),
                brought=size_text(brought),
                n=parameters.get(skip.id, 0),
            )
            fixes = (_padded(skip),) if _can_pad(skip, came, brought) else ()
            yield Problem(skip.id, "note", said, fixes)


def _padded(skip: Skip) -> Fix:
    return Fix(sentence("Use zero padding"), partial(set_shortcut, skip_id=skip.id, shortcut="zero_pad"))


def _can_pad(skip: Skip, came: Shape, brought: Shape) -> bool:
    try:
        layer = shortcut_between("zero_pad", came, brought, skip.start, skip.start_scale, skip.start_sigma)
        return layer is not None and layer.output_shape((came,)) == brought
    except ResNetSimError:
        return False
