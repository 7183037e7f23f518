"""Live measurements of one step, taken between backward and update: all are of one and the same step."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array
from resnet_sim.engine.model import BoundPlan, Model
from resnet_sim.engine.optimisers import Optimiser
from resnet_sim.layers.base import Role
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.blocks import block_ends
from resnet_sim.network.graph import Block, Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.parts import Part

SAMPLES = 512
"""Values of a layer that its histogram and its statistics are taken from."""
BINS = 32


@dataclass(frozen=True)
class Probe:
    """What to measure in a step: `series` (norms, statistics, blocks), histograms and channel pictures of some parts.

    example: which row of the training set the pictures show, in evaluation mode.
    """

    series: bool = True
    histograms: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    example: int = 0


@dataclass(frozen=True)
class Histogram:
    """counts (BINS,) int32 over [low, high] of the sampled values."""

    counts: NDArray[np.int32]
    low: float
    high: float


@dataclass(frozen=True)
class Measurement:
    """What a probe found. A series that is undefined (a dead layer, ||a|| = 0) is None.

    Series, by name: loss, l2_term; activation_mean, _std, _zeros (share of exact zeros), _norm and _gradient_norm
    (RMS over examples of ||a|| and ||da||, da per example) / weighted layer; weight_norm, gradient_norm (dW of the mean
    loss, without the L2 term), update_norm / part / parameter; data_pull, decay_pull / part / parameter: how fast dW
    and lambda shorten W, <dW, W>/||W|| and lambda ||W||; identity_distance, skip_gradient_norm, main_gradient_norm,
    cosine (between the two parts of da^{[l]}), masked_share / block.
    """

    series: dict[str, float | None] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)


class Probes:
    """Measures one model. Costs a few per cent of a step: statistics come from 512 strided values a layer."""

    def __init__(self, network: Network, model: Model, optimiser: Optimiser) -> None:
        self._model = model
        self._optimiser = optimiser
        self._places = activation_places(network)
        self._blocks = {block.id: BlockProbe(network, model.parts, block) for block in network.blocks}

    def measure(self, plan: BoundPlan, probe: Probe) -> Measurement:
        """Read the arrays of the newest forward and backward pass; nothing is changed."""
        found = Measurement()
        if probe.series:
            found.series["loss"] = _finite(float(plan.loss))
            found.series["l2_term"] = _finite(self._optimiser.l2_term())
            self._activations(plan, found.series)
            self._weights(found.series)
            for name, block in self._blocks.items():
                for quantity, value in block.measure(plan).items():
                    found.series[f"{quantity}/{name}"] = value
        for part in probe.histograms:
            found.histograms[part] = histogram(sampled(plan.activation(self._places.get(part, part))))
        return found

    def pictures(self, plan: BoundPlan, parts: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        """part -> its a^{[l]} in a plan of one example: (n_C, n_H, n_W), or (n,) for a vector."""
        found: dict[str, NDArray[np.float32]] = {}
        for part in parts:
            one = plan.activation(self._places.get(part, part))[0]
            found[part] = np.ascontiguousarray(one.transpose(2, 0, 1) if one.ndim == 3 else one, np.float32)
        return found

    def _activations(self, plan: BoundPlan, series: dict[str, float | None]) -> None:
        for layer, place in self._places.items():
            a = plan.activation(place)
            sample = sampled(a)
            series[f"activation_mean/{layer}"] = _finite(float(sample.mean()))
            series[f"activation_std/{layer}"] = _finite(float(sample.std()))
            series[f"activation_zeros/{layer}"] = float(np.count_nonzero(sample == 0)) / sample.size
            series[f"activation_norm/{layer}"] = _finite(norm(a) / sqrt(len(a)))
            da = plan.gradient(place)
            series[f"activation_gradient_norm/{layer}"] = None if da is None else per_example(da)

    def _weights(self, series: dict[str, float | None]) -> None:
        decay = self._optimiser.decay
        for slot in self._model.slots:
            w, dw = self._model.w[slot.first : slot.last], self._model.dw[slot.first : slot.last]
            name = "/".join(slot.key)
            size = norm(w)
            series[f"weight_norm/{name}"] = _finite(size)
            series[f"gradient_norm/{name}"] = _finite(norm(dw))
            if slot.parameter.role is Role.WEIGHT:
                series[f"data_pull/{name}"] = _finite(float(dw.dot(w)) / size) if size else None
                series[f"decay_pull/{name}"] = _finite(float(decay[slot.first]) * size)

    def updates(self) -> dict[str, float | None]:
        """||W_new - W_old|| of the update just made."""
        update = self._optimiser.update
        return {
            "update_norm/" + "/".join(slot.key): _finite(norm(update[slot.first : slot.last]))
            for slot in self._model.slots
        }


class BlockProbe:
    """What a block does to its input, and how its gradient splits: da^{[l]} = skip part + main part."""

    def __init__(self, network: Network, parts: tuple[Part, ...], block: Block) -> None:
        self._ends = ends = block_ends(network, block)
        by_id = {part.id: part for part in parts}
        gate = network.by_id[ends.gate].layer if ends.gate else None
        self._g = gate if isinstance(gate, Activation) else None
        skip = ends.skip
        self._shortcut = ""  # the part whose output arrives at (+) when it is not a^{[l]} itself
        self._skip_entry: tuple[str, int] | None = None
        if skip is not None:
            chain = [part for part in parts if part.skip == skip.id]
            if skip.enabled:
                self._shortcut = chain[-1].id if chain else ""
                arrives = self._shortcut or skip.source
                add = by_id[skip.target]
                self._skip_entry = (chain[0].id, 0) if chain else (skip.target, _last(add.inputs, arrives))
        self._main_entry = (block.nodes[0], 0)

    def measure(self, plan: BoundPlan) -> dict[str, float | None]:
        """identity_distance, and for residual blocks the split of the gradient; None where undefined."""
        ends = self._ends
        found: dict[str, float | None] = {"identity_distance": self._distance(plan)}
        main = plan.contribution(*self._main_entry)
        skip = plan.contribution(*self._skip_entry) if self._skip_entry else None
        found["main_gradient_norm"] = None if main is None else per_example(main)
        found["skip_gradient_norm"] = None if skip is None else per_example(skip)
        found["cosine"] = None if main is None or skip is None else cosine(skip, main)
        found["masked_share"] = None
        if ends.skip is not None:
            du, da = plan.gradient(ends.skip.target), plan.gradient(ends.gate or ends.skip.target)
            if du is not None and da is not None and (size := norm(da)):
                found["masked_share"] = _finite(1 - (norm(du) / size) ** 2)
        return found

    def _distance(self, plan: BoundPlan) -> float | None:
        a, out = plan.activation(self._ends.source), plan.activation(self._ends.end)
        if self._shortcut:
            a = self._gated(plan.activation(self._shortcut))
        if a.shape != out.shape:
            return None
        size = norm(a)
        return _finite(norm(out - a) / size) if size else None

    def _gated(self, x: Array) -> Array:
        if self._g is None or self._g.function == "none":
            return x
        if self._g.function == "relu":
            return np.maximum(x, 0)
        if self._g.function == "leaky_relu":
            x = np.maximum(x, self._g.slope * x)
        else:
            x = np.tanh(x) if self._g.function == "tanh" else np.multiply(1 + np.tanh(x / 2), 0.5)
        return x


def _last(inputs: tuple[str, ...], source: str) -> int:
    return max(index for index, each in enumerate(inputs) if each == source)


def sampled(values: Array) -> NDArray[np.float64]:
    """At most SAMPLES values, evenly strided over the array."""
    flat = values.reshape(-1)
    stride = max(1, flat.size // SAMPLES)
    if stride > 1 and stride % 2 == 0:
        stride += 1  # an odd step does not always meet the same channels
    return flat[::stride][:SAMPLES].astype(np.float64)


def histogram(values: NDArray[np.float64]) -> Histogram:
    """Counts of finite values in BINS equal bins from the smallest to the largest."""
    values = values[np.isfinite(values)]
    if not values.size:
        return Histogram(np.zeros(BINS, np.int32), 0.0, 0.0)
    low, high = float(values.min()), float(values.max())
    index = ((values - low) * ((BINS - 1e-6) / (high - low or 1.0))).astype(np.intp)
    return Histogram(np.bincount(index, minlength=BINS).astype(np.int32), low, high)


def norm(x: Array) -> float:
    """||x||_F."""
    flat = x.reshape(-1)
    return sqrt(float(flat.dot(flat)))


def per_example(da: Array) -> float | None:
    """RMS over examples of ||da|| per example: the plan holds da of the mean loss, 1/m of it."""
    return _finite(norm(da) * sqrt(len(da)))


def cosine(a: Array, b: Array) -> float | None:
    """The cosine between two arrays, None where one is 0."""
    size = norm(a) * norm(b)
    return _finite(float(a.reshape(-1).dot(b.reshape(-1))) / size) if size else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
