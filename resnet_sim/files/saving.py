"""Writing a file so that the old one or the new one stands there afterwards, whatever fails in between."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from resnet_sim.errors import FileError, sentence

CHUNK = 1 << 20
Bytes = bytes | bytearray | memoryview


class FileOps:
    """The calls of the operating system that reading and saving make; tests let each of them fail in turn."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """A file descriptor."""
        return os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), mode)

    def read(self, fd: int, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        return os.read(fd, size)

    def write(self, fd: int, data: Bytes) -> int:
        """How many bytes were taken."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """Wait until the disk has what was written."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Give the descriptor back."""
        os.close(fd)

    def chmod(self, path: Path, mode: int) -> None:
        """Set the permission bits."""
        os.chmod(path, mode)

    def stat(self, path: Path) -> os.stat_result:
        """What stands at `path`, links followed."""
        return os.stat(path)

    def replace(self, source: Path, target: Path) -> None:
        """Put `source` in the place of `target`, in one step."""
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)


def save_bytes(path: str | Path, data: Bytes | Iterable[Bytes], ops: FileOps | None = None) -> str:
    """Write `data` to `path` and give back its SHA-256.

    The bytes go to a file beside it, are read again and compared, and then take its place in one step: links are
    followed, permission bits kept. Raises FileError when anything fails; the old file is then as it was.
    """
    ops = ops or FileOps()
    named = Path(path)
    try:
        target = Path(os.path.realpath(named))
        mode = _mode_of(target, ops)
        # The name is short whatever the target's is, so that no length limit is hit that the target does not hit.
        temporary = target.with_name(f".resnet-sim-{secrets.token_hex(8)}.tmp")
        try:
            digest = _write(temporary, data, mode, ops)
            ops.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                ops.unlink(temporary)
            raise
        _settle(target.parent, ops)
    except (OSError, ValueError) as error:
        raise FileError(
            sentence(
                "“{file}” was not saved: {reason}. What was there before is unchanged; save it under another name.",
                file=named.name,
                reason=(error.strerror if isinstance(error, OSError) else None) or str(error),
            )
        ) from error
    return digest


def _mode_of(target: Path, ops: FileOps) -> int | None:
    """The permission bits to keep, None for a new file. Raises OSError where nothing may be put."""
    try:
        found = ops.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, "it is no ordinary file")
    if not found & stat.S_IWUSR:
        raise PermissionError(errno.EACCES, "the file is write-protected")
    return stat.S_IMODE(found)


def _write(temporary: Path, data: Bytes | Iterable[Bytes], mode: int | None, ops: FileOps) -> str:
    """Write, force to disk, read again; the SHA-256."""
    written = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    fd = ops.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        for chunk in _chunks(data):
            taken = ops.write(fd, chunk)
            if taken != len(chunk):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written.update(chunk)
        ops.fsync(fd)
    finally:
        ops.close(fd)
    if mode is not None:
        ops.chmod(temporary, mode)
    if _digest(temporary, ops) != written.digest():
        raise OSError(errno.EIO, "what the disk gives back is not what was written")
    return written.hexdigest()


def _digest(path: Path, ops: FileOps) -> bytes:
    found = hashlib.sha256()
    fd = ops.open(path, os.O_RDONLY)
    try:
        while chunk := ops.read(fd, CHUNK):
            found.update(chunk)
    finally:
        ops.close(fd)
    return found.digest()


def _settle(folder: Path, ops: FileOps) -> None:
    """Force the folder's new entry to disk. The new file stands already and is whole: a failure here loses nothing.

    After a power cut at this moment the old file may be back, whole as well. Windows cannot open folders.
    """
    with contextlib.suppress(OSError):
        fd = ops.open(folder, os.O_RDONLY)
        try:
            ops.fsync(fd)
        finally:
            ops.close(fd)


def _chunks(data: Bytes | Iterable[Bytes]) -> Iterator[memoryview]:
    pieces = (data,) if isinstance(data, bytes | bytearray | memoryview) else data
    for piece in pieces:
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), CHUNK):
            yield view[start : start + CHUNK]
