"""The journal: every edit on disk the moment it is made, so that a crash costs one edit at most.

A journal is a file of lines, one for each edit, and every line is whole by itself:

    crc32 of the rest (8 hex digits) TAB where it was made, as JSON TAB the experiment, as network.json without breaks

with a break before it and one behind it, so that neither a torn line nor a lost break takes its neighbour with it.
So the newest line that is sound is the newest state, whatever happened to the others: a torn last line, a flipped bit,
a write that stopped half way. Nothing here removes a journal before the document it belongs to is known to be saved.

How safe a line is: `append` hands it to the operating system in one call and does not wait for the disk. It survives
the end of this program, however sudden; a power cut may take what was written since the last `sync`, which the window
calls when nothing else is to be done. There a journal that has grown is rewritten through `saving.save_bytes`, which
waits for the disk and reads again what it wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from resnet_sim.errors import FileError, sentence
from resnet_sim.files.saving import CHUNK, FileOps, save_bytes
from resnet_sim.files.schema import decode, encode
from resnet_sim.network.experiment import Experiment

SUFFIX, ASIDE = ".journal", ".aside"
VERSION = 1
MOST_BYTES = 4 * 2**20
"""A journal longer than this, and than a few of its lines, is rewritten as its last line at the next `sync`."""
MOST_READ = 256 * 2**20


@dataclass(frozen=True)
class Where:
    """Where an edit was made. document: the file's path, "" if it was never saved. position: how many edits of the
    history were done. step: of the training."""

    document: str = ""
    position: int = 0
    step: int = 0


@dataclass(frozen=True)
class Recovered:
    """The newest sound state of a journal. when: seconds since 1970. damaged: lines that could not be read."""

    journal: Path
    experiment: Experiment
    where: Where
    when: float
    number: int = 0
    damaged: int = field(default=0, compare=False)


class Journal:
    """The journal of one open document. Nothing is on disk before the first edit."""

    def __init__(
        self,
        folder: Path,
        ops: FileOps | None = None,
        *,
        clock: Callable[[], float] = time.time,
        limit: int = MOST_BYTES,
        resume: Recovered | None = None,
    ) -> None:
        """A journal in `folder`. resume: go on in the journal that was recovered, so that it need not be removed."""
        self._folder, self._ops, self._clock, self._limit = folder, ops or FileOps(), clock, limit
        self.path = resume.journal if resume is not None else folder / f"{secrets.token_hex(8)}{SUFFIX}"
        self._number = resume.number if resume is not None else 0
        self._fd = -1
        self._size = 0
        self._waiting = False
        self._line = b""
        self._last: Experiment | None = None

    def append(self, experiment: Experiment, where: Where | None = None) -> None:
        """The experiment as it is after an edit. Raises FileError when it could not be written; try again later."""
        self._number += 1
        self._last = experiment
        line = _line(experiment, where or Where(), self._number, self._clock())
        try:
            if self._fd < 0:
                self._open()
            self._write(line)
        except OSError as error:
            raise _unwritten(self.path, error) from error
        self._line, self._waiting = line, True

    def sync(self) -> None:
        """Wait until the disk has every line, or the last of a long journal. Raises FileError if it cannot."""
        if self._fd >= 0 and self._waiting:
            try:
                if self._size > max(self._limit, 8 * len(self._line)) and self._rewrite(self._line):
                    return
                if self._fd < 0:
                    self._open()
                self._ops.fsync(self._fd)
            except OSError as error:
                raise _unwritten(self.path, error) from error
            self._waiting = False

    def close(self) -> None:
        """Stop writing; what was written stays."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            with contextlib.suppress(OSError):
                self._ops.close(fd)

    def forget(self, saved: Path, digest: str, experiment: Experiment) -> bool:
        """`experiment` is in the file `saved` whose SHA-256 is `digest`: if that is really there, the journal may go.

        Whether it went: it stays while it holds a later edit. Raises FileError, and keeps it, when the file holds
        anything else. An edit afterwards starts anew.
        """
        if _digest(saved, self._ops) != digest:
            raise FileError(
                sentence("“{file}” is not as it was saved; the edits are kept for a recovery.", file=saved.name)
            )
        if self._last not in (None, experiment):
            return False
        self.close()
        try:
            self._ops.unlink(self.path)
        except FileNotFoundError:
            pass  # there was no edit
        except OSError as error:
            raise _unwritten(self.path, error) from error
        self._size, self._waiting, self._line, self._last = 0, False, b"", None
        return True

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fd = self._ops.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if not _lock(fd):
            self._ops.close(fd)
            raise BlockingIOError("another program writes to it")
        self._fd = fd
        self._size = self._ops.stat(self.path).st_size

    def _write(self, data: bytes) -> None:
        taken = self._ops.write(self._fd, data)
        self._size += max(0, taken)
        while taken < len(data):
            more = self._ops.write(self._fd, data[taken:])
            if more <= 0:
                raise OSError("the disk takes no more")
            taken += more
            self._size += more

    def _rewrite(self, line: bytes) -> bool:
        """Only the newest line, in a file that takes the place of the old one in one step. Whether that went well."""
        self.close()  # Windows does not replace a file that is open
        try:
            save_bytes(self.path, line, self._ops)
        except FileError:
            self._limit = 2 * self._size  # the old file goes on; there may be room again by then
            return False
        self._size, self._waiting = len(line), False
        with contextlib.suppress(OSError):
            self._open()  # and locked again
        return True


