"""RawModule of the stand-in: CUDA source compiled as C++ and run block by block.

A launch runs with blocks of one thread (every kernel must work with any block), or, where `exact_threads` is set, with
the very blocks asked for: each thread a fibre of its own, so that barriers and shared memory do what they do.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from . import runtime
from .arrays import ndarray

SHIM = Path(__file__).with_name("shim.cpp")
DECLARED = re.compile(r"__global__ void (\w+)\s*\(([^)]*)\)")
DTYPES = {"float": np.float32, "double": np.float64, "int": np.int32, "long long": np.int64}
exact_threads = False


def compiler() -> str | None:
    """A C++ compiler, if there is one."""
    return next((found for name in ("g++", "clang++", "c++") if (found := shutil.which(name))), None)


class RawModule:
    """Kernels of one source."""

    def __init__(self, *, code: str, options: tuple[str, ...] = ()) -> None:
        assert isinstance(options, tuple)
        self._code = code
        T = re.search(r"typedef (\w+) T;", code)  # the program's own convention
        assert T is not None
        names = {**DTYPES, "T": DTYPES[T[1]]}
        self._declared = {
            name: [_parameter(each, names) for each in re.split(r",\s*", text)] for name, text in DECLARED.findall(code)
        }

    def get_function(self, name: str) -> RawKernel:
        return RawKernel(name, self._declared[name], _library(self._code))


class RawKernel:
    """One kernel; checks each argument as strictly as a device would fail."""

    def __init__(self, name: str, declared: list[tuple[Any, bool, bool]], library: ctypes.CDLL) -> None:
        self.name, self._declared = name, declared
        self._run = library[f"run_{name}"]
        self._run.restype = None

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...]) -> None:
        runtime.launched()
        if len(args) != len(self._declared):
            raise TypeError(f"{self.name} takes {len(self._declared)} arguments, not {len(args)}")
        threads = int(np.prod(block))
        assert 1 <= threads <= 1024, "a block has at most 1024 threads"
        assert all(1 <= each < 65536 for each in grid), "a grid this large does not run everywhere"
        passed = [self._pass(*each) for each in zip(args, self._declared, strict=True)]
        sizes = [*(*grid, 1)[:2], *(*block, 1)[:2]]
        self._run(*map(ctypes.c_int, sizes), ctypes.c_int(exact_threads), *passed)

    def _pass(self, value: Any, declared: tuple[Any, bool, bool]) -> Any:
        dtype, pointer, _ = declared
        if pointer:
            if not isinstance(value, ndarray):
                raise TypeError(f"{self.name}: {type(value).__name__} where a device array belongs")
            if value.dtype != dtype:
                raise TypeError(f"{self.name}: {value.dtype} where {np.dtype(dtype)} belongs")
            if not value.flags.c_contiguous:
                raise ValueError(f"{self.name}: an array with gaps")
            return ctypes.c_void_p(value.data.ptr)
        if type(value) is not dtype:  # Python's own numbers would go as int64 and double
            raise TypeError(f"{self.name}: {type(value).__name__} where {dtype.__name__} belongs")
        return np.ctypeslib.as_ctypes_type(dtype)(value.item())


def _parameter(text: str, names: dict[str, Any]) -> tuple[Any, bool, bool]:
    """(dtype, whether it is a pointer, whether it is only read)."""
    found = re.fullmatch(r"(const )?([\w ]+?)(\*)? (\w+)", " ".join(text.split()))
    assert found is not None, text
    return names[found[2]], found[3] is not None, found[1] is not None


@functools.cache
def _library(code: str) -> ctypes.CDLL:
    """The source behind the shim, compiled once per text and kept for other processes of the test run."""
    found = compiler()
    assert found is not None, "tests that need this skip where there is no compiler"
    runners = []
    for name, text in DECLARED.findall(code):
        parameters = [" ".join(each.split()) for each in re.split(r",\s*", text)]
        passed = ", ".join(each.split()[-1].lstrip("*") for each in parameters)
        runners.append(
            f'extern "C" void run_{name}(int gx, int gy, int bx, int by, int exact, {", ".join(parameters)})\n'
            f"{{ launch(gx, gy, bx, by, exact, [&] {{ {name}({passed}); }}); }}"
        )
    text = "\n".join([SHIM.read_text(encoding="utf-8"), code, *runners])
    key = hashlib.sha256((found + text).encode()).hexdigest()[:24]
    folder = Path(os.environ["FAKE_CUPY_FOLDER"])  # a test run's own
    library = folder / f"{key}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            source, made = Path(work) / "kernels.cpp", Path(work) / "kernels.so"
            source.write_text(text, encoding="utf-8")
            command = [
                found,
                "-std=c++17",
                "-O1",
                "-fPIC",
                "-shared",
                "-Wall",
                "-Werror",
                "-Wno-sign-compare",
                "-o",
                str(made),
                str(source),
            ]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            made.replace(library)
    return ctypes.CDLL(str(library))
