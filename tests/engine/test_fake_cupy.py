"""The stand-in for CuPy is strict: host and device never mix, nothing is converted silently, every copy is counted."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HOST = np.ones((3, 3), np.float32)
MIXTURES: dict[str, Callable[[Any], object]] = {
    "ufunc": lambda d: np.add(HOST, d),
    "ufunc with a device out": lambda d: np.add(HOST, HOST, out=d),
    "asarray": np.asarray,
    "float": lambda d: float(d[0, 0]),
    "truth": bool,
    "iteration": list,
    "host times device": lambda d: HOST.dot(d),
    "device times host": lambda d: d.dot(HOST, d),
    "host out": lambda d: d.dot(d, HOST),
    "host array put in": lambda d: d.__setitem__(0, HOST[0]),
    "comparison": lambda d: d == d,
    "sum of device arrays": lambda d: d + d,
    "fancy index": lambda d: d[np.array([0, 1])],
    "set of another dtype": lambda d: d.set(HOST.astype(np.float64)),
}


@pytest.mark.parametrize("mixture", MIXTURES.values(), ids=MIXTURES)
def test_host_and_device_do_not_mix(mixture: Callable[[Any], object], stand_in: Any) -> None:
    with pytest.raises(TypeError):
        mixture(stand_in.asarray(HOST))


def test_a_product_that_does_not_fit_is_refused(stand_in: Any) -> None:
    d = stand_in.asarray(HOST)
    with pytest.raises(ValueError, match="contiguous"):
        d.dot(d, stand_in.zeros((3, 6), np.float32)[:, ::2])
    with pytest.raises(ValueError, match="dtype"):
        d.dot(d, stand_in.zeros((3, 3), np.float64))


def test_every_copy_is_counted(stand_in: Any) -> None:
    to_host, to_device = stand_in.traffic.to_host, stand_in.traffic.to_device
    d = stand_in.asarray(HOST)
    d.set(HOST)
    d.copy().fill(0)
    d[0] = d[1]
    assert (stand_in.traffic.to_host, stand_in.traffic.to_device) == (to_host, to_device + 2)
    assert d.get()[0, 0] == 1
    assert stand_in.asnumpy(d).shape == (3, 3)
    assert stand_in.traffic.to_host == to_host + 2


def test_a_kernel_takes_nothing_that_a_device_would_misread(stand_in: Any) -> None:
    from resnet_sim.engine.backends.cupy_kernels import Kernels

    scale = Kernels(stand_in, "float32").function("scale")
    d, s = stand_in.asarray(HOST), stand_in.asarray(np.full((), 2, np.float32))
    scale((1,), (32,), (d, s, d, np.int32(9)))
    assert (d.get() == 2).all()
    for wrong in (
        (HOST, s, d, np.int32(9)),
        (stand_in.zeros((3, 3), np.float64), s, d, np.int32(9)),
        (d, s, d, 9),
        (d, s, d, np.int64(9)),
        (d, s, d),
    ):
        with pytest.raises(TypeError):
            scale((1,), (32,), wrong)
    with pytest.raises(ValueError, match="gaps"):
        scale((1,), (32,), (d.T, s, d, np.int32(9)))


def test_memory_is_what_the_device_has(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stand_in.cuda.FAIL_AT, str(stand_in.cuda.POOL.used + 1000))
    kept = stand_in.zeros(200, np.float32)
    with pytest.raises(stand_in.cuda.OutOfMemoryError) as error:
        stand_in.zeros(200, np.float32)
    assert isinstance(error.value, MemoryError)
    del kept, error
    assert stand_in.zeros(200, np.float32).size == 200


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nvidias_compiler_takes_the_kernels(dtype: str, tmp_path: Path) -> None:
    """Without a warning, and with so few registers that a block of 1024 threads can be launched."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("NVIDIA's compiler is not on this machine")
    from resnet_sim.engine.backends.cupy_kernels import OPTIONS, source

    file = tmp_path / "kernels.cu"
    file.write_text(source(dtype), encoding="utf-8")
    command = [nvcc, *OPTIONS, "-arch=sm_75", "-Werror", "all-warnings", "-Xptxas", "-v", "-cubin"]
    done = subprocess.run([*command, "-o", str(tmp_path / "k"), str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    registers = [int(found) for found in re.findall(r"Used (\d+) registers", done.stderr + done.stdout)]
    assert len(registers) == source(dtype).count("__global__")
    assert max(registers) <= 65536 // 1024
