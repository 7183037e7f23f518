"""The first start says once that no graphics card computes, and never again."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from resnet_sim.engine.messages import PROTOCOL, HelloBack
from resnet_sim.ui.first_start import FirstStart
from resnet_sim.ui.main_window import MainWindow


def greet(window: MainWindow, **devices: str) -> None:
    hello = HelloBack(proto=PROTOCOL, pid=window.workbench.run.pid, numpy="2", devices={"cpu": "", **devices})
    window.workbench.run.engine.greeted.emit(hello)


def test_a_computer_without_a_graphics_card_is_told_so_once(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    FirstStart(window, settings)
    greet(window, gpu="No CUDA driver on this computer.")
    assert window.strip.isVisible()
    assert "No CUDA driver on this computer." in window.strip.text.text()
    assert "NumPy" in window.strip.text.text()
    window.strip.close_message()
    greet(window, gpu="No CUDA driver on this computer.")
    assert not window.strip.isVisible()
    FirstStart(window, settings)
    greet(window, gpu="No CUDA driver on this computer.")
    assert not window.strip.isVisible()


def test_a_computer_with_a_graphics_card_is_told_nothing(qtbot: QtBot, window: MainWindow, settings: QSettings) -> None:
    FirstStart(window, settings)
    greet(window, gpu="")
    assert not window.strip.isVisible()
