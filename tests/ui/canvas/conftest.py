"""A canvas to work on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot
from ui.canvas.hands import Hands, editor_of, two_blocks

from resnet_sim.network.graph import Network
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.theme import Look

MakeHands = Callable[..., Hands]


@pytest.fixture
def hands_on(qtbot: QtBot, look: Look) -> MakeHands:
    """Hands on a canvas of a network, at the full level where it fits."""

    def make(network: Network, width: int = 1600, height: int = 800) -> Hands:
        canvas = Canvas(editor_of(network), look)
        canvas.editor.setParent(canvas)
        qtbot.addWidget(canvas)
        canvas.resize(width, height)
        with qtbot.waitExposed(canvas):
            canvas.show()
        canvas.activateWindow()
        canvas.view.setFocus()
        qtbot.waitUntil(canvas.view.hasFocus, timeout=5_000)  # without a window manager it takes a moment
        canvas.fit()
        return Hands(canvas)

    return make


@pytest.fixture
def hands(hands_on: MakeHands) -> Hands:
    """Hands on the network of two residual blocks."""
    return hands_on(two_blocks())
