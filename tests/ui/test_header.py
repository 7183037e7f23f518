"""The header: the mode switch stands in the middle whatever the file is called."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.theme import Look

MODES = (("build", "Build"), ("train", "Train"))


@pytest.mark.parametrize("width", [1120, 1280, 1440, 1920])
@pytest.mark.parametrize("name", ["x", "a network with a name that is much longer than there is room for " * 3])
def test_the_mode_switch_is_centred_over_the_window(qtbot: QtBot, look: Look, width: int, name: str) -> None:
    header = Header(look, MODES)
    qtbot.addWidget(header)
    header.show_file(name, edited=True)
    header.show_device("CPU · NumPy")
    header.resize(width, 44)
    with qtbot.waitExposed(header):
        header.show()
    left = header.modes.mapTo(header, header.modes.rect().topLeft()).x()
    assert abs(left + header.modes.width() / 2 - width / 2) <= 1
    right_of_words = header.edited.mapTo(header, header.edited.rect().topRight()).x()
    assert right_of_words < left
    assert header.name.text() == name
