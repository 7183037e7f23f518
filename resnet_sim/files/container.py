"""Reading and writing .resnet files: a zip of network, weights and record, every member with its SHA-256."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, TypeVar

from resnet_sim.errors import FileError, sentence
from resnet_sim.files import archive, strict_json, tensors
from resnet_sim.files.fitting import refuse_misfit
from resnet_sim.files.history import history_in, history_out
from resnet_sim.files.saving import FileOps, save_bytes
from resnet_sim.files.schema import LARGEST_TEXT, encode, experiment_in, too_long
from resnet_sim.files.strict_json import shown
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.checkpoint import Array, Checkpoint, Progress
from resnet_sim.state.record import Record

T = TypeVar("T")
R = TypeVar("R")

NETWORK, WEIGHTS, OPTIMISER = "network.json", "weights.safetensors", "optimiser.safetensors"
STATE, RECORD, HASHES = "state.json", "record.json", "hashes.json"
LARGEST_ARRAYS = 2 * 10**9
"""Bytes of weights and optimiser together; small enough for a zip without 64-bit extensions."""
LARGEST = {
    NETWORK: LARGEST_TEXT,
    WEIGHTS: LARGEST_ARRAYS,
    OPTIMISER: LARGEST_ARRAYS,
    STATE: 2**16,
    RECORD: 48 * 2**20,
    HASHES: 2**16,
}
"""Bytes of each member; network and record together stay under 64 MB."""


@dataclass(frozen=True, eq=False)
class Saved:
    """What a file holds. checkpoint and record are None for a network that was never trained."""

    experiment: Experiment
    checkpoint: Checkpoint | None = None
    record: Record | None = None


# --- writing ----------------------------------------------------------------------------------------------------------


def save(path: str | Path, saved: Saved, ops: FileOps | None = None) -> str:
    """Write a .resnet file, the old one staying until the new one is whole; the SHA-256 of its bytes.

    Raises FileError when it cannot be written, or could not be read again.
    """
    return save_bytes(path, compose(saved, Path(path).name), ops)


def compose(saved: Saved, name: str = "network") -> bytes:
    """The bytes of a .resnet file; equal content gives equal bytes. Raises FileError where `load` would."""
    try:
        return archive.pack(_members(saved))
    except FileError as error:
        raise FileError(
            sentence("“{file}” was not saved. {problem}", file=shown(name), problem=error.sentence)
        ) from None


def _members(saved: Saved) -> dict[str, bytes]:
    members = {NETWORK: encode(saved.experiment)}
    experiment_in(members[NETWORK])  # what is written can be read again
    if saved.checkpoint is not None:
        refuse_misfit(saved.experiment, saved.checkpoint)
        members[WEIGHTS] = tensors.to_bytes({"/".join(key): a for key, a in saved.checkpoint.arrays.items()})
        members[OPTIMISER] = tensors.to_bytes({"/".join(key): a for key, a in saved.checkpoint.slots.items()})
        members[STATE] = json.dumps(saved.checkpoint.progress._asdict()).encode()
        if len(members[WEIGHTS]) + len(members[OPTIMISER]) > LARGEST_ARRAYS:
            raise FileError(sentence("Its weights are larger than 2 GB."))
    if saved.record is not None:
        members[RECORD] = history_out(saved.record, LARGEST[RECORD])
    members[HASHES] = json.dumps({each: sha256(data).hexdigest() for each, data in members.items()}).encode()
    return members


# --- reading ----------------------------------------------------------------------------------------------------------


def load(path: str | Path, ops: FileOps | None = None) -> Saved:
    """Read a .resnet file or a plain network.json. Raises FileError naming the file and the place in it."""
    ops = ops or FileOps()
    path = Path(path)
    try:
        size = _size(path, ops)
        with os.fdopen(ops.open(path, os.O_RDONLY), "rb") as file:
            return read(file, size, path.name)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileError(
            sentence("“{file}” cannot be opened: {reason}.", file=shown(path.name), reason=reason)
        ) from None


def _size(path: Path, ops: FileOps) -> int:
    found = ops.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise OSError("it is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no ordinary file")
    return found.st_size


def loads(data: bytes, name: str) -> Saved:
    """As `load`, from bytes; `name` stands for the file in sentences. Raises FileError."""
    return read(io.BytesIO(data), len(data), name)


def read(file: BinaryIO, size: int, name: str) -> Saved:
    """As `load`, from an open file of `size` bytes. Raises FileError."""
    try:
        return _read(file, size)
    except FileError as error:
        problem = error.sentence
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        problem = sentence("It is damaged or cut off ({reason}).", reason=shown(str(error)))
    except OSError as error:
        problem = sentence("It cannot be read ({reason}).", reason=error.strerror or str(error))
    except MemoryError:
        problem = sentence("There is not enough memory for it.")
    except Exception as error:  # noqa: BLE001 - the border to files of any origin: whatever is in one, the window lives
        problem = sentence(UNFORESEEN, reason=type(error).__name__)
    raise FileError(sentence("“{file}” cannot be opened. {problem}", file=shown(name), problem=problem))


UNFORESEEN = "Reading it failed unexpectedly ({reason})."


def _read(file: BinaryIO, size: int) -> Saved:
    if size == 0:
        raise FileError(sentence("It is empty."))
    head = file.read(2)
    file.seek(0)
    if head == b"PK":
        return _zipped(file, size)
    if size > LARGEST_TEXT and head.startswith(b"{"):
        raise too_long(size)
    if size > LARGEST_TEXT:
        raise FileError(sentence("It is neither a .resnet file nor the text of a network."))
    return Saved(experiment_in(file.read(LARGEST_TEXT + 1)))


def _zipped(file: BinaryIO, size: int) -> Saved:
    members = archive.unpack(file, size, LARGEST)
    for needed in (NETWORK, HASHES):
        if needed not in members:
            raise FileError(sentence("Its member “{member}” is missing.", member=needed))
    _inside(HASHES, _check_hashes, members)
    experiment = _inside(NETWORK, experiment_in, bytes(members[NETWORK]))
    checkpoint = _checkpoint_in(members)
    if checkpoint is not None:
        refuse_misfit(experiment, checkpoint)
    record = _inside(RECORD, history_in, members[RECORD]) if RECORD in members else None
    return Saved(experiment, checkpoint, record)


def _inside(member: str, read: Callable[[T], R], data: T) -> R:
    """read(data), an error naming the member it is in."""
    try:
        return read(data)
    except FileError as error:
        raise FileError(sentence("{member}: {problem}", member=member, problem=error.sentence)) from None


def _check_hashes(members: Mapping[str, bytearray]) -> None:
    hashes = strict_json.parse(bytes(members[HASHES]))
    if not isinstance(hashes, dict) or set(hashes) != set(members) - {HASHES}:
        raise FileError(sentence("It does not list the members of the file."))
    for name, wanted in hashes.items():
        if sha256(members[name]).hexdigest() != wanted:
            raise FileError(sentence("The member “{member}” is not as it was saved.", member=name))


def _checkpoint_in(members: Mapping[str, bytearray]) -> Checkpoint | None:
    needed = (WEIGHTS, OPTIMISER, STATE)
    missing = [name for name in needed if name not in members]
    if len(missing) == len(needed):
        return None
    if missing:
        raise FileError(sentence("Its member “{member}” is missing.", member=missing[0]))
    arrays = _inside(WEIGHTS, tensors.from_bytes, members[WEIGHTS])
    slots = _inside(OPTIMISER, tensors.from_bytes, members[OPTIMISER])
    return Checkpoint(
        {(part, name): array for (part, name), array in _inside(WEIGHTS, _split_two, arrays)},
        {(part, name, slot): array for (part, name, slot), array in _inside(OPTIMISER, _split_three, slots)},
        _inside(STATE, _progress_in, members[STATE]),
    )


def _split_two(arrays: Mapping[str, Array]) -> list[tuple[list[str], Array]]:
    return [(_split(key, 2), array) for key, array in arrays.items()]


def _split_three(arrays: Mapping[str, Array]) -> list[tuple[list[str], Array]]:
    return [(_split(key, 3), array) for key, array in arrays.items()]


def _split(key: str, n: int) -> list[str]:
    """part/name or part/name/slot, from the right: a part's own id may hold a "/"."""
    found = key.rsplit("/", n - 1)
    if len(found) != n or not all(found):
        raise FileError(sentence("“{key}” names no array of a layer.", key=shown(key)))
    return found


def _progress_in(data: bytearray) -> Progress:
    raw = strict_json.parse(bytes(data))
    names = set(Progress._fields)
    if not isinstance(raw, dict) or set(raw) != names:
        raise FileError(sentence("It must hold {names} and nothing else.", names=", ".join(sorted(names))))
    for name, value in raw.items():
        if type(value) is not int or not 0 <= value < 2**63:
            raise FileError(
                sentence("“{name}” must be a whole number from 0, not {value}.", name=name, value=shown(value))
            )
    return Progress(**raw)
