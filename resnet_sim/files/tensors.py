"""Arrays as bytes in the safetensors layout, read with checks of our own before anything is allocated."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import safetensors.numpy

from resnet_sim.errors import FileError, sentence
from resnet_sim.files import strict_json
from resnet_sim.files.strict_json import shown
from resnet_sim.state.checkpoint import Array

_DTYPES: dict[str, np.dtype[np.floating]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_LONGEST_HEADER = 16 * 2**20
_MOST_DIMENSIONS = 8


def to_bytes(arrays: Mapping[str, Array]) -> bytes:
    """The arrays by name, float32 or float64, in the safetensors layout. Equal arrays give equal bytes.

    Raises FileError for another dtype.
    """
    for name, array in arrays.items():
        if array.dtype not in _DTYPES.values():
            raise FileError(
                sentence("“{name}” holds {dtype} numbers, not float32 or float64.", name=name, dtype=array.dtype)
            )
    solid = {name: np.asarray(arrays[name], arrays[name].dtype.newbyteorder("<"), order="C") for name in sorted(arrays)}
    data: bytes = safetensors.numpy.save(solid)
    return data


def from_bytes(data: bytes | bytearray) -> dict[str, Array]:
    """The arrays by name, read-only, sharing the memory of `data`.

    Raises FileError, without naming the file, unless every array is float32 or float64 and the arrays fill the bytes
    behind the header exactly.
    """
    if len(data) < 8:
        raise FileError(sentence("It is cut off."))
    length = int.from_bytes(data[:8], "little")
    if length > min(_LONGEST_HEADER, len(data) - 8):
        raise FileError(sentence("Its list of arrays is cut off."))
    header = strict_json.parse(bytes(data[8 : 8 + length]))
    if not isinstance(header, dict):
        raise FileError(sentence("Its list of arrays is no object."))
    room = len(data) - 8 - length
    placed = sorted(
        (_placed(name, entry, room) for name, entry in header.items() if name != "__metadata__"),
        key=lambda each: (each[3], each[4]),
    )
    at = 0
    arrays: dict[str, Array] = {}
    for name, dtype, shape, begin, end in placed:
        if begin != at:
            raise FileError(sentence("Array “{name}” overlaps another or leaves a hole.", name=shown(name)))
        at = end
        array = np.frombuffer(data, dtype, prod(shape), 8 + length + begin).reshape(shape)
        array.flags.writeable = False
        arrays[name] = array
    if at != room:
        raise FileError(sentence("{n} bytes belong to no array.", n=room - at))
    return arrays


_Placed = tuple[str, np.dtype[np.floating], tuple[int, ...], int, int]


def _placed(name: str, entry: Any, room: int) -> _Placed:
    """Name, dtype, shape, begin and end of one array, or FileError. Sizes are compared in whole numbers of any size."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FileError(sentence("Array “{name}” must have dtype, shape and data_offsets.", name=shown(name)))
    dtype = _DTYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if dtype is None:
        raise FileError(
            sentence(
                "Array “{name}” must be of dtype {known}, not {dtype}.",
                name=shown(name),
                known=" or ".join(_DTYPES),
                dtype=shown(entry["dtype"]),
            )
        )
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _whole(shape) or len(shape) > _MOST_DIMENSIONS:
        raise FileError(sentence("Array “{name}” cannot have the shape {shape}.", name=shown(name), shape=shown(shape)))
    if not _whole(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= room:
        raise FileError(sentence("Array “{name}” lies outside its file.", name=shown(name)))
    if prod(shape) * dtype.itemsize != offsets[1] - offsets[0]:
        raise FileError(
            sentence(
                "Array “{name}” of shape {shape} cannot fill {n} bytes.",
                name=shown(name),
                shape=shown(shape),
                n=offsets[1] - offsets[0],
            )
        )
    return name, dtype, tuple(shape), offsets[0], offsets[1]


def _whole(numbers: object) -> bool:
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)
