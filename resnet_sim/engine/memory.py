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


def limit_memory(limit: int) -> None:
    """Let the address space grow to `limit` bytes at most (0: no limit). Linux only; elsewhere nothing happens.

    Only after NumPy is loaded: its threads reserve address space.
    """
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        with suppress(ValueError, OSError):  # above the hard limit: that one holds anyway
            resource.setrlimit(resource.RLIMIT_AS, (limit or hard, hard))
