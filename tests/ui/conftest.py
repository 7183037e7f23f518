"""The window under test: a real one, offscreen unless RESNET_SIM_TEST_PLATFORM names another platform."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = os.environ.get("RESNET_SIM_TEST_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.ui.theme import LIGHT, Look, load_fonts


@pytest.fixture
def look(qtbot: QtBot, qapp: object) -> Look:
    """The light theme with its fonts."""
    load_fonts()
    made = Look()
    made.use(LIGHT)
    return made
