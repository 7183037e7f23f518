"""Train shows what was measured of the selected layer, and nothing while none with weights is selected."""

from __future__ import annotations

from math import isclose

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from resnet_sim.network.templates import mlp
from resnet_sim.state.record import Record
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.selected_card import facts, pull_text
from resnet_sim.ui.run_state import Phase


def test_the_card_follows_the_selection_and_says_what_the_run_measured(qtbot: QtBot, window: MainWindow) -> None:
    card, bench = window.train.setup.selected, window.workbench
    assert card.isHidden()
    view = window.train.canvas.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.step > 20, timeout=20_000)
    QTest.keyClick(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bench.run.phase is Phase.PAUSED, timeout=20_000)
    bench.editor.select("conv2")
    assert not card.isHidden()
    assert card.card.formulas[0].startswith(r"\act{z^{[2]}}=")
    shown = {fact.label: fact.value for fact in card.table.facts}
    now, start = bench.norms()["conv2/W"]
    value, was = shown[r"$\|\wt{W^{[2]}}\|$"].split(", was ")
    assert isclose(float(value), now, rel_tol=0.01)
    assert isclose(float(was), start, rel_tol=0.01)
    assert shown["Pull of λ on $\\|\\wt{W^{[2]}}\\|$"] == "0"
    bench.editor.select("input")
    assert card.isHidden()


def test_what_was_not_measured_is_left_out() -> None:
    network = mlp(1)
    assert facts(network, 2, "block1_fc1", Record(), {}) == []


def test_a_pull_says_which_way_it_goes() -> None:
    assert pull_text(0.031) == ".031 shorter"
    assert pull_text(-0.031) == ".031 longer"
    assert pull_text(0.0) == "0"
