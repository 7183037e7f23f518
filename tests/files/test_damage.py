"""Damaged files: cut anywhere, or with any bit turned over, a file is refused or opens as it was."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest
from files.documents import same, small

from resnet_sim.errors import FileError
from resnet_sim.files.container import UNFORESEEN, Saved, compose, loads
from resnet_sim.files.schema import encode


@cache
def whole() -> bytes:
    data = compose(small())
    assert 6_000 < len(data) < 12_000
    return data


def outcome(data: bytes) -> Saved | None:
    """The document, or None where it is refused with a sentence somebody wrote."""
    try:
        return loads(data, "hurt.resnet")
    except FileError as error:
        said = str(error)
    assert said.startswith("“hurt.resnet” cannot be opened. ")
    assert UNFORESEEN.split("(")[0] not in said
    return None


def test_a_file_cut_at_any_byte_is_refused() -> None:
    for length in range(len(whole())):
        assert outcome(whole()[:length]) is None, f"cut after {length} bytes"


def test_a_file_that_lost_a_byte_or_won_one_is_refused() -> None:
    data = whole()
    for place in range(0, len(data), 3):
        assert outcome(data[:place] + data[place + 1 :]) is None, f"byte {place} is gone"
        assert outcome(data[:place] + b"\0" + data[place:]) is None, f"a byte more at {place}"


def test_a_text_cut_at_any_byte_is_refused() -> None:
    data = encode(small().experiment)
    for length in range(len(data) - 1):  # the last byte is the end of the line
        assert outcome(data[:length]) is None, f"cut after {length} bytes"


def turned_over(data: bytes, bit: int) -> bytes:
    hurt = bytearray(data)
    hurt[bit // 8] ^= 1 << bit % 8
    return bytes(hurt)


def test_twenty_thousand_bits_turned_over_are_never_a_silent_difference() -> None:
    random = Random(1)
    for bit in (random.randrange(8 * len(whole())) for _ in range(20_000)):
        found = outcome(turned_over(whole(), bit))
        assert found is None or same(found, small()), f"bit {bit} changed the document silently"


@pytest.mark.slow
def test_no_bit_of_a_file_turned_over_is_a_silent_difference() -> None:
    for bit in range(8 * len(whole())):
        found = outcome(turned_over(whole(), bit))
        assert found is None or same(found, small()), f"bit {bit} changed the document silently"


def test_a_text_with_anything_written_into_it_is_refused_or_is_a_network() -> None:
    random = Random(2)
    data = encode(small().experiment)
    pieces = [
        b"\xc3",
        b"\\ud83d",
        b"\x00",
        b"[",
        b"}",
        b'"',
        b"NaN",
        b"1e999",
        b"\xef\xbb\xbf",
        b"-",
        b"9" * 400,
        b"\xe2\x80\xae",
    ]
    for _ in range(2_000):
        place, gone = random.randrange(len(data)), random.randrange(4)
        hurt = data[:place] + random.choice(pieces) + data[place + gone :]
        found = outcome(hurt)
        assert found is None or loads(encode(found.experiment), "again").experiment == found.experiment


def test_every_bit_of_the_lists_of_members_turned_over() -> None:
    """The headers at the end decide what is read at all."""
    start = whole().index(b"PK\x01\x02")
    for bit in range(8 * start, 8 * len(whole())):
        found = outcome(turned_over(whole(), bit))
        assert found is None or same(found, small()), f"bit {bit}"


# --- no code from a file ----------------------------------------------------------------------------------------------

HOSTILE = """
import sys
from random import Random
sys.path[:0] = {paths!r}
from resnet_sim.errors import FileError
from resnet_sim.files.container import loads
from resnet_sim.files.schema import encode

def attempt(data):
    try:
        loads(data, "hostile.resnet")
    except FileError as error:
        str(error)

random = Random(3)
whole = open({file!r}, "rb").read()
text = open({text!r}, "rb").read()
words = [b"os", b"subprocess", b"__import__('os').system('id')", b"builtins.eval", b"../../x", b"torch"]

def mutated():
    data = bytearray(random.choice((whole, text, text)))
    for _ in range(random.randrange(1, 4)):
        start = random.randrange(len(data))
        change = random.choice((random.randbytes(random.randrange(1, 9)), random.choice(words), b""))
        data[start : start + random.randrange(12)] = change
    return bytes(data)

def kinds():
    for word in words:
        yield text.replace(b'"dense"', b'"' + word + b'"')
        yield text.replace(b'"iris"', b'"' + word + b'"')

cases = [*kinds(), *(mutated() for _ in range({count}))]
for each in [whole, text, *cases[:50]]:
    attempt(each)  # what is imported on first use is imported now
seen = []
bad = ("import", "exec", "compile", "open", "marshal.", "pickle.", "os.", "subprocess.", "socket.", "ctypes.")
sys.addaudithook(lambda name, arguments: seen.append((name, arguments)) if name.startswith(bad) else None)
for each in cases:
    attempt(each)
found = seen[:]
print(len(cases), found[:5])
sys.exit(bool(found))
"""


def attack(folder: Path, count: int) -> None:
    (folder / "whole.resnet").write_bytes(whole())
    (folder / "network.json").write_bytes(encode(small().experiment))
    paths = [each for each in sys.path if each]
    code = HOSTILE.format(
        paths=paths, file=str(folder / "whole.resnet"), text=str(folder / "network.json"), count=count
    )
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False, cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr


def test_opening_hostile_files_runs_imports_and_opens_nothing(tmp_path: Path) -> None:
    attack(tmp_path, 1_500)


@pytest.mark.slow
def test_opening_ten_thousand_hostile_files_runs_imports_and_opens_nothing(tmp_path: Path) -> None:
    attack(tmp_path, 10_000)
