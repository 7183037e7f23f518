"""How much memory this process holds, and a wall it may not pass."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def resident_bytes() -> int:
    """Resident memory of this process, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


SLACK = 2**28
"""Address space that is reserved and not used: stacks and arenas of threads."""


def wall(free: int | None) -> int:
    """How far the address space may grow with `free` bytes of memory left; 0 (no limit) where nobody can tell.

    None beside CuPy: its driver reserves address space far beyond what it uses.
    """
    if free is None or "cupy" in sys.modules:
        return 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + free + SLACK


def limit_memory(limit: int) -> None:
    """Let the address space grow to `limit` bytes at most (0: no limit). Linux only; elsewhere nothing happens.

    Only after NumPy is loaded: its threads reserve address space.
    """
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        with suppress(ValueError, OSError):  # above the hard limit: that one holds anyway
            resource.setrlimit(resource.RLIMIT_AS, (limit or hard, hard))
