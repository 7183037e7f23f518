"""What is read off one plan: which products and samples of its arrays make the series, and the arithmetic behind."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.block_probe import BLOCK_SERIES, BlockProbe, BlockProducts
from resnet_sim.engine.lasting import Lasting
from resnet_sim.engine.measuring import products_of, samples_of
from resnet_sim.engine.model import BoundPlan, Model
from resnet_sim.engine.products import MISSING
from resnet_sim.engine.samples import Histogram
from resnet_sim.layers.base import Role

Floats = NDArray[np.float64]
LAYER_SERIES = ("activation_mean", "activation_std", "activation_zeros", "activation_norm", "activation_gradient_norm")


class Weights:
    """The learned parameters of a model, their gradients and lambdas, in the order of its slots."""

    def __init__(self, model: Model, decay: Sequence[float]) -> None:
        self.names = ["/".join(slot.key) for slot in model.slots]
        self.pulled = [k for k, slot in enumerate(model.slots) if slot.parameter.role is Role.WEIGHT]
        self.decay = np.array(decay)
        self.w = [model.w[slot.first : slot.last] for slot in model.slots]
        self.dw = [model.dw[slot.first : slot.last] for slot in model.slots]


def series_names(layers: Sequence[str], weights: Weights, blocks: Sequence[str]) -> tuple[str, ...]:
    """In the order of `Readings.series`."""
    pulled = [weights.names[k] for k in weights.pulled]
    return (
        "loss",
        "l2_term",
        *(f"{quantity}/{layer}" for quantity in LAYER_SERIES for layer in layers),
        *(f"{quantity}/{name}" for quantity in ("weight_norm", "gradient_norm") for name in weights.names),
        *(f"{quantity}/{name}" for quantity in ("data_pull", "decay_pull") for name in pulled),
        *(f"{quantity}/{block}" for quantity in BLOCK_SERIES for block in blocks),
    )


class Readings:
    """One plan, and all that its series and histograms are made of. Nothing is allocated from step to step.

    layers: where a^{[l]} of each weighted layer is made. histograms: the parts whose values are counted.
    """

    def __init__(
        self,
        plan: BoundPlan,
        model: Model,
        layers: Sequence[str],
        weights: Weights,
        blocks: Sequence[BlockProbe],
        histograms: Sequence[str],
    ) -> None:
        self.plan = plan
        self._weights = weights
        arrays = self._arrays = Lasting(plan)
        products = self._products = products_of(model.backend)
        self._loss = products.number(plan.loss)
        self._a = [products.square(arrays.activation(each)) for each in layers]
        gradients = [arrays.gradient(each) for each in layers]
        self._da = [MISSING if da is None else products.square(da) for da in gradients]
        self._w = [products.square(each) for each in weights.w]
        self._dw = [products.square(each) for each in weights.dw]
        self._pull = [products.inner(weights.dw[k], weights.w[k]) for k in weights.pulled]
        self._blocks = BlockProducts.of([block.products(arrays, products) for block in blocks])
        rows = {part: row for row, part in enumerate(dict.fromkeys((*layers, *histograms)))}
        self._layers = [rows[each] for each in layers]
        self._counted = [rows[each] for each in histograms]
        self._samples = samples_of([arrays.activation(part) for part in rows], model.backend)

    def queue(self) -> None:
        """Begin to look at the step that was just made, where that goes on beside."""
        self._arrays.renew()
        self._samples.queue()
        self._products.queue()

    def take(self) -> None:
        """Look at the step that was just made; what follows tells of it."""
        self._arrays.renew()
        self._samples.take()

    def series(self) -> Floats:
        """As the arrays stand, NaN where undefined."""
        with np.errstate(all="ignore"):
            products = self._products.read()
            size = np.sqrt(products)
            found = np.concatenate(
                [
                    (products[self._loss], 0.5 * self._weights.decay.dot(products[self._w])),
                    *self._of_layers(size),
                    *self._of_weights(products, size),
                    *self._blocks.series(products, self.plan.plan.m),
                ]
            )
        found[~np.isfinite(found)] = np.nan
        return found

    def _of_layers(self, size: Floats) -> tuple[Floats, ...]:
        found, m = self._samples.statistics(), sqrt(self.plan.plan.m)
        sampled = (each[self._layers] for each in (found.means, found.deviations, found.zeros))
        return (*sampled, size[self._a] / m, size[self._da] * m)

    def _of_weights(self, products: Floats, size: Floats) -> tuple[Floats, ...]:
        w, pulled = size[self._w], self._weights.pulled
        return (w, size[self._dw], products[self._pull] / w[pulled], self._weights.decay[pulled] * w[pulled])

    def histograms(self) -> list[Histogram]:
        """Of the parts that were asked for, in their order."""
        counted = self._samples.histograms()
        return [counted[row] for row in self._counted]
