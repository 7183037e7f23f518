"""Which devices there are, why one cannot be used, and which trains a network faster: found in nobody's way."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.deferred import DeviceBackend
from resnet_sim.engine.training import TrainingRun
from resnet_sim.errors import RefusedError, Sentence, sentence
from resnet_sim.network.experiment import Experiment

CPU, GPU = "cpu", "gpu"
DRIVERS = {"linux": ("libcuda.so.1",), "win32": ("nvcuda.dll",)}
SEARCH_LIMIT = 20.0
"""Seconds for driver, CuPy and a first answer of the card; a healthy one takes two."""
MEASURE_FOR = 0.15
"""Seconds of steps, behind the first one, that tell how fast a device is."""

MakeBackend = Callable[[str], Backend]


@dataclass(frozen=True)
class Device:
    """One device; reason: why it cannot be used."""

    title: str
    reason: Sentence | None = None


def look_for_gpu(drivers: Sequence[str] | None = None) -> Device:
    """The GPU, or in one sentence what is missing for one. Never raises, whatever state driver and CuPy are in.

    drivers: names of the CUDA driver's library. It is asked for first: without it an import of CuPy only costs time.
    """
    title = "CuPy"
    version = _driver() if drivers is None else driver_version(drivers)
    if version is None:
        return Device(title, sentence("No CUDA driver on this computer."))
    try:
        from resnet_sim.engine.backends import cupy
    except Exception as error:  # noqa: BLE001 - a broken installation may raise anything, and training goes on without
        if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
            package = "cupy-cuda13x[ctk]" if version >= 13000 else "cupy-cuda12x[ctk]"
            return Device(title, sentence("CuPy is not installed: pip install “{package}”.", package=package))
        return Device(title, sentence("CuPy cannot be loaded: {reason}", reason=_short(error)))
    try:
        name = cupy.card()
    except Exception as error:  # noqa: BLE001 - as above: drivers fail in many ways
        return Device(title, sentence("The GPU does not answer: {reason}", reason=_short(error)))
    return Device(name) if name else Device(title, sentence("CuPy finds no GPU that it can use."))


def _driver() -> int | None:
    return driver_version(DRIVERS.get(sys.platform, ()))


def driver_version(names: Sequence[str]) -> int | None:
    """Of the CUDA driver, 13000 for 13.0; None where there is none."""
    for name in names:
        try:
            version = ctypes.c_int()
            if ctypes.CDLL(name).cuDriverGetVersion(ctypes.byref(version)) == 0:
                return version.value
        except (OSError, AttributeError):
            continue
    return None


def _short(error: Exception) -> str:
    """The first line of what an exception says."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


class Search:
    """Looks for a GPU beside the training, in a thread that nobody waits for."""

    def __init__(self) -> None:
        self._found: Device | None = None
        self._until = time.monotonic() + SEARCH_LIMIT
        if _driver() is None:  # known in less than a millisecond: nothing to look for
            self._found = look_for_gpu()
            return
        threading.Thread(target=self._look, daemon=True, name="looking for a GPU").start()

    def _look(self) -> None:
        self._found = look_for_gpu()

    @property
    def result(self) -> Device | None:
        """None while it is still looking."""
        if self._found is None and time.monotonic() > self._until:
            return Device("CuPy", sentence("The GPU did not answer within {seconds:.0f} s.", seconds=SEARCH_LIMIT))
        return self._found


def backend_of(device: str) -> MakeBackend:
    """What makes the backend of a device that was found."""
    if device == CPU:
        return NumpyBackend
    from resnet_sim.engine.backends.cupy import CupyBackend

    return CupyBackend


def free_pool() -> None:
    """Give back the GPU's memory that nobody uses."""
    from resnet_sim.engine.backends.cupy import free_pool

    free_pool()


def steps_per_second(experiment: Experiment, data: Data, make: MakeBackend) -> float:
    """How fast a fresh run of it trains; takes a second step or more only where that is quick. Raises MemoryError."""
    run = TrainingRun(experiment, data, backend=make)
    began = time.perf_counter()
    run.step()
    run.settle()
    first = time.perf_counter() - began
    if first > 1.0 and not isinstance(run.backend, DeviceBackend):  # on a GPU the first step compiles
        return 1 / first
    began, steps = time.perf_counter(), 0
    while steps == 0 or time.perf_counter() - began < MEASURE_FOR:
        run.step()
        steps += 1
    run.settle()
    return steps / (time.perf_counter() - began)


def asked_for(backend: str, experiment: Experiment, data: Data, host: MakeBackend = NumpyBackend) -> MakeBackend:
    """The backend of `--backend`: numpy, cupy, or auto, which is the faster one. Raises RefusedError.

    host: what makes the one of the CPU.
    """
    if backend == "numpy":
        return host
    gpu = look_for_gpu()
    if gpu.reason is None:
        make = backend_of(GPU)
        return make if backend == "cupy" or _is_faster(make, host, experiment, data) else host
    if backend == "cupy":
        raise RefusedError(sentence("There is no GPU to train on: {reason} Use --backend numpy.", reason=gpu.reason))
    return host


def _is_faster(make: MakeBackend, host: MakeBackend, experiment: Experiment, data: Data) -> bool:
    """Small networks are bound by the launch of kernels and belong on the CPU: measured, not guessed."""
    try:
        return steps_per_second(experiment, data, make) > steps_per_second(experiment, data, host)
    except MemoryError:
        return False
