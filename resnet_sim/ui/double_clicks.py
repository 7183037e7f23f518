"""Whether a double click on a file in the desktop's folders opens it here: an entry of the file menu."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, QProcess, QStandardPaths, Signal
from PySide6.QtGui import QAction

from resnet_sim.assets import translator
from resnet_sim.errors import FileError
from resnet_sim.files.double_click import ICON_SIZE, DoubleClick
from resnet_sim.ui import icons
from resnet_sim.ui.panels.strip import Message

_ = translator()

NEEDED = "update-mime-database"
COMMAND = (sys.executable, "-P", "-m", "resnet_sim")
"""-P: the folder of a file that is opened must not be searched for modules."""


class DoubleClicks(QObject):
    """Joins the entry to the desktop's files. What is written is written at once; the desktop is told beside it."""

    said = Signal(object)
    """A Message."""

    def __init__(
        self,
        action: QAction,
        parent: QObject,
        folder: Path | None = None,
        start: Callable[[str, list[str]], object] = QProcess.startDetached,
    ) -> None:
        """folder: where programs keep what belongs to the user. start: begins a program without waiting for it."""
        super().__init__(parent)
        self._action, self._start = action, start
        usual = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation))
        self.files = DoubleClick(folder or usual, COMMAND)
        able = sys.platform.startswith("linux") and shutil.which(NEEDED) is not None
        action.setEnabled(able)
        if not able:
            action.setToolTip(_("This needs a Linux desktop with {program}.").format(program=NEEDED))
        action.setChecked(able and self.files.made)
        action.toggled.connect(self._turn)

    def _turn(self, on: bool) -> None:
        try:
            if on:
                self.files.make(_icon())
            else:
                self.files.remove()
        except FileError as error:
            self._action.blockSignals(True)
            self._action.setChecked(not on)
            self._action.blockSignals(False)
            self.said.emit(Message("error", error.sentence.render(_)))
            return
        for program, *arguments in self.files.to_refresh():
            if shutil.which(program) is not None:
                self._start(program, arguments)
        said = _("Files ending in .resnet open here at a double click.") if on else _("A double click opens none here.")
        self.said.emit(Message("info", said))


def _icon() -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    icons.app_icon(ICON_SIZE).pixmap(ICON_SIZE, ICON_SIZE).toImage().save(buffer, "PNG")  # type: ignore[call-overload] # PySide6's stub takes bytes for the format, Qt a string
    return bytes(buffer.data().data())
