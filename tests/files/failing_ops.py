"""A disk that fails: the calls of the operating system, of which the k-th goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resnet_sim.files.saving import Bytes, FileOps


class FailingOps(FileOps):
    """Counts its calls by name; at number `at` (from 1) does `fault` instead.

    fault: an errno is raised; "short" takes half of a write (and nothing else goes wrong); "die before" and "die after"
    end the process around the call, a write being half done.
    """

    def __init__(self, at: int = 0, fault: int | str = "none") -> None:
        self.at = at
        self.fault = fault
        self.calls: list[str] = []

    def _call(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        self.calls.append(name)
        if len(self.calls) != self.at:
            return call(*arguments)
        if isinstance(self.fault, int):
            if name == "close":
                call(*arguments)  # the descriptor is gone whatever close says
            raise OSError(self.fault, os.strerror(self.fault))
        if name == "write" and self.fault in ("short", "die before"):
            fd, data = arguments
            taken = call(fd, data[: len(data) // 2])
            if self.fault == "short":
                return taken
        if self.fault == "die before":
            os._exit(9)
        result = call(*arguments)
        if self.fault == "die after":
            os._exit(9)
        return result

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        return int(self._call("open", super().open, path, flags, mode))

    def read(self, fd: int, size: int) -> bytes:
        return bytes(self._call("read", super().read, fd, size))

    def write(self, fd: int, data: Bytes) -> int:
        return int(self._call("write", super().write, fd, data))

    def fsync(self, fd: int) -> None:
        self._call("fsync", super().fsync, fd)

    def close(self, fd: int) -> None:
        self._call("close", super().close, fd)

    def chmod(self, path: Path, mode: int) -> None:
        self._call("chmod", super().chmod, path, mode)

    def stat(self, path: Path) -> os.stat_result:
        found: os.stat_result = self._call("stat", super().stat, path)
        return found

    def replace(self, source: Path, target: Path) -> None:
        self._call("replace", super().replace, source, target)

    def unlink(self, path: Path) -> None:
        self._call("unlink", super().unlink, path)
