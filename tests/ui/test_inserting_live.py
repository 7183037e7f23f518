"""A block dropped into a trained network in the window: the loss before and after, to the last digit, and undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.opened_window import opened

from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase

LONG = 30_000


def train_for(qtbot: QtBot, window: MainWindow, epochs: int) -> None:
    for _ in range(epochs):
        at = window.workbench.run.step
        QTest.keyClick(window, Qt.Key.Key_E)
        qtbot.waitUntil(
            lambda at=at: window.workbench.run.step > at and window.workbench.run.phase is Phase.PAUSED, timeout=LONG
        )


@pytest.mark.parametrize("plain", [False, True])
def test_a_block_put_into_a_trained_network_tells_both_losses(
    qtbot: QtBot, settings: QSettings, tmp_path: Path, plain: bool
) -> None:
    with opened(qtbot, settings, tmp_path, "insert-base") as window:
        train_for(qtbot, window, 3)
        bench = window.workbench
        before = bench.run.record.last("train_loss")
        weights = dict(bench.norms())
        window.show_mode("build")
        bench.editor.select("relu3")
        window.actions_["block:plain" if plain else "block:residual"].trigger()
        qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED and window.strip.isVisible(), timeout=LONG)
        after = bench.run.record.last("train_loss")
        assert before is not None
        assert after is not None
        if plain:
            assert after != before
        else:
            assert after == before
            assert "exactly 0" in window.strip.text.text()
        assert repr(before) in window.strip.text.text()
        assert {name: bench.norms()[name][0] for name in weights} == {name: now for name, (now, _s) in weights.items()}
        QTest.keyClick(window.build.canvas.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(
            lambda: bench.run.phase is Phase.PAUSED and bench.run.record.last("train_loss") == before, timeout=LONG
        )
