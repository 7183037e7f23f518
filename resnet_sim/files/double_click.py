"""Files ending in .resnet open with this program at a double click: what a Linux desktop wants to know of it.

Three files in the user's own data folder, as freedesktop.org describes them: the program (Desktop Entry Specification
1.5), the type of its files (Shared MIME-info Database 0.21), its icon (Icon Theme Specification 0.13). Nothing else is
touched, and `remove` takes all of it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from resnet_sim.errors import FileError, sentence

NAME = "resnet-sim"
TYPE = "application/x-resnet-sim"
ICON_SIZE = 128
"""Px of a side of the icon."""

_ENTRY = """[Desktop Entry]
Type=Application
Name=ResNet Sim
Comment=Build residual networks, train them, and measure why they work
Exec={command} %f
Icon={name}
Terminal=false
Categories=Education;
MimeType={type};
"""
_TYPE = """<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{type}">
    <comment>ResNet Sim experiment</comment>
    <sub-class-of type="application/zip"/>
    <icon name="{name}"/>
    <glob pattern="*.resnet" weight="60"/>
  </mime-type>
</mime-info>
"""


class DoubleClick:
    """The three files. folder: where a user's programs keep data, ~/.local/share. command: what starts the program."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.entry = folder / "applications" / f"{NAME}.desktop"
        self.type = folder / "mime" / "packages" / f"{NAME}.xml"
        self.icon = folder / "icons" / "hicolor" / f"{ICON_SIZE}x{ICON_SIZE}" / "apps" / f"{NAME}.png"
        self._text = _ENTRY.format(command=" ".join(map(quoted, command)), name=NAME, type=TYPE)

    @property
    def made(self) -> bool:
        """Whether a double click starts this very program."""
        try:
            return self.entry.read_text(encoding="utf-8") == self._text and self.type.is_file()
        except (OSError, ValueError):
            return False

    def make(self, icon: bytes) -> None:
        """Write all three. icon: a PNG. Raises FileError."""
        content = {
            self.entry: self._text.encode(),
            self.type: _TYPE.format(type=TYPE, name=NAME).encode(),
            self.icon: icon,
        }
        for path, data in content.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except OSError as error:
                raise FileError(
                    sentence("{file} could not be written: {why}.", file=str(path), why=error.strerror or "")
                ) from error

    def remove(self) -> None:
        """Take all three away. Raises FileError."""
        for path in (self.entry, self.type, self.icon):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise FileError(
                    sentence("{file} could not be removed: {why}.", file=str(path), why=error.strerror or "")
                ) from error

    def to_refresh(self) -> tuple[tuple[str, ...], ...]:
        """The commands that tell a desktop of the change."""
        return (
            ("update-mime-database", str(self.type.parent.parent)),
            ("update-desktop-database", str(self.entry.parent)),
        )


def quoted(argument: str) -> str:
    """An argument as the Exec key wants it: in quotes, with its backslashes doubled once for them and once for the
    file's own escapes; a percent sign is doubled too."""
    inner = re.sub(r'(["`$\\])', r"\\\1", argument).replace("%", "%%")
    return '"' + inner.replace("\\", "\\\\") + '"'
