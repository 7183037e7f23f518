"""Where the engine writes what was learned: now and then while it trains, and when a network is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from resnet_sim.state.record import Record
from resnet_sim.ui.engine_process import EngineProcess

EVERY_MS = 10_000
POINTS = 400
"""Of each curve: as many as a plot shows. All of them would hold up the window."""


class Checkpoints(QObject):
    """The checkpoint files of one run. `folder` may change with the document."""

    def __init__(
        self, engine: EngineProcess, name: str, record: Callable[[], Record], folder: Path, parent: QObject
    ) -> None:
        """name: of the run in the engine. record: what was measured of it so far."""
        super().__init__(parent)
        self.folder = folder
        self._engine, self._name, self._record = engine, name, record
        self._versions, self._turn = 0, False
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.keep)

    def keep_on(self, on: bool) -> None:
        """Whether to write one every ten seconds."""
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    def keep(self) -> None:
        """Two files in turn, so that one is whole whatever happens."""
        self._turn = not self._turn
        file = str(self.folder / f"checkpoint-{'ab'[self._turn]}.resnet")
        self._engine.save_checkpoint(self._name, file, self._record().thinned(POINTS))

    def leave(self) -> tuple[str, bool]:
        """Write what was learned into a file of its own. The file, and whether there is an engine that will."""
        self._versions += 1
        file = str(self.folder / f"version-{self._versions}.resnet")
        return file, bool(self._engine.save_checkpoint(self._name, file))
