"""Live measurements of one step, taken between backward and update: all are of one and the same step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.block_probe import BlockProbe
from resnet_sim.engine.measuring import pictures_of, products_of
from resnet_sim.engine.model import BoundPlan, Model
from resnet_sim.engine.optimisers import Optimiser, decay_of
from resnet_sim.engine.pictures import Pictures
from resnet_sim.engine.products import MISSING
from resnet_sim.engine.readings import Readings, Weights, series_names
from resnet_sim.engine.samples import Histogram
from resnet_sim.engine.small_weights import SmallWeights
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places

READINGS_KEPT = 4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Probe:
    """What to measure in a step: `series` (norms, statistics, blocks), histograms and channel pictures of some parts.

    example: which row of the training set the pictures show, in evaluation mode.
    """

    series: bool = True
    histograms: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    example: int = 0


class Series(Mapping[str, float | None]):
    """Values by name, None where undefined. array (n,) float64, NaN there; `names` may be longer: the rest
    was not measured. All series of one run have the same `names` object."""

    def __init__(self, names: tuple[str, ...] = (), values: Floats | None = None) -> None:
        self._names = names
        self.array = np.zeros(0) if values is None else values

    @property
    def names(self) -> tuple[str, ...]:
        """Of the values, in their order."""
        n = len(self.array)
        return self._names if n == len(self._names) else self._names[:n]

    def append(self, values: Floats) -> None:
        """Values of the next names; what is not finite is undefined."""
        found = np.where(np.isfinite(values), values, np.nan)
        self.array = np.concatenate([self.array, found])
        self.__dict__.pop("_by_name", None)

    @cached_property
    def _by_name(self) -> dict[str, float | None]:
        values = (None if value != value else value for value in self.array.tolist())
        return dict(zip(self.names, values, strict=True))

    def __getitem__(self, name: str) -> float | None:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.array)


@dataclass(frozen=True)
class Measurement:
    """What a probe found. A series that is undefined (a dead layer, ||a|| = 0) is None.

    Series, by name: loss, l2_term; activation_mean, _std, _zeros (share of exact zeros), _norm and _gradient_norm
    (RMS over examples of ||a|| and ||da||, da per example) / weighted layer; weight_norm, gradient_norm (dW of the mean
    loss, without the L2 term), update_norm / part / parameter; data_pull, decay_pull / part / parameter: how fast dW
    and lambda shorten W, <dW, W>/||W|| and lambda ||W||; identity_distance, skip_gradient_norm, main_gradient_norm,
    cosine (between the two parts of da^{[l]}), masked_share / block. weights: a little of W^{[l]} of `maps`.
    """

    series: Series = field(default_factory=Series)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    weights: dict[str, NDArray[np.float32]] = field(default_factory=dict)


class Probes:
    """Measures one model. What to look at is worked out once per plan; a measurement is then a list of products and one
    sample of values, so that training with all live views keeps its pace."""

    def __init__(self, network: Network, model: Model, optimiser: Optimiser) -> None:
        self._model = model
        self._places = activation_places(network)
        self._blocks = {block.id: BlockProbe(network, model.parts, block) for block in network.blocks}
        self._weights = Weights(model, [decay_of(slot, optimiser.training) for slot in model.slots])
        names = series_names(tuple(self._places), self._weights, tuple(self._blocks))
        self._names = (*names, *(f"update_norm/{name}" for name in self._weights.names))
        self._updates = products_of(model.backend)
        for slot in model.slots:
            self._updates.square(optimiser.update[slot.first : slot.last])
        self._readings: dict[tuple[int, tuple[str, ...]], Readings] = {}
        self._pictures: Pictures | None = None
        self._little = SmallWeights(model, ())

    def measure(self, plan: BoundPlan, probe: Probe) -> Measurement:
        """Read the arrays of the newest forward and backward pass; nothing is changed."""
        if not (probe.series or probe.histograms):
            return Measurement()
        readings = self._of(plan, probe.histograms)
        readings.take()
        series = Series(self._names, readings.series()) if probe.series else Series()
        histograms = dict(zip(probe.histograms, readings.histograms(), strict=True)) if probe.histograms else {}
        return Measurement(series, histograms)

    def _of(self, plan: BoundPlan, histograms: tuple[str, ...]) -> Readings:
        """Kept for the next time: a run has two plans, and looks at few things in turn."""
        key = (plan.plan.m, histograms)
        found = self._readings.pop(key, None)
        if found is None or found.plan is not plan:
            counted = [self._place(part) for part in histograms]
            layers, blocks = tuple(self._places.values()), tuple(self._blocks.values())
            found = Readings(plan, self._model, layers, self._weights, blocks, counted)
        self._readings[key] = found
        while len(self._readings) > READINGS_KEPT:
            del self._readings[next(iter(self._readings))]
        return found

    def add_updates(self, measured: Measurement) -> None:
        """Put ||W_new - W_old|| of the update just made beside the rest."""
        with np.errstate(all="ignore"):
            measured.series.append(np.sqrt(self._updates.read()[:MISSING]))

    def queue(self, plan: BoundPlan, probe: Probe, one: BoundPlan | None) -> None:
        """Begin to measure, where that goes on beside; `one`: a plan of one example, where pictures are wanted."""
        if probe.series or probe.histograms:
            self._of(plan, probe.histograms).queue()
        if one is not None:
            self._pictures_of(one, probe.maps).queue()
            self._little_of(probe.maps).queue()

    def queue_updates(self) -> None:
        """Begin to measure the update just made."""
        self._updates.queue()

    def pictures(self, plan: BoundPlan, parts: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        """part -> its a^{[l]} in a plan of one example: (n_C, n_H, n_W), or (n,) for a vector."""
        return self._pictures_of(plan, parts).taken()

    def weights(self, parts: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        """part -> a little of its W, (f, f) or (rows, columns)."""
        return self._little_of(parts).taken()

    def _little_of(self, parts: tuple[str, ...]) -> SmallWeights:
        if self._little.parts != parts:
            self._little = SmallWeights(self._model, parts)
        return self._little

    def _pictures_of(self, plan: BoundPlan, parts: tuple[str, ...]) -> Pictures:
        places = {part: self._place(part) for part in parts}
        if self._pictures is None or self._pictures.plan is not plan or self._pictures.places != places:
            self._pictures = pictures_of(self._model.backend, plan, places)
        return self._pictures

    def _place(self, part: str) -> str:
        """Where a^{[l]} of a layer is made; any other part's own output."""
        return self._places.get(part, part)
