"""NumPy as a backend. Each primitive gives bound operations: (function, arguments), arrays and scratch in place.

Results depend on shapes and on the number of threads alone, never on load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Clock, Hyper
from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.backends.numpy_lane import Lane
from resnet_sim.engine.backends.numpy_loops import CACHE_BYTES, bind_loop
from resnet_sim.engine.backends.numpy_optimisers import optimiser_step
from resnet_sim.engine.backends.numpy_scratch import Make, aligned_zeros
from resnet_sim.engine.backends.numpy_stacks import bind_stacked
from resnet_sim.engine.backends.numpy_threads import Threads, threads_set
from resnet_sim.engine.plan import Call, Rewrite
from resnet_sim.engine.rewrites.batch_norm import batch_norm_in_lines
from resnet_sim.engine.rewrites.convolution import convolution_gradients_together
from resnet_sim.engine.rewrites.dense import dense_layers_side_by_side
from resnet_sim.engine.rewrites.image_loops import image_loops

REWRITES: tuple[Rewrite, ...] = (
    batch_norm_in_lines,
    convolution_gradients_together,
    dense_layers_side_by_side,
    image_loops,
)


class NumpyBackend:
    """Implements engine.backend.Backend; dtype float32 or float64.

    threads: how many share the images of a loop, None for what the environment asks for. cache: bytes that the images
    going through a loop together may touch. make: where its arrays come from.
    """

    name = "numpy"

    def __init__(
        self,
        dtype: str = "float32",
        threads: int | None = None,
        rewrites: tuple[Rewrite, ...] = REWRITES,
        cache: int = CACHE_BYTES,
        make: Make = aligned_zeros,
    ) -> None:
        self.dtype = dtype
        self.clock = Clock()
        self.rewrites = rewrites
        threads = threads_set() if threads is None else threads
        self._lanes = [Lane(dtype, self.clock, make) for _ in range(threads)]
        self._threads = Threads(threads - 1)
        self._cache = cache
        self._make = make

    def zeros(self, shape: tuple[int, ...]) -> Array:
        return self._make(shape, self.dtype)

    def to_host(self, array: Array) -> NDArray[Any]:
        return array.copy()

    def to_device(self, array: NDArray[Any], out: Array) -> None:
        out[...] = array

    def place(self, array: NDArray[Any]) -> Array:
        whole = np.issubdtype(array.dtype, np.integer)
        return np.ascontiguousarray(array, np.intp if whole else self.dtype)

    def room(self, n: int) -> Array:
        return np.zeros(n)

    def score(self, loss: Array, yhat: Array, y: Array, into: Array) -> None:
        into += np.array((float(loss) * len(y), np.count_nonzero(yhat.argmax(1) == y.argmax(1))))

    def take(self, source: Array, order: Array, first: int, out: Array) -> None:
        source.take(order[first : first + len(out)], 0, out, "clip")  # type: ignore[call-overload] # an order is of whole numbers

    def bind(self, call: Call, reads: tuple[Array, ...], writes: tuple[Array | None, ...]) -> Operations:
        arrays = {
            buffer: array
            for buffer, array in zip((*call.reads, *call.writes), (*reads, *writes), strict=True)
            if buffer is not None and array is not None
        }
        if call.primitive == "stacked":
            return bind_stacked(**call.settings, arrays=arrays, lane=self._lanes[0])
        if call.primitive != "loop":
            return self._lanes[0].bind(call, arrays)
        played, after = bind_loop(call, arrays, self._lanes, self._cache)
        if not any(played[1:]):
            return [*played[0], *after]
        return [(self._threads.play, tuple(played)), *after]

    def optimiser_step(
        self, kind: str, w: Array, dw: Array, decay: Array, slots: Mapping[str, Array], update: Array, hyper: Hyper
    ) -> Operations:
        root = self._lanes[0].scratch.array("root", w.shape)
        return optimiser_step(kind, w, dw, decay, slots, update, hyper, root)
