"""How large everything is drawn: type, rows, ports and pens grow together, from the next start on."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence

from PySide6.QtCore import QProcess, QSettings, QSize

SIZES = (100, 125, 150, 200)
"""Per cent."""
KEPT, FACTOR = "text_size", "QT_SCALE_FACTOR"


def chosen(settings: QSettings) -> int:
    """The size for the next start, in per cent."""
    kept = str(settings.value(KEPT, SIZES[0]))
    return int(kept) if kept in map(str, SIZES) else SIZES[0]


def put_in_force(size: int, environment: MutableMapping[str, str]) -> None:
    """Before Qt starts: its own scale, times what the environment asks for already."""
    if size != SIZES[0]:
        environment[FACTOR] = f"{_asked(environment) * size / 100:g}"


def _asked(environment: Mapping[str, str]) -> float:
    try:
        return float(environment.get(FACTOR, "1"))
    except ValueError:
        return 1.0


def fitting(room: QSize, now: int, least: tuple[int, int]) -> tuple[int, ...]:
    """The sizes at which a window of at least `least` px fits into `room`, as large as `room` is at the size `now`."""
    return tuple(
        size
        for size in SIZES
        if size == SIZES[0] or (room.width() * now >= least[0] * size and room.height() * now >= least[1] * size)
    )


def next_of(sizes: Sequence[int], size: int) -> int:
    """The next larger one, after the largest the smallest."""
    return next((each for each in sizes if each > size), sizes[0])


def start_again(arguments: Sequence[str], factor_before: str | None) -> bool:
    """Start the program anew without its file: what was open, edited or not, comes back by itself. Whether it could."""
    os.environ.pop(FACTOR, None)
    if factor_before is not None:
        os.environ[FACTOR] = factor_before
    command = sys.orig_argv[: len(sys.orig_argv) - len(arguments)] if arguments else sys.orig_argv
    started, _id = QProcess.startDetached(sys.executable, list(command[1:]))
    return started
