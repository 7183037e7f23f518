"""JSON read strictly: what Python's reader lets pass (NaN, 1e999, doubled keys, lone surrogates) is refused."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from resnet_sim.errors import FileError, Sentence, sentence

LONGEST_WHOLE_NUMBER = 19
"""Digits: what fits into 64 bits."""

MOST_VALUES = 600_000
"""The largest network there may be has fewer, and so has the list of its arrays."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF8, "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'


def parse(data: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises FileError naming the place, but not the file."""
    if data.count(b",") >= MOST_VALUES:  # counted before anything is built from it
        raise FileError(sentence("It holds more than {most} values, too many for a network.", most=MOST_VALUES))
    text = _text(data)
    reader = _Reader(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=reader.read_object,
            parse_constant=reader.read_constant,
            parse_float=reader.read_float,
            parse_int=reader.read_int,
        )
    except json.JSONDecodeError as error:
        raise FileError(
            sentence(
                "Line {line}, column {column} is not JSON ({reason}).",
                line=error.lineno,
                column=error.colno,
                reason=error.msg,
            )
        ) from None
    except RecursionError:
        raise FileError(sentence("Its brackets are nested too deeply.")) from None
    if _SURROGATE.search(data):
        _refuse_lone_surrogates(value)
    return value


def shown(value: object) -> str:
    """A value of a file as it may stand in a sentence: on one line, short, without what cannot be printed."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = "".join(each if each.isprintable() else "�" for each in text[:81])
    return text if len(text) <= 80 else f"{text[:79]}…"


def listed(sentences: Iterable[Sentence], most: int = 100) -> Sentence:
    """Sentences one after the other as one Sentence; beyond `most` only their number is told."""
    found = list(sentences)
    left = len(found) - most
    if left > 0:
        found = [*found[:most], sentence("And {n} more.", n=left)]
    while len(found) > 1:  # pairwise, so that rendering does not go deep
        pairs = [
            sentence("{first}\n{second}", first=a, second=b) for a, b in zip(found[::2], found[1::2], strict=False)
        ]
        found = pairs + found[len(pairs) * 2 :]
    return found[0]


def _text(data: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            raise FileError(sentence("Its text is {encoding}; save it as plain UTF-8.", encoding=name))
    if data[:2] in (b"{\0", b"\0{"):
        raise FileError(sentence("Its text is {encoding}; save it as plain UTF-8.", encoding="UTF-16"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(sentence("Line {line} is not UTF-8 text; save it as UTF-8.", line=line)) from None


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        around = str(error.object[max(0, error.start - 20) : error.start])
        raise FileError(
            sentence("After “{text}” stands half a character (a lone surrogate).", text=shown(around))
        ) from None


class _Reader:
    """The hooks that make json.loads strict."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    raise FileError(
                        sentence("The key “{key}” stands twice in {object}.", key=shown(key), object=shown(value))
                    )
                seen.add(key)
        return value

    def read_constant(self, token: str) -> NoReturn:
        self._refuse(token)

    def read_float(self, token: str) -> float:
        value = float(token)
        if not math.isfinite(value):
            self._refuse(token)
        return value

    def read_int(self, token: str) -> int:
        if len(token.lstrip("-")) > LONGEST_WHOLE_NUMBER:
            self._refuse(token)
        return int(token)

    def _refuse(self, token: str) -> NoReturn:
        line = 1
        for match in re.finditer(f"{_STRING}|{re.escape(token[:40])}", self._text):
            if not match[0].startswith('"'):
                line = self._text.count("\n", 0, match.start()) + 1
                break
        raise FileError(sentence("Line {line}: {number} is not a number it may hold.", line=line, number=shown(token)))
