"""The window under test: a real one with a real engine, offscreen unless RESNET_SIM_TEST_PLATFORM names a platform."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = os.environ.get("RESNET_SIM_TEST_PLATFORM", "offscreen")

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths
from pytestqt.qtbot import QtBot

from resnet_sim.ui.app import EXAMPLE, FIRST_EXAMPLE, make_application, make_window, path_of
from resnet_sim.ui.live_run import Phase
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.theme import LIGHT, Look, load_fonts

READY_MS = 20_000


@pytest.fixture
def look(qtbot: QtBot, qapp: object) -> Look:
    """The light theme with its fonts."""
    load_fonts()
    made = Look()
    made.use(LIGHT)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """What the window remembers, in a folder of this test."""
    made = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made.setValue("theme", "light")
    return made


@pytest.fixture
def window(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on the first example, its engine ready; closed, and its worker gone, afterwards."""
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as made:
        yield made


@contextmanager
def opened(qtbot: QtBot, settings: QSettings, cache: Path, example: str) -> Iterator[MainWindow]:
    """A window on an example, ready to train; nothing of it is left afterwards."""
    QStandardPaths.setTestModeEnabled(True)
    make_application()
    made = make_window(settings, cache)
    try:
        made.resize(1440, 900)
        made.show()
        qtbot.waitExposed(made)
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
