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
    """W <- W - update; where nothing decays, the terms of lambda are left out. root: room for Adam, as long as w."""
    if kind == "adam":
        return _adam(w, dw, decay, slots["m"], slots["s"], update, hyper, root)
    pull, operations = dw, Operations()
    if decay.any():
        pull, operations = update, [(np.multiply, (w, decay, update)), (np.add, (update, dw, update))]  # dW + lambda W
    if kind == "momentum":  # v <- beta v + dW + lambda W
        v = slots["v"]
        operations += [(np.multiply, (v, hyper.beta, v)), (np.add, (v, pull, v))]
        pull = v
    return [*operations, (np.multiply, (pull, hyper.rate, update)), (np.subtract, (w, update, w))]


def _adam(
    w: Array, dw: Array, decay: Array, m: Array, s: Array, update: Array, hyper: Hyper, root: Array
) -> Operations:
    """Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
    operations: Operations = [
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
    ]
    if decay.any():
        operations += [
            (np.multiply, (w, decay, root)),
            (np.multiply, (root, hyper.rate, root)),
            (np.add, (update, root, update)),
        ]
    return [*operations, (np.subtract, (w, update, w))]
