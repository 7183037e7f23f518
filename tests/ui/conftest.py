"""The window under test: a real one with a real engine, offscreen unless RESNET_SIM_TEST_PLATFORM names a platform."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot
from ui.opened_window import opened

from resnet_sim.ui.app import FIRST_EXAMPLE
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.theme import LIGHT, Look, load_fonts


@pytest.fixture(autouse=True, scope="module")
def collected_between_modules() -> Iterator[None]:
    """As in the program itself: a collection inside QObject.disconnect waits for a lock that disconnect holds.

    So garbage is collected between tests (the young) and between modules (all), never inside a test.
    """
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def young_collected_between_tests() -> Iterator[None]:
    """What a test leaves goes before the next one begins."""
    yield
    gc.collect(1)


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
    made.setValue("mode", "train")
    made.setValue("outline/train", "true")
    return made


@pytest.fixture
def window(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on the first example, its engine ready; closed, and its worker gone, afterwards."""
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as made:
        yield made
