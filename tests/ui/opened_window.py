"""Opens a window with a real engine for a test, and sees to it that nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths
from pytestqt.qtbot import QtBot

from resnet_sim.ui.app import EXAMPLE, make_application, make_window, path_of
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase

READY_MS = 20_000


@contextmanager
def opened(qtbot: QtBot, settings: QSettings, cache: Path, example: str) -> Iterator[MainWindow]:
    """A window on an example, ready to train; nothing of it is left afterwards."""
    QStandardPaths.setTestModeEnabled(True)
    make_application()
    made = make_window(settings, cache)
    try:
        made.resize(1440, 900)
        made.show()
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow, timeout=READY_MS)  # without a window manager nobody else sees to it
        assert made.workbench.open(path_of(EXAMPLE + example))
        qtbot.waitUntil(lambda: made.workbench.run.phase is Phase.READY, timeout=READY_MS)
        qtbot.waitUntil(lambda: bool(made.workbench.norms()), timeout=READY_MS)
        yield made
    finally:
        run = made.workbench.run
        if run.engine.state != "off":
            with qtbot.waitSignal(run.finished, timeout=5_000):
                made.close()
        made.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
