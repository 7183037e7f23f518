"""Larger text: as large as the screen has room for, remembered, in force with the next start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from pytestqt.qtbot import QtBot
from ui.person import CTRL, SHIFT, Person

from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.text_size import FACTOR, chosen, fitting, next_of, put_in_force
from resnet_sim.ui.view_options import LEAST


@pytest.mark.parametrize(
    ("room", "now", "sizes"),
    [
        ((1366, 728), 100, (100,)),
        ((1440, 900), 100, (100, 125)),
        ((1920, 1040), 100, (100, 125, 150)),
        ((1280, 693), 150, (100, 125, 150)),
        ((3840, 2100), 100, (100, 125, 150, 200)),
    ],
)
def test_only_sizes_at_which_the_window_fits_are_offered(
    room: tuple[int, int], now: int, sizes: tuple[int, ...]
) -> None:
    assert fitting(QSize(*room), now, LEAST) == sizes
    assert next_of(sizes, sizes[-1]) == 100


def test_a_size_multiplies_what_the_environment_asks_for() -> None:
    environment = {FACTOR: "2"}
    put_in_force(125, environment)
    assert environment == {FACTOR: "2.5"}
    untouched: dict[str, str] = {}
    put_in_force(100, untouched)
    assert untouched == {}


def test_the_factor_makes_everything_larger() -> None:
    code = (
        "import os; from resnet_sim.ui.text_size import put_in_force; put_in_force(150, os.environ)\n"
        "from resnet_sim.ui.app import make_application; app = make_application()\n"
        "print(app.primaryScreen().devicePixelRatio())"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "1.5"


def test_the_chip_and_the_key_choose_the_next_size_and_say_when_it_holds(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    person = Person(qtbot, window)
    room = window.screen().availableSize()
    sizes = fitting(room, 100, LEAST)
    person.click(window.header.larger)
    first = next_of(sizes, 100)
    assert chosen(settings) == first
    assert window.strip.isVisible()
    assert (f"{first} %" in window.strip.text.text()) is (first != 100)
    person.key(Qt.Key.Key_B, modifiers=CTRL | SHIFT)
    assert chosen(settings) == next_of(sizes, first)
    settings.setValue("text_size", "a lot")
    assert chosen(settings) == 100


def test_on_a_large_screen_the_program_offers_to_start_again(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    window.view.next_size(QSize(3840, 2100))
    assert chosen(settings) == 125
    assert "125 %" in window.strip.text.text()
    with qtbot.waitSignal(window.view.closing, timeout=1_000):
        Person(qtbot, window).click(Person(qtbot, window).button("Start again now"))
    assert window.view.wants_new_start
