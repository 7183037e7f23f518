"""The files that a Linux desktop reads are sound, and go again without a trace."""

from __future__ import annotations

import configparser
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_sim.errors import FileError
from resnet_sim.files.double_click import TYPE, DoubleClick, quoted

PNG = b"\x89PNG"
XML = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}


def entry_of(made: DoubleClick) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as configparser's manual says for names in capitals
    parser.read_string(made.entry.read_text())
    assert parser.sections() == ["Desktop Entry"]
    return parser["Desktop Entry"]


def as_a_desktop_reads(value: str) -> list[str]:
    """The arguments of an Exec key: first the escapes of the file, then those inside quotes, then percent signs."""
    text, found, at = value.replace("\\\\", "\\"), [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        if text[at] != '"':
            end = (text + " ").index(" ", at)
            found.append(text[at:end])
            at = end
            continue
        at, argument = at + 1, ""
        while text[at] != '"':
            at += text[at] == "\\"
            argument, at = argument + text[at], at + 1
        found.append(argument.replace("%%", "%"))
        at += 1
    return found


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1), min_size=1, max_size=4))
def test_any_command_arrives_as_it_is(command: list[str]) -> None:
    assert as_a_desktop_reads(" ".join(map(quoted, command)) + " %f") == [*command, "%f"]


def test_the_desktop_learns_program_type_and_icon(tmp_path: Path) -> None:
    command = ("/opt/my $programs/python", "-P", "-m", "resnet_sim")
    made = DoubleClick(tmp_path, command)
    assert not made.made
    made.make(PNG)
    assert made.made
    entry = entry_of(made)
    assert as_a_desktop_reads(entry["Exec"]) == [*command, "%f"]
    assert (entry["Type"], entry["Terminal"], entry["MimeType"]) == ("Application", "false", f"{TYPE};")
    kind = ET.fromstring(made.type.read_bytes()).find("m:mime-type", XML)
    assert kind is not None
    assert kind.get("type") == TYPE
    pattern = kind.find("m:glob", XML)
    assert pattern is not None
    assert pattern.get("pattern") == "*.resnet"
    assert made.icon.read_bytes() == PNG
    assert made.icon.stem == entry["Icon"]


def test_another_program_of_the_name_is_not_this_one(tmp_path: Path) -> None:
    DoubleClick(tmp_path, ("/old/python", "-m", "resnet_sim")).make(PNG)
    assert not DoubleClick(tmp_path, ("/new/python", "-m", "resnet_sim")).made


def test_nothing_is_left_when_it_is_taken_back(tmp_path: Path) -> None:
    made = DoubleClick(tmp_path, ("python",))
    made.make(PNG)
    made.remove()
    made.remove()
    assert not made.made
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "applications").write_text("a file in the way")
    with pytest.raises(FileError, match="could not be written"):
        DoubleClick(tmp_path, ("python",)).make(PNG)
