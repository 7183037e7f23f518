"""The program's own CUDA kernels: compiled once per dtype, launched with sizes that depend on shapes alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from resnet_sim.engine.plan import Operation
from resnet_sim.errors import RefusedError, sentence

SOURCES = ("cupy_elements.cu", "cupy_sums.cu", "cupy_images.cu")
OPTIONS = ("-std=c++14",)
FUNCTIONS = {"none": 0, "relu": 1, "leaky_relu": 2, "tanh": 3, "sigmoid": 4}
THREADS = 256
MOST_BLOCKS = 4096
TILE_WIDTH, TILE_HEIGHT, TALL = 32, 8, 32
"""A tile of a column sum: 32 columns by 8 rows of threads; 32 by 32 where a few tiles finish what many began."""
MOST_NUMBERS = 2**30
"""In one array: kernels count in 32 bits."""
SLAB = 64
MOST_SLABS = 256
WIDE = 128
"""Few channels stand side by side until a row is about this long."""


def source(dtype: str) -> str:
    """The CUDA C++ of all kernels for float32 or float64."""
    texts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in SOURCES]
    return "\n".join([f"typedef {'float' if dtype == 'float32' else 'double'} T;", *texts])


@dataclass(frozen=True)
class Columns:
    """How (rows, channels) numbers are summed by column: seen as (rows / fold, fold * channels), in slabs of rows."""

    rows: int
    channels: int
    fold: int
    slab: int

    @classmethod
    def of(cls, size: int, channels: int) -> Columns:
        """A function of the shape alone, so that repeats are bit-equal."""
        rows, fold = size // channels, 1
        while rows % 2 == 0 and rows > SLAB and fold * channels * 2 <= WIDE:
            rows, fold = rows // 2, fold * 2
        slabs = max(1, min(MOST_SLABS, rows // SLAB))
        return cls(rows, channels, fold, -(-rows // slabs))

    @property
    def columns(self) -> int:
        """Numbers in a row as it is seen."""
        return self.fold * self.channels

    @property
    def slabs(self) -> int:
        """Each adds up its own rows."""
        return -(-self.rows // self.slab)

    @property
    def parts(self) -> int:
        """Partial sums of each channel."""
        return self.slabs * self.fold

    @property
    def grid(self) -> tuple[int, int]:
        """Tiles by slabs."""
        return (-(-self.columns // TILE_WIDTH), self.slabs)


class Kernels:
    """Makes operations of kernels by name. `xp` is the CuPy module."""

    def __init__(self, xp: Any, dtype: str) -> None:
        self._xp, self.dtype = xp, dtype
        self.number = np.dtype(dtype).type
        self._functions: dict[str, Any] = {}

    @cached_property
    def _module(self) -> Any:
        return self._xp.RawModule(code=source(self.dtype), options=OPTIONS)

    def function(self, name: str) -> Any:
        """The kernel of that name; compiled with all others when the first is asked for."""
        if name not in self._functions:
            self._functions[name] = self._module.get_function(name)
        return self._functions[name]

    def launch(self, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any) -> Operation:
        """The bound launch. Python's int goes as int, float as this dtype; arrays must have no gaps."""
        return (self.function(name), (grid, block, tuple(self._argument(each) for each in arguments)))

    def _argument(self, value: Any) -> Any:
        if isinstance(value, int):
            return np.int32(value)
        python = isinstance(value, float) and not isinstance(value, np.float64)
        return self.number(value) if python else value

    def each(self, name: str, n: int, *arguments: Any) -> Operation:
        """One thread per number, or one for several where there are very many."""
        if n >= MOST_NUMBERS:
            raise RefusedError(
                sentence("One array of {n} numbers is too large for the GPU path: use a smaller batch.", n=n)
            )
        return self.launch(name, (max(1, min(MOST_BLOCKS, -(-n // THREADS))),), (THREADS,), *arguments)

    def one_block(self, name: str, *arguments: Any) -> Operation:
        """One block of threads."""
        return self.launch(name, (1,), (THREADS,), *arguments)

    def tiles(self, name: str, columns: Columns, *arguments: Any) -> Operation:
        """One tile per 32 columns and slab."""
        return self.launch(name, columns.grid, (TILE_WIDTH, TILE_HEIGHT), *arguments)

    def tall_tiles(self, name: str, channels: int, *arguments: Any) -> Operation:
        """One tall tile per 32 channels."""
        return self.launch(name, (-(-channels // TILE_WIDTH),), (TILE_WIDTH, TALL), *arguments)
