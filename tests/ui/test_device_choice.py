"""Choosing a device by hand: the run goes along; without a GPU the reason stands beside it; a lost one is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.fake_gpu import FOLDER
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.conftest import FIRST_EXAMPLE
from ui.opened_window import opened

from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.device_card import DeviceCard
from resnet_sim.ui.run_state import Phase

LONG = 20_000


@pytest.fixture
def beside_a_gpu(
    qtbot: QtBot, qapp: object, settings: QSettings, tmp_path: Path, with_gpu: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """A window whose worker finds the stand-in for a GPU, and has measured it."""
    with_gpu.setenv("PYTHONPATH", str(FOLDER))
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as made:
        choice = made.workbench.run.devices
        qtbot.waitUntil(lambda: choice.speed("gpu") > 0, timeout=LONG)
        yield made


def card(window: MainWindow) -> DeviceCard:
    return window.train.setup.device


def steps(qtbot: QtBot, window: MainWindow, more: int) -> None:
    goal = window.workbench.run.step + more
    qtbot.waitUntil(lambda: window.workbench.run.step >= goal, timeout=LONG)


def test_without_a_gpu_the_reason_stands_beside_the_choice(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: "gpu" in window.workbench.run.devices.devices, timeout=LONG)
    shown = card(window)
    assert shown.reason.text() == "No CUDA driver on this computer."
    assert not shown.reason.isHidden()
    assert not shown.segments.segments["gpu"].isEnabled()
    assert shown.segments.value == "cpu"


def test_both_speeds_are_shown_as_they_were_measured(beside_a_gpu: MainWindow) -> None:
    shown, choice = card(beside_a_gpu), beside_a_gpu.workbench.run.devices
    for device, name in (("cpu", "CPU"), ("gpu", "GPU")):
        assert f"{name} {round(choice.speed(device)):,} steps/s".replace(",", "\u00a0") in shown.speeds.text()
    assert shown.segments.segments["gpu"].isEnabled()


def test_a_run_changes_device_while_it_trains(qtbot: QtBot, beside_a_gpu: MainWindow) -> None:
    window, run = beside_a_gpu, beside_a_gpu.workbench.run
    run.devices.choose("cpu")
    window.workbench.train_or_pause()
    steps(qtbot, window, 5)
    window.show_mode("train")
    QTest.mouseClick(card(window).segments.segments["gpu"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: run.devices.used == "gpu", timeout=LONG)
    assert window.header.device.text() == "GPU · CuPy"
    assert card(window).segments.value == "gpu"
    steps(qtbot, window, 5)
    (event,) = (each for each in run.record.events if each.name == "device" and each.value == "gpu")
    assert 5 <= event.step <= run.step
    QTest.mouseClick(card(window).segments.segments["cpu"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: run.devices.used == "cpu", timeout=LONG)
    steps(qtbot, window, 5)
    losses = run.record.series["loss"]
    assert losses.steps == sorted(losses.steps)
    window.workbench.train_or_pause()
    qtbot.waitUntil(lambda: run.phase is Phase.PAUSED, timeout=LONG)


def test_a_lost_gpu_is_left_for_the_cpu(
    qtbot: QtBot, with_gpu: pytest.MonkeyPatch, settings: QSettings, tmp_path: Path, qapp: object
) -> None:
    with_gpu.setenv("PYTHONPATH", str(FOLDER))
    with_gpu.setenv("FAKE_CUPY_LOST_AFTER", "3000")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as window:
        run = window.workbench.run
        qtbot.waitUntil(lambda: run.devices.speed("gpu") > 0 or run.devices.lost, timeout=LONG)
        run.devices.choose("gpu")
        window.workbench.train_or_pause()
        qtbot.waitUntil(lambda: run.devices.lost, timeout=LONG)
        qtbot.waitUntil(lambda: run.phase in (Phase.READY, Phase.PAUSED), timeout=LONG)
        assert run.devices.used == "cpu"
        assert run.devices.asked == "cpu"
        assert "GPU was lost" in window.strip.text.text() or "set up again" in window.strip.text.text()


def test_a_gpu_without_room_is_left_with_words(
    qtbot: QtBot, with_gpu: pytest.MonkeyPatch, settings: QSettings, tmp_path: Path, qapp: object
) -> None:
    with_gpu.setenv("PYTHONPATH", str(FOLDER))
    with_gpu.setenv("FAKE_CUPY_MEMORY", "200000")
    cache = tmp_path / "cache"
    cache.mkdir()
    with opened(qtbot, settings, cache, FIRST_EXAMPLE) as window:
        run, batch = window.workbench.run, window.workbench.experiment.training.batch_size
        qtbot.waitUntil(lambda: run.devices.why_no_gpu is None, timeout=LONG)
        run.devices.choose("gpu")
        qtbot.waitUntil(lambda: "too little memory" in window.strip.text.text(), timeout=LONG)
        assert run.devices.used == "cpu"
        assert window.workbench.experiment.training.batch_size == batch
        window.workbench.train_or_pause()
        steps(qtbot, window, 3)
