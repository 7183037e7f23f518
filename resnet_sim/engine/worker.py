"""The engine as a process that knows no window: `python -P -X faulthandler -m resnet_sim.engine.worker`.

Commands come in on stdin, reports go out on the first stdout; everything else that prints goes to stderr.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

PARENT_GONE = 77  # messages.EXIT_PARENT_GONE, before anything large is imported
PR_SET_PDEATHSIG = 1


def main() -> NoReturn:
    """Talk to the window that started this process until one of both ends."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window
    commands, reports = private_pipes()
    for library in ("OPENBLAS", "OMP", "MKL"):  # bit-equal repeats, and a core for the window
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from resnet_sim.engine.service import hold  # only now: libraries may print while they are imported

    os._exit(hold(commands, reports))  # a normal exit would wait for the thread that reads


def die_with_parent() -> None:
    """Linux: be killed when the window is, even in the middle of a long call. Elsewhere the end of stdin tells."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went in between
        os._exit(PARENT_GONE)


def private_pipes() -> tuple[int, int]:
    """Own descriptors of stdin and stdout; a library that reads or prints meets nothing and stderr instead."""
    commands, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, reports


if __name__ == "__main__":
    main()
