"""Pictures of activations: a^{[l]} of some parts in a plan of one example, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array
from resnet_sim.engine.lasting import Lasting
from resnet_sim.engine.model import BoundPlan


class Pictures:
    """places: part -> where its a^{[l]} is made. Worked out once per plan and choice of parts."""

    def __init__(self, plan: BoundPlan, places: Mapping[str, str]) -> None:
        self.plan = plan
        self.places = places
        self._arrays = Lasting(plan)
        self._ones: dict[str, Array] = {}
        for part, place in places.items():
            self._ones[part] = self._arrays.activation(place)[0]

    def queue(self) -> None:
        """Begin to copy, where that goes on beside: `taken` then gives what the plan holds at this moment."""

    def taken(self) -> dict[str, NDArray[np.float32]]:
        """part -> copies of what the plan holds: (n_C, n_H, n_W), or (n,) for a vector."""
        self._arrays.renew()
        return {part: channels_first(np.asarray(one, np.float32)) for part, one in self._ones.items()}


def channels_first(one: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy of one example: (n_H, n_W, n_C) as (n_C, n_H, n_W); (n,) as it is."""
    return np.array(one.transpose(2, 0, 1) if one.ndim == 3 else one, order="C")
