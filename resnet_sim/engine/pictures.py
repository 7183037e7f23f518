"""Pictures of activations: a^{[l]} of some parts in a plan of one example, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.lasting import Lasting
from resnet_sim.engine.model import BoundPlan


class Pictures:
    """places: part -> where its a^{[l]} is made. Worked out once per plan and choice of parts."""

    def __init__(self, plan: BoundPlan, places: Mapping[str, str]) -> None:
        self.plan = plan
        self.places = places
        self._arrays = Lasting(plan)
        self._ones = {}
        for part, place in places.items():
            one = self._arrays.activation(place)[0]
            self._ones[part] = one.transpose(2, 0, 1) if one.ndim == 3 else one

    def taken(self) -> dict[str, NDArray[np.float32]]:
        """part -> copies of what the plan holds: (n_C, n_H, n_W), or (n,) for a vector."""
        self._arrays.renew()
        return {part: np.array(one, np.float32, order="C") for part, one in self._ones.items()}
