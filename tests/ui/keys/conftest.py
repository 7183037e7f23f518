"""Somebody with a keyboard and no mouse in front of a window that was just opened; and with a mouse alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.opened_window import opened
from ui.person import CTRL, Key, Person

from resnet_sim.ui.app import FIRST_EXAMPLE


@pytest.fixture
def person(qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path) -> Iterator[Person]:
    """In Build, on two residual blocks. The canvas has the focus: nobody gave it that."""
    settings.setValue("mode", "build")
    settings.remove("outline/train")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as window:
        assert QApplication.focusWidget() is window.build.canvas.view
        yield Person(qtbot, window)


@pytest.fixture
def watcher(person: Person) -> Person:
    """In Train, by Ctrl+2."""
    person.key(Key.Key_2, modifiers=CTRL)
    assert QApplication.focusWidget() is person.window.train.canvas.view
    return person
