"""CuPy as a backend: products by cuBLAS, all else by the program's own kernels; numbers stay on the GPU until wanted.

Only what CuPy documents is used: RawModule, ndarray.dot(out), empty, zeros, asarray, get, set, fill, slices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cupy
import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.backend import Array, Clock, Hyper
from resnet_sim.engine.backends.cupy_convolution import Convolution
from resnet_sim.engine.backends.cupy_fusion import fused
from resnet_sim.engine.backends.cupy_kernels import Kernels
from resnet_sim.engine.backends.cupy_measure import DevicePictures, DeviceProducts, DeviceSamples, Pack
from resnet_sim.engine.backends.cupy_pooling import Pooling
from resnet_sim.engine.backends.cupy_primitives import Primitives
from resnet_sim.engine.backends.cupy_scratch import DeviceScratch
from resnet_sim.engine.model import BoundPlan
from resnet_sim.engine.plan import Call, Operation, Rewrite
from resnet_sim.state.start import stream

Operations = list[Operation]
MOST_AT_ONCE = 64


class CupyBackend:
    """Implements engine.backend.Backend on the GPU in use; dtype float32 or float64.

    Losses wait on the device: `watch` notes one per step and, where it is no good, halts every update behind it, so
    that the weights are still those of that step when somebody looks.
    """

    name = "cupy"
    at_once = MOST_AT_ONCE

    def __init__(self, dtype: str = "float32", rewrites: tuple[Rewrite, ...] = (fused,)) -> None:
        self.dtype = dtype
        self.clock = Clock()
        self.rewrites = rewrites
        self.halted: Any = cupy.zeros(1, np.int32)
        self.kernels = Kernels(cupy, dtype)
        scratch = DeviceScratch(cupy, dtype)
        self._pack = Pack(cupy, self.kernels)
        self._noted = self._pack.reserve(MOST_AT_ONCE, self)
        self._fetched = False
        self._rooms = (
            Primitives(self.kernels, scratch, self.halted),
            Convolution(self.kernels, scratch),
            Pooling(self.kernels),
        )

    # --- arrays ---------------------------------------------------------------------------------------------------

    def zeros(self, shape: tuple[int, ...]) -> Array:
        found: Array = cupy.zeros(shape, self.dtype)
        return found

    def to_host(self, array: Array) -> NDArray[Any]:
        found: NDArray[Any] = array.get()  # type: ignore[attr-defined] # a CuPy array
        return found

    def to_device(self, array: NDArray[Any], out: Array) -> None:
        out.set(np.asarray(array, self.dtype, "C"))  # type: ignore[attr-defined] # a CuPy array

    def room(self, n: int) -> Array:
        found: Array = cupy.zeros(n, np.float64)
        return found

    def place(self, array: NDArray[Any]) -> Any:
        """A copy on the device; whole numbers as int64, all others in this dtype."""
        kind = np.int64 if np.issubdtype(array.dtype, np.integer) else self.dtype
        return cupy.asarray(np.asarray(array, kind, "C"))

    def take(self, source: Array, order: Any, first: int, out: Array) -> None:
        """out = source[order[first : first + len(out)]]; source and order as `place` gave them."""
        width = source.size // len(source)
        function, arguments = self.kernels.each("take", out.size, source, order, out, first, out.size, width)
        function(*arguments)

    # --- operations -----------------------------------------------------------------------------------------------

    def bind(self, call: Call, reads: tuple[Array, ...], writes: tuple[Array | None, ...]) -> Operations:
        if call.primitive == "dropout":
            return self._dropout(*reads, *writes, **call.settings)  # type: ignore[arg-type] # both writes are there
        for room in self._rooms:
            primitive = getattr(room, call.primitive, None)
            if primitive is not None:
                operations: Operations = primitive(*reads, *writes, **call.settings)
                return operations
        raise AssertionError(f"the CuPy backend has no primitive {call.primitive!r}")

    def _dropout(self, x: Array, mask: Array, out: Array, keep: float, stream: str) -> Operations:
        return [
            (self._draw_mask, (mask, keep, stream)),
            self.kernels.each("multiply", x.size, x, mask, out, x.size),
        ]

    def _draw_mask(self, mask: Array, keep: float, name: str) -> None:
        """Drawn by NumPy: the same examples drop the same units on every device."""
        drawn = stream(self.clock.seed, "dropout", name, str(self.clock.step)).random(mask.shape, np.float32)
        self.to_device(np.divide(drawn < keep, keep, dtype=self.dtype), mask)

    def optimiser_step(
        self, kind: str, w: Array, dw: Array, decay: Array, slots: Mapping[str, Array], update: Array, hyper: Hyper
    ) -> Operations:
        n, halted = w.size, self.halted
        if kind == "adam":
            moved = (w, dw, decay, slots["m"], slots["s"], update)
            betas = (hyper.beta, hyper.one_minus_beta, hyper.beta2, hyper.one_minus_beta2)
            scales = (hyper.epsilon, hyper.correct1, hyper.correct2)
            return [self.kernels.each("adam", n, *moved, hyper.rate, *betas, *scales, n, halted)]
        if kind == "momentum":
            numbers = (hyper.rate, hyper.beta)
            return [self.kernels.each("momentum", n, w, dw, decay, slots["v"], update, *numbers, n, halted)]
        return [self.kernels.each("sgd", n, w, dw, decay, update, hyper.rate, n, halted)]

    # --- losses ---------------------------------------------------------------------------------------------------

    def watch(self, loss: Array, place: int, limit: float) -> None:
        """Note the loss; the first that is no number or above `limit` halts updates and running statistics."""
        history = self._pack.array[self._noted]
        launch = self.kernels.launch("watch", (1,), (1,), loss, history, place, self.halted, np.float64(limit))
        function, arguments = launch
        function(*arguments)
        self._fetched = False

    def noted(self) -> NDArray[Any]:
        """(at_once,) the losses by place."""
        if self._fetched:
            return self._pack.host[self._noted]
        return self.to_host(self._pack.array[self._noted])

    def fetch(self) -> None:
        """Everything noted and measured, in one copy."""
        self._pack.fetch()
        self._fetched = True

    def products(self) -> DeviceProducts:
        """Inner products, read after `fetch`."""
        return DeviceProducts(self._pack)

    def samples(self, arrays: Sequence[Array]) -> DeviceSamples:
        """Values of arrays, taken after `fetch`."""
        return DeviceSamples(arrays, self._pack)

    def pictures(self, plan: BoundPlan, places: Mapping[str, str]) -> DevicePictures:
        """Pictures from a plan of one example, taken after `fetch`."""
        return DevicePictures(plan, places, self._pack)

    def release(self) -> None:
        """Updates may go on."""
        self.halted.fill(0)

    def score(self, loss: Array, yhat: Array, y: Array, into: Any) -> None:
        """into[0] += loss x examples, into[1] += right answers; float64 on the device."""
        function, arguments = self.kernels.one_block("score", loss, yhat, y, into, *yhat.shape)
        function(*arguments)


def card() -> str | None:
    """The name of the GPU in use, once a small product and a kernel gave the right numbers; None if there is none.

    Raises whatever CuPy raises: without a driver, with one that is too old, or without NVIDIA's compiler, anything.
    """
    if not cupy.cuda.is_available():
        return None
    two: Any = cupy.asarray(np.full((2, 2), 2.0, np.float32))
    out: Any = cupy.zeros((2, 2), np.float32)
    two.dot(two, out)
    function, arguments = Kernels(cupy, "float32").each("multiply", 4, out, two, out, 4)
    function(*arguments)
    if not (out.get() == 16).all():
        return None
    name: bytes = cupy.cuda.runtime.getDeviceProperties(0)["name"]
    return name.decode("utf-8", "replace")


def free_pool() -> None:
    """Give back what CuPy keeps for later."""
    cupy.get_default_memory_pool().free_all_blocks()
