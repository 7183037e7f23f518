"""An editor, and panels that stand in a window of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from ui.panels.networks import editor_of, two_blocks

from resnet_sim.ui.editor import Editor
from resnet_sim.ui.theme import Look

Panel = TypeVar("Panel", bound=QWidget)
Stand = Callable[[Panel], Panel]


@pytest.fixture
def editor(qtbot: QtBot, look: Look) -> Editor:
    """Two residual blocks for the digits, the first with an error: its second layer has no padding."""
    return editor_of(two_blocks())


@pytest.fixture
def sound(qtbot: QtBot, look: Look) -> Editor:
    """The same two blocks without the error."""
    return editor_of(two_blocks(broken=False))


@pytest.fixture
def stand(qtbot: QtBot) -> Iterator[Stand[QWidget]]:
    """Puts a panel into a window that has the focus."""
    windows: list[QWidget] = []

    def put(panel: QWidget, width: int = 600, height: int = 900) -> QWidget:
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        box = QVBoxLayout(window)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(panel)
        window.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return panel

    yield put
    windows.clear()
