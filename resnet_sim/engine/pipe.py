"""The worker's two ends of the pipe: commands read by a thread, reports written without ever waiting for the window."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from queue import SimpleQueue

from resnet_sim.engine.messages import EXIT_PARENT_GONE, AnyCommand, Frames, ProtocolError, Report, command, frame

PIPE_BYTES = 1 << 20
"""Asked of the system for the pipe to the window, so that a whole snapshot fits into it."""
REPLIES_LIMIT = 1 << 20
"""Bytes of unread reports beyond which no more commands are obeyed: the answers would only pile up."""

Incoming = SimpleQueue[AnyCommand | ProtocolError]


def read_commands(fd: int, into: Incoming) -> None:
    """Start the thread that turns bytes into commands. The end of the pipe ends the process: the window is gone."""
    threading.Thread(target=_read, args=(fd, into), daemon=True, name="commands").start()


def _read(fd: int, into: Incoming) -> None:
    frames = Frames()
    try:
        while more := os.read(fd, 1 << 16):
            for body in frames.bodies(more):
                into.put(command(body))
    except ProtocolError as error:
        into.put(error)
        return
    except OSError:
        pass
    os._exit(EXIT_PARENT_GONE)


class Outlet:
    """Reports on their way out. Nothing here waits, so training keeps its pace whatever the window does."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._held: deque[memoryview] = deque()
        self.pending = 0
        with suppress(OSError, AttributeError, ValueError):  # pipes of Windows before Python 3.12 only block
            os.set_blocking(fd, False)
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # not a pipe, or above what the system allows
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    @property
    def full(self) -> bool:
        """Whether the window leaves so much unread that no more should be answered."""
        return self.pending > REPLIES_LIMIT

    def send(self, report: Report) -> None:
        """Queue a report and write what goes. Raises ProtocolError when it is too large for a frame."""
        data = frame(report)
        self._held.append(memoryview(data))
        self.pending += len(data)
        self.flush()

    def flush(self) -> None:
        """Write as much as the pipe takes now. A closed pipe ends the process."""
        while self._held:
            try:
                written = os.write(self._fd, self._held[0][:PIPE_BYTES])
            except BlockingIOError:
                return
            except OSError:
                os._exit(EXIT_PARENT_GONE)
            self.pending -= written
            rest = self._held[0][written:]
            if rest:
                self._held[0] = rest
            else:
                self._held.popleft()

    def drain(self, seconds: float) -> None:
        """Before an end: keep writing for at most so long."""
        ends = time.perf_counter() + seconds
        self.flush()
        while self._held and (left := ends - time.perf_counter()) > 0:
            with suppress(OSError, ValueError):  # select knows no pipes on Windows; there every write went out at once
                select.select([], [self._fd], [], left)
            self.flush()
