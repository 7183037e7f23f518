"""Bytes on the pipe: u32 little-endian length, then a body; and arrays as raw bytes whose size is checked first."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import prod

import msgspec
import numpy as np
from numpy.typing import NDArray

FRAME_LIMIT = 16 * 2**20
DTYPES = ("<f4", "<f8", "<i4", "<i8", "|u1")
MOST_DIMENSIONS = 8


class ProtocolError(Exception):
    """Bytes that are no message of this protocol."""


class ArrayData(msgspec.Struct, frozen=True):
    """An array as raw little-endian bytes beside its dtype and shape."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, array: NDArray[np.generic]) -> ArrayData:
        """Wrap a float32, float64, int32, int64 or uint8 array. Raises ProtocolError on any other."""
        name = array.dtype.str
        if name not in DTYPES:  # hundreds of arrays go into a snapshot, and nearly all are right as they come
            array = array.astype(array.dtype.newbyteorder("<"))
            name = array.dtype.str
        if name not in DTYPES or array.ndim > MOST_DIMENSIONS:
            raise ProtocolError(f"array of dtype {array.dtype} in {array.ndim} dimensions")
        return cls(name, array.shape, array.tobytes())

    def array(self) -> NDArray[np.generic]:
        """The (read-only) array. Raises ProtocolError when bytes, shape and dtype do not agree."""
        sound = len(self.shape) <= MOST_DIMENSIONS and all(0 <= n <= FRAME_LIMIT for n in self.shape)
        if self.dtype not in DTYPES or not sound:
            raise ProtocolError(f"array of dtype {self.dtype!r} and shape {self.shape}")
        if prod(self.shape) * int(self.dtype[2:]) != len(self.data):
            raise ProtocolError(f"{len(self.data)} bytes for shape {self.shape} of {self.dtype}")
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


def packed(body: bytes) -> bytes:
    """A body ready for the pipe. Raises ProtocolError above FRAME_LIMIT."""
    if len(body) > FRAME_LIMIT:
        raise ProtocolError(f"a message of {len(body)} bytes; the limit is {FRAME_LIMIT}")
    return struct.pack("<I", len(body)) + body


class Frames:
    """Bytes in any portions -> whole bodies."""

    def __init__(self) -> None:
        self._held = bytearray()

    def bodies(self, more: bytes | bytearray | memoryview) -> Iterator[bytes]:
        """The bodies completed by `more`. Raises ProtocolError on a length above the limit."""
        self._held += more
        while len(self._held) >= 4:
            (length,) = struct.unpack_from("<I", self._held)
            if length > FRAME_LIMIT:
                raise ProtocolError(f"a frame of {length} bytes; the limit is {FRAME_LIMIT}")
            if len(self._held) < 4 + length:
                return
            body = bytes(self._held[4 : 4 + length])
            del self._held[: 4 + length]
            yield body
