"""The optimisers in NumPy: a handful of calls over flat vectors, whatever the number of layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from resnet_sim.engine.backend import Array, Hyper
from resnet_sim.engine.backends.numpy_channels import Operations


def optimiser_step(
    kind: str,
    w: Array,
    dw: Array,
    decay: Array,
    slots: Mapping[str, Array],
    update: Array,
    hyper: Hyper,
    root: Array,
) -> Operations:
    """W <- W - update. root: room for one number per parameter, used by Adam."""
    if kind == "adam":
        return _adam(w, dw, decay, slots["m"], slots["s"], update, hyper, root)
    gradient: Operations = [(np.multiply, (w, decay, update)), (np.add, (update, dw, update))]  # dW + lambda W
    if kind == "momentum":  # v <- beta v + dW + lambda W
        v = slots["v"]
        gradient += [(np.multiply, (v, hyper.beta, v)), (np.add, (v, update, v))]
        gradient += [(np.multiply, (v, hyper.rate, update))]
    else:
        gradient += [(np.multiply, (update, hyper.rate, update))]
    return [*gradient, (np.subtract, (w, update, w))]


def _adam(
    w: Array, dw: Array, decay: Array, m: Array, s: Array, update: Array, hyper: Hyper, root: Array
) -> Operations:
    """Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
    return [
        (np.multiply, (dw, hyper.one_minus_beta, update)),
        (np.multiply, (m, hyper.beta, m)),
        (np.add, (m, update, m)),
        (np.multiply, (dw, dw, update)),
        (np.multiply, (update, hyper.one_minus_beta2, update)),
        (np.multiply, (s, hyper.beta2, s)),
        (np.add, (s, update, s)),
        (np.sqrt, (s, root)),
        (np.multiply, (root, hyper.correct2, root)),
        (np.add, (root, hyper.epsilon, root)),
        (np.divide, (m, root, update)),
        (np.multiply, (update, hyper.correct1, update)),
        (np.multiply, (w, decay, root)),
        (np.multiply, (root, hyper.rate, root)),
        (np.add, (update, root, update)),
        (np.subtract, (w, update, w)),
    ]
