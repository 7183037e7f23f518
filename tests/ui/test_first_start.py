"""The first start says once that no graphics card computes, and never again."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from resnet_sim.engine.messages import Devices, DeviceState, Said
from resnet_sim.errors import sentence
from resnet_sim.ui.first_start import FirstStart
from resnet_sim.ui.main_window import MainWindow


def find(window: MainWindow, reason: str) -> None:
    """The calculation tells what it has found; "": a card that can be used."""
    gpu = DeviceState("a card", Said.of(sentence(reason)) if reason else None, 0.0)
    found = Devices(run=0, devices={"cpu": DeviceState("NumPy", None, 0.0), "gpu": gpu}, used="cpu")
    window.workbench.run.engine.devices.emit(found)


def test_a_computer_without_a_graphics_card_is_told_so_once(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    FirstStart(window, settings)
    find(window, "No CUDA driver on this computer.")
    assert window.strip.isVisible()
    assert "No CUDA driver on this computer." in window.strip.text.text()
    assert "NumPy" in window.strip.text.text()
    window.strip.close_message()
    find(window, "No CUDA driver on this computer.")
    assert not window.strip.isVisible()
    FirstStart(window, settings)
    find(window, "No CUDA driver on this computer.")
    assert not window.strip.isVisible()


def test_a_computer_with_a_graphics_card_is_told_nothing(qtbot: QtBot, window: MainWindow, settings: QSettings) -> None:
    FirstStart(window, settings)
    find(window, "")
    assert not window.strip.isVisible()
