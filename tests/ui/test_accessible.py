"""What a screen reader meets and what a finger must hit: every widget of the window, in every mode."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from ui.panels.networks import two_blocks, unnamed

from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.ui.main_window import MainWindow

TARGET = 24
PRESSED = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider)


def show(window: MainWindow, what: str) -> None:
    mode, _slash, selected = what.partition("/")
    window.show_mode("build" if mode == "keys" else mode)
    if selected:
        window.workbench.show_new(Experiment(two_blocks(), DataReference("digits")))
        window.workbench.editor.select(*selected.split(","))
    window.show_shortcuts(mode == "keys")


ARRANGING = {"QWidget", "QStackedWidget", "QSplitter", "QLabel", "StripPair"}
FRAMES = {"plain", "lambda"}
"""Kinds and object names of what only holds others, or is empty: nobody meets it."""
WHAT = ("build/", "build/conv3", "build/skip2", "build/block1", "build/conv1,conv2", "train/", "keys/")


@pytest.mark.parametrize("what", WHAT)
def test_every_widget_has_a_name(qtbot: QtBot, window: MainWindow, what: str) -> None:
    show(window, what)
    assert [each for each in unnamed(window) if not set(each.split()) & (ARRANGING | FRAMES)] == []


@pytest.mark.parametrize("what", WHAT)
def test_every_target_is_large_enough(qtbot: QtBot, window: MainWindow, what: str) -> None:
    show(window, what)
    small = [
        f"{type(each).__name__} “{each.accessibleName()}” {each.width()}×{each.height()}"
        for each in window.findChildren(QWidget)
        if isinstance(each, PRESSED) and each.isVisibleTo(window) and each.focusPolicy() != Qt.FocusPolicy.NoFocus
        if min(each.width(), each.height()) < TARGET
    ]
    assert small == []


@pytest.mark.parametrize("what", WHAT)
def test_the_status_line_says_what_the_keys_do(qtbot: QtBot, window: MainWindow, what: str) -> None:
    show(window, what)
    seen = set()
    for each in [window.focusWidget(), *window.findChildren(QWidget)]:
        if each is None or not each.isVisible() or not each.isEnabled() or each.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        each.setFocus(Qt.FocusReason.TabFocusReason)
        assert window.status.keys.text(), type(each).__name__
        seen.add(window.status.keys.text())
    assert len(seen) > 1 or what == "keys/"
