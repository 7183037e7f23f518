"""The lines of network.json: those of pieces that were written before are kept, since an edit changes few of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Lines:
    """The lines of one kind of piece, each a JSON value. Only those of the last text are kept.

    They are found by the piece itself, not by what it equals: 1 and 1.0 are equal, but not written the same.
    """

    def __init__(self, out: Callable[[Any], object]) -> None:
        """out: a piece -> its JSON value."""
        self._out = out
        self._kept: dict[int, tuple[object, str]] = {}

    def of(self, pieces: Iterable[object]) -> list[str]:
        """One line for each. The pieces must be frozen."""
        before, now = self._kept, {}
        for each in pieces:
            key = id(each)
            found = before.get(key)  # what is kept lives, so that nothing else has its id
            now[key] = found if found is not None else (each, one_line(self._out(each)))
        self._kept = now
        return [now[id(each)][1] for each in pieces]


def one_line(value: object) -> str:
    """A JSON value without breaks. Raises ValueError for a number that is not finite."""
    return _ENCODER.encode(value)


def object_text(found: dict[str, object]) -> bytes:
    """An object in UTF-8, one line for each of its values; those that are lists of lines have them below each other.

    Raises ValueError for a number that is not finite, or half a character.
    """
    parts = []
    for key, value in found.items():
        if isinstance(value, list) and value:
            rows = ",\n    ".join(value)
            parts.append(f'  "{key}": [\n    {rows}\n  ]')
        else:
            parts.append(f'  "{key}": {one_line(value)}')
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()
