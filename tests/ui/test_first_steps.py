"""An empty canvas offers three ways to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resnet_sim.ui.main_window import MainWindow


def test_an_empty_canvas_offers_a_layer_a_block_and_templates(qtbot: QtBot, window: MainWindow) -> None:
    window.show_mode("build")
    steps = window.build.first_steps
    assert not steps.isVisible()
    window.files.new()
    assert steps.isVisible()
    QTest.mouseClick(steps.template, Qt.MouseButton.LeftButton)
    assert window.files.templates.isVisible()
    window.files.templates.close()
    QTest.mouseClick(steps.layer, Qt.MouseButton.LeftButton)
    assert [node.layer.kind for node in window.workbench.experiment.network.nodes if node.layer.weighted] == ["conv2d"]
    assert not steps.isVisible()
    window.actions_["undo"].trigger()
    assert steps.isVisible()
    QTest.mouseClick(steps.block, Qt.MouseButton.LeftButton)
    assert len(window.workbench.experiment.network.skips) == 1
    assert not steps.isVisible()
