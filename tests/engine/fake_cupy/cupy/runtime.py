"""CUDA's runtime as far as it is asked, and its error."""

from __future__ import annotations

import os


class CUDARuntimeError(RuntimeError):
    """As cupy_backends.cuda.api.runtime.CUDARuntimeError."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


CUDARuntimeError.__module__ = "cupy_backends.cuda.api.runtime"
launches = 0


def launched() -> None:
    """One more kernel; the device may be lost at it, and is then lost for good."""
    global launches
    launches += 1
    lost = int(os.environ.get("FAKE_CUPY_LOST_AFTER", 0))
    if lost and launches > lost:
        raise CUDARuntimeError(700, "cudaErrorIllegalAddress: an illegal memory access was encountered")


def getDeviceCount() -> int:  # noqa: N802 - CUDA's name
    return 0 if "FAKE_CUPY_ABSENT" in os.environ else 1


def getDeviceProperties(device: int) -> dict[str, object]:  # noqa: N802 - CUDA's name
    return {"name": b"Fake GPU"}
