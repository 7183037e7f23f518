"""What this machine can multiply: large products of float32 matrices, one per thread at a time, or on the GPU."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from resnet_sim.benchmark.bursts import Queued
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.plan import Call, play

SIDE, GPU_SIDE = 1024, 4096
Matrix = NDArray[np.float32]


class Sgemm:
    """A step is one 1024 x 1024 x 1024 product on each of `threads` threads; the array library uses one thread each."""

    def __init__(self, threads: int) -> None:
        r = np.random.default_rng(0)
        self._products: list[Callable[[], object]] = []
        for _ in range(threads):
            a, b = (r.standard_normal((SIDE, SIDE), np.float32) for _ in range(2))
            self._products.append(_product(a, b))
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    @property
    def multiply_adds(self) -> int:
        """Of one step."""
        return len(self._products) * SIDE**3

    def __call__(self) -> None:
        if self._pool is None:
            self._products[0]()
        else:
            list(self._pool.map(lambda product: product(), self._products))

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()


def sgemm_on(backend: Backend) -> tuple[Queued, int]:
    """One product of square matrices on a GPU, as a contender, and its multiply-adds."""
    r = np.random.default_rng(0)
    a, b = (backend.place(r.standard_normal((GPU_SIDE, GPU_SIDE), np.float32)) for _ in range(2))
    out, last = backend.zeros((GPU_SIDE, GPU_SIDE)), backend.zeros((1,))
    call = Call("gemm", (), (), {"transpose_a": False, "transpose_b": False}, "", "forward")
    operations = backend.bind(call, (a, b), (out,))
    # A copy to the host waits for all that was queued before it.
    return Queued(lambda: play(operations), lambda: backend.to_host(last)), GPU_SIDE**3


def _product(a: Matrix, b: Matrix) -> Callable[[], object]:
    out = np.empty((SIDE, SIDE), np.float32)
    return lambda: a.dot(b, out)
