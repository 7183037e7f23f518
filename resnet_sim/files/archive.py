"""A zip written the same way every time, and read without trusting anything its headers say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from resnet_sim.errors import FileError, sentence
from resnet_sim.files.strict_json import shown

MOST_MEMBERS = 64
HIGHEST_RATIO = 100
"""How many times larger than in the file a member above 1 MB may become."""
_CHUNK = 2**20
_END = struct.Struct("<4s4H2LH")
_LOCAL_HEADER = 30
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def pack(members: Mapping[str, bytes]) -> bytes:
    """The zip. The first member and arrays are stored as they are; equal members give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for n, (name, data) in enumerate(members.items()):
            info = zipfile.ZipInfo(name, _FIRST_DATE)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if n > 0 and _deflatable(name, data) else zipfile.ZIP_STORED
            archive.writestr(info, data, compresslevel=6)
    return target.getvalue()


def _deflatable(name: str, data: bytes) -> bool:
    """Whether packing gains something, and not so much that the member would look like a bomb."""
    return name.endswith(".json") and len(zlib.compress(data, 6)) * HIGHEST_RATIO > 2 * len(data)


def unpack(file: BinaryIO, size: int, largest: Mapping[str, int]) -> dict[str, bytearray]:
    """Every member, read to its end. `largest` tells which names may occur and how many bytes each may have.

    Raises FileError, or what zipfile raises on damage. Nothing is ever written to a disk.
    """
    entries, directory = _end(file, size)
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) != entries:
            raise FileError(sentence("Its list of members is damaged."))
        _check_names(infos, largest)
        _check_places(infos, directory)
        for info in infos:
            _check_sizes(info, largest[info.filename])
        if sum(info.file_size for info in infos) > max(largest.values()) + 64 * 2**20:
            raise FileError(sentence("Its members are too large together."))
        return {info.filename: _content(archive, info) for info in infos}


def _end(file: BinaryIO, size: int) -> tuple[int, int]:
    """How many members the zip has, and where their list begins: nothing may stand before, behind or between."""
    if size >= _END.size:
        file.seek(size - _END.size)
        found = file.read(_END.size)
        if len(found) == _END.size:
            mark, disk, first, here, entries, length, directory, comment = _END.unpack(found)
            whole = directory + length + _END.size == size
            if mark == b"PK\x05\x06" and disk == first == comment == 0 and here == entries and whole:
                if entries > MOST_MEMBERS or length > MOST_MEMBERS * 1024:
                    raise FileError(
                        sentence("It has {n} members; a network has at most {most}.", n=entries, most=MOST_MEMBERS)
                    )
                return entries, directory
    raise FileError(sentence("It is damaged or cut off: its end is missing."))


def _check_names(infos: list[zipfile.ZipInfo], largest: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename  # zipfile cuts `filename` at a NUL
        if name not in largest or info.filename != name:
            raise FileError(
                sentence(
                    "It has an unknown member “{member}”; known are {known}.",
                    member=shown(name),
                    known=", ".join(largest),
                )
            )
        if name in seen:
            raise FileError(sentence("It has two members named “{member}”.", member=name))
        seen.add(name)


def _check_places(infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Members may not share bytes."""
    placed = sorted(infos, key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in placed[1:]), directory]
    for info, end in zip(placed, ends, strict=True):
        if info.header_offset + _LOCAL_HEADER + len(info.filename) + info.compress_size > end:
            raise FileError(sentence("Its members “{member}” and another overlap.", member=info.filename))


def _check_sizes(info: zipfile.ZipInfo, most: int) -> None:
    if info.flag_bits & 1:
        raise FileError(sentence("Its member “{member}” is encrypted.", member=info.filename))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileError(sentence("Its member “{member}” is packed in an unknown way.", member=info.filename))
    if info.file_size > most:
        raise FileError(
            sentence(
                "Its member “{member}” has {n} bytes; it may have {most}.",
                member=info.filename,
                n=info.file_size,
                most=most,
            )
        )
    if info.file_size > _CHUNK and info.file_size > HIGHEST_RATIO * info.compress_size:
        raise FileError(
            sentence(
                "Its member “{member}” would become {n} bytes from {packed}: too many.",
                member=info.filename,
                n=info.file_size,
                packed=info.compress_size,
            )
        )


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytearray:
    """The member's bytes. Read to the end, because only there zipfile compares its check sum."""
    data = bytearray()
    with archive.open(info) as member:
        while chunk := member.read(_CHUNK):
            data += chunk
            if len(data) > info.file_size:
                break
    if len(data) != info.file_size:
        raise FileError(sentence("Its member “{member}” has not the size it says.", member=info.filename))
    return data