def recover(folder: Path, ops: FileOps | None = None) -> tuple[Recovered, ...]:
    """The newest sound state of every journal in `folder` that nobody writes to, newest first. Changes nothing.

    Journals that were set aside, or in which nothing is sound, are left out.
    """
    ops = ops or FileOps()
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return ()
    found = [state for path in names if path.suffix == SUFFIX and (state := _newest(path, ops)) is not None]
    return tuple(sorted(found, key=lambda each: (each.when, each.number), reverse=True))


def set_aside(found: Recovered, ops: FileOps | None = None) -> Path:
    """Do not offer this journal again. It is kept under another name, which is returned. Raises FileError."""
    target = found.journal.with_suffix(ASIDE)
    try:
        (ops or FileOps()).replace(found.journal, target)
    except OSError as error:
        raise _unwritten(found.journal, error) from error
    return target


def _line(experiment: Experiment, where: Where, number: int, now: float) -> bytes:
    head = json.dumps({"version": VERSION, "number": number, "time": now, **asdict(where)})
    body = head.encode() + b"\t" + encode(experiment).replace(b"\n", b"")  # breaks stand only between values
    return b"\n%08x\t%s\n" % (zlib.crc32(body), body)


def _newest(path: Path, ops: FileOps) -> Recovered | None:
    try:
        data = _read(path, ops)
    except OSError:
        return None
    if data is None:
        return None
    for damaged, line in enumerate(_lines_backwards(data)):
        state = _state(path, line, damaged)
        if state is not None:
            return state
    return None


def _state(path: Path, line: bytes, damaged: int) -> Recovered | None:
    """What a line says; None unless it is sound."""
    crc, tab, body = line.partition(b"\t")
    if not tab or crc != b"%08x" % zlib.crc32(body):
        return None
    head, _, text = body.partition(b"\t")
    try:
        said: Any = json.loads(head)
        if not isinstance(said, dict) or said.get("version") != VERSION:
            return None
        where = Where(str(said["document"]), int(said["position"]), int(said["step"]))
        experiment = decode(text, path.name)
        return Recovered(path, experiment, where, float(said["time"]), int(said["number"]), damaged)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, FileError):
        return None


def _lines_backwards(data: bytes) -> Iterator[bytes]:
    """The lines that are not empty, the last one first."""
    end = len(data)
    while end > 0:
        start = data.rfind(b"\n", 0, end) + 1
        if start < end:
            yield data[start:end]
        end = start - 1


def _read(path: Path, ops: FileOps) -> bytes | None:
    """The whole journal; None if it is no ordinary file, too long to be one, or being written to."""
    found = ops.stat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_READ:
        return None
    fd = ops.open(path, os.O_RDWR)  # a lock on Windows and on network folders needs a file that may be written
    try:
        if not _lock(fd):
            return None
        chunks = []
        while chunk := ops.read(fd, CHUNK):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        ops.close(fd)


def _digest(path: Path, ops: FileOps) -> str:
    found = hashlib.sha256()
    try:
        fd = ops.open(path, os.O_RDONLY)
        try:
            while chunk := ops.read(fd, CHUNK):
                found.update(chunk)
        finally:
            ops.close(fd)
    except OSError:
        return ""
    return found.hexdigest()


def _lock(fd: int) -> bool:
    """Whether nobody else has this journal open; held until the descriptor is closed or the program ends."""
    if sys.platform == "win32":
        import msvcrt

        here = os.lseek(fd, 0, os.SEEK_CUR)
        try:
            os.lseek(fd, MOST_READ * 2, os.SEEK_SET)  # a byte no journal has, so that reading it stays possible
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(fd, here, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a folder that knows no locks
    return True


def _unwritten(path: Path, error: OSError) -> FileError:
    reason = error.strerror or str(error)
    return FileError(sentence("Your edits cannot be noted in “{file}”: {reason}.", file=path.name, reason=reason))
