"""Devices, memory and errors of the stand-in. Tests make it fail: environment variables name what goes wrong."""

from __future__ import annotations

import os

from . import runtime as runtime

FAIL_AT = "FAKE_CUPY_MEMORY"
"""Bytes the device has; more cannot be allocated."""
ABSENT = "FAKE_CUPY_ABSENT"
"""Set: CuPy is installed, but no device answers."""
LOST = "FAKE_CUPY_LOST_AFTER"
"""Kernel launches until the device is lost."""


class OutOfMemoryError(MemoryError):
    """As cupy.cuda.memory.OutOfMemoryError."""

    def __init__(self, size: int, total: int) -> None:
        super().__init__(f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes).")


OutOfMemoryError.__module__ = "cupy.cuda.memory"


class MemoryPool:
    """Counts what is allocated and what was given back to the device."""

    def __init__(self) -> None:
        self.used = 0
        self.freed = 0

    def take(self, size: int) -> None:
        limit = int(os.environ.get(FAIL_AT, 0))
        if limit and self.used + size > limit:
            raise OutOfMemoryError(size, self.used)
        self.used += size

    def give(self, size: int) -> None:
        self.used -= size

    def used_bytes(self) -> int:
        return self.used

    def free_all_blocks(self) -> None:
        self.freed += 1


POOL = MemoryPool()


class Device:
    """The one device."""

    def __init__(self, device: int = 0) -> None:
        self.id = device

    @property
    def mem_info(self) -> tuple[int, int]:
        total = int(os.environ.get(FAIL_AT, 0)) or 8 * 2**30
        return total - POOL.used, total

    def synchronize(self) -> None:
        """Nothing runs behind one's back here."""


def is_available() -> bool:
    return ABSENT not in os.environ
