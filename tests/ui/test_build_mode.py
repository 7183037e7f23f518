"""Build: what stands over the canvas beside the network itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.panels.networks import two_blocks
from ui.person import Person

from resnet_sim.network.check import check
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.ui.app import EXAMPLE, path_of
from resnet_sim.ui.canvas.callout import TIP
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.block_maths import block_formulas

DIGITS = DataReference("digits")


def building(qtbot: QtBot, window: MainWindow, broken: bool) -> Person:
    window.show_mode("build")
    window.workbench.show_new(Experiment(two_blocks(broken), DIGITS))
    return Person(qtbot, window)


def test_a_block_in_formulas_leaves_z_out_where_g_follows_at_once() -> None:
    network = two_blocks(broken=False)
    first, second = (block_formulas(network, check(network), block) for block in network.blocks)
    assert first == (
        r"\act{a^{[2]}}=g(\wt{W^{[2]}}\,\,*\,\,\act{a^{[1]}}+\wt{b^{[2]}})",
        r"\act{z^{[3]}}=\wt{W^{[3]}}\,\,*\,\,\act{a^{[2]}}+\wt{b^{[3]}}",
        r"\act{a^{[3]}}=g(\act{z^{[3]}}+\skip{a^{[1]}})",
    )
    assert second[-1] == r"\act{a^{[5]}}=g(\act{z^{[5]}}+\skip{W_s}\,\skip{a^{[3]}})"


def test_the_mathematics_shows_the_selected_block_and_the_next_and_can_be_hidden(
    qtbot: QtBot, window: MainWindow
) -> None:
    person = building(qtbot, window, broken=False)
    maths = window.build.maths
    assert maths.isVisible()
    window.workbench.show_new(Experiment(mlp(4, 8, 10), DIGITS))
    window.workbench.editor.select("fc5")
    assert [name for name, _lines in maths.rows] == ["Block 2", "Block 3"]
    person.click(window.build.maths_button)
    assert not maths.isVisible()
    person.menu("View", "Maths")
    assert maths.isVisible()


@pytest.mark.parametrize("example", ["tiny-cnn", "digits-conv-residual", "digits-mlp-residual-20", "spiral-residual"])
def test_every_formula_of_the_mathematics_is_whole(qtbot: QtBot, window: MainWindow, example: str) -> None:
    building(qtbot, window, broken=False)
    window.resize(1440, 900)
    window.workbench.open(path_of(EXAMPLE + example))
    maths = window.build.maths
    assert maths.isVisible()
    assert maths.shown() == tuple(len(lines) for _name, lines in maths.rows)


def test_what_grey_sizes_mean_is_said_beside_the_callout_and_nothing_covers_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    person = building(qtbot, window, broken=True)
    build = window.build
    person.window.workbench.editor.select("conv3")
    callout, note = build.canvas.callout, build.assumed
    assert callout.isVisible()
    assert note.isVisible()
    for other in (note, build.maths):
        assert not other.isVisible() or not other.geometry().intersects(callout.geometry().adjusted(0, TIP, 0, -TIP))
    QTest.keyClick(build.canvas.view, Qt.Key.Key_F8)
    assert window.workbench.report.ok
    assert not note.isVisible()
    assert build.maths.isVisible()
