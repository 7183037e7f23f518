"""Where the engine writes what was learned: now and then while it trains, and when a network is left."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from resnet_sim.ui.engine_process import EngineProcess

EVERY_MS = 10_000


class Checkpoints(QObject):
    """The checkpoint files of one run. `folder` may change with the document."""

    def __init__(self, engine: EngineProcess, name: str, folder: Path, parent: QObject) -> None:
        """name: of the run in the engine."""
        super().__init__(parent)
        self.folder = folder
        self._engine, self._name = engine, name
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
        self._engine.save_checkpoint(self._name, str(self.folder / f"checkpoint-{'ab'[self._turn]}.resnet"))

    def leave(self) -> tuple[str, bool]:
        """Write what was learned into a file of its own. The file, and whether there is an engine that will."""
        self._versions += 1
        file = str(self.folder / f"version-{self._versions}.resnet")
        return file, bool(self._engine.save_checkpoint(self._name, file))
