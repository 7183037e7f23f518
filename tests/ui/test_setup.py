"""The setup panel: every control is an undoable edit that the run follows."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from resnet_sim.datasets.registry import data_sets
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import mlp
from resnet_sim.network.training import Training
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.inspector_fields import ChoiceField
from resnet_sim.ui.run_state import Phase

LONG = 20_000


def wait_for(qtbot: QtBot, window: MainWindow, phase: Phase) -> None:
    qtbot.waitUntil(lambda: window.workbench.run.phase is phase, timeout=LONG)


def train(qtbot: QtBot, window: MainWindow, steps: int) -> None:
    goal = window.workbench.run.step + steps
    if not window.workbench.training:
        window.workbench.train_or_pause()
    qtbot.waitUntil(lambda: window.workbench.run.step >= goal, timeout=LONG)


def pause(qtbot: QtBot, window: MainWindow) -> None:
    window.workbench.train_or_pause()
    wait_for(qtbot, window, Phase.PAUSED)


def choose(field: ChoiceField, value: str) -> None:
    """With the keyboard: from where it stands to the value."""
    field.setFocus()
    count, at = field.count(), field.currentIndex()
    goal = next(i for i in range(count) if field._shown[i][0] == value)
    for _step in range(abs(goal - at)):
        QTest.keyClick(field, Qt.Key.Key_Down if goal > at else Qt.Key.Key_Up)


def enter(field: QWidget, text: str) -> None:
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2))


def undone(window: MainWindow, before: Experiment) -> bool:
    """Whether one undo leads back to an equal document."""
    window.workbench.editor.undo()
    return window.workbench.experiment == before


def noted(qtbot: QtBot, window: MainWindow, name: str, value: object) -> None:
    """The engine took a setting, and the record says when."""
    events = window.workbench.run.record.events
    qtbot.waitUntil(lambda: any(e.name == name and e.value == value for e in events), timeout=LONG)


def norms(window: MainWindow) -> dict[str, float]:
    return {name: pair[0] for name, pair in window.workbench.norms().items()}


@pytest.fixture
def points(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window on a small network for points in the plane."""
    show_points(qtbot, window)
    return window


def show_points(qtbot: QtBot, window: MainWindow) -> None:
    network = mlp(blocks=1, width=8, outputs=2, flatten=False)
    window.workbench.show_new(Experiment(network, DataReference("moons"), Training(batch_size=20)))
    wait_for(qtbot, window, Phase.READY)


def test_the_chooser_has_all_data_sets_and_their_sizes(window: MainWindow) -> None:
    kind = window.train.setup.data.kind
    words = [kind.itemText(i) for i in range(kind.count())]
    assert len(words) == len(data_sets())
    assert "Digits 8×8: 8×8×1, 10 classes" in words
    assert "Moons: 2 numbers, 2 classes" in words
    assert [words[0][:5], words[-1][:4]] == ["Blobs", "Wine"]


def test_another_data_set_of_the_same_size_trains_at_once_and_can_be_undone(qtbot: QtBot, window: MainWindow) -> None:
    before = window.workbench.experiment
    train(qtbot, window, 5)
    choose(window.train.setup.data.kind, "digits-600")
    assert window.workbench.experiment.data == DataReference("digits-600")
    assert window.workbench.document.position >= 1
    wait_for(qtbot, window, Phase.READY)
    assert "600 train, 150 dev" in window.train.setup.data.sizes.text()
    train(qtbot, window, 15)
    pause(qtbot, window)
    assert undone(window, before)
    wait_for(qtbot, window, Phase.PAUSED)
    assert window.workbench.run.step >= 5, "what was learned on that set is there again"
    assert "1438 train" in window.train.setup.data.sizes.text()


def test_a_data_set_of_another_size_is_a_problem_with_its_place(qtbot: QtBot, window: MainWindow) -> None:
    before = window.workbench.experiment
    field = window.train.setup.data.kind
    field.chosen.emit("moons")
    bench = window.workbench
    assert bench.report.errors
    assert bench.report.errors[0].place
    assert not window.transport.train.isEnabled()
    assert window.transport.state.text().startswith("Fix ")
    assert window.train.setup.data.form is not None
    assert undone(window, before)
    assert bench.report.ok
    wait_for(qtbot, window, Phase.READY)
    assert window.train.setup.data.form is None
    train(qtbot, window, 3)


def test_settings_of_a_made_set_are_edits_and_make_other_data(qtbot: QtBot, points: MainWindow) -> None:
    bench, card = points.workbench, points.train.setup.data
    assert card.form is not None
    before = bench.experiment
    assert set(card.form.rows) == {"examples", "noise", "seed"}
    enter(card.form.rows["examples"].field, "200")
    assert bench.experiment.data == DataReference("moons", (("examples", 200),))
    assert "160 train, 40 dev" in card.sizes.text()
    assert undone(points, before)
    enter(card.form.rows["noise"].field, "0.3")
    assert bench.experiment.data == DataReference("moons", (("noise", 0.3),))
    wait_for(qtbot, points, Phase.READY)
    train(qtbot, points, 50)
    pause(qtbot, points)
    assert undone(points, before)
    wait_for(qtbot, points, Phase.READY)


def test_what_is_out_of_range_stays_in_its_field_with_a_sentence(points: MainWindow) -> None:
    card, before = points.train.setup.data, points.workbench.experiment
    assert card.form is not None
    enter(card.form.rows["noise"].field, "7")
    assert points.workbench.experiment == before
    assert card.form.rows["noise"].message.isVisible()
    assert "from 0 to 1" in card.form.rows["noise"].message.text


def test_steps_of_a_field_are_one_entry(points: MainWindow) -> None:
    card, before = points.train.setup.data, points.workbench.experiment
    assert card.form is not None
    field = card.form.rows["seed"].field
    field.setFocus()
    for _step in range(3):
        QTest.keyClick(field, Qt.Key.Key_Up)
    assert points.workbench.experiment.data == DataReference("moons", (("seed", 3),))
    points.train.home().setFocus()
    assert points.workbench.document.position == 1
    assert undone(points, before)


def test_the_optimiser_reaches_the_run_and_beta_is_there_where_it_applies(qtbot: QtBot, points: MainWindow) -> None:
    setup, before = points.train.setup, points.workbench.experiment
    assert setup.momentum.isVisible()
    choose(setup.optimiser, "sgd")
    assert points.workbench.experiment.training.optimiser == "sgd"
    assert not setup.momentum.isVisible()
    noted(qtbot, points, "optimiser", "sgd")
    assert undone(points, before)
    assert setup.optimiser.value == "momentum"
    enter(setup.momentum, ".5")
    noted(qtbot, points, "momentum", 0.5)
    assert setup.momentum.text() == "0.5"
    assert undone(points, before)
    enter(setup.momentum, "1")
    assert setup.momentum.property("wrong")
    assert points.workbench.experiment == before


def test_alpha_batch_size_and_what_decays_are_edits_that_the_run_follows(qtbot: QtBot, points: MainWindow) -> None:
    setup, before = points.train.setup, points.workbench.experiment
    enter(setup.alpha, "0.02")
    noted(qtbot, points, "learning_rate", 0.02)
    assert undone(points, before)
    enter(setup.batch, "32")
    noted(qtbot, points, "batch_size", 32)
    assert undone(points, before)
    for toggle, name in ((setup.lam.decay_b, "decay_b"), (setup.lam.decay_gamma, "decay_gamma")):
        setup.ensureWidgetVisible(toggle)
        click(toggle)
        noted(qtbot, points, name, True)
        assert undone(points, before)


def test_l_leads_to_lambda_and_a_typed_number_goes_into_its_field(qtbot: QtBot, points: MainWindow) -> None:
    lam, before = points.train.setup.lam, points.workbench.experiment
    points.train.home().setFocus()
    QTest.keyClick(points.train.home(), Qt.Key.Key_L)
    assert QApplication.focusWidget() is lam.slider
    QTest.keyClick(lam.slider, Qt.Key.Key_1)
    assert QApplication.focusWidget() is lam.field
    QTest.keyClicks(lam.field, "e-6")
    QTest.keyClick(lam.field, Qt.Key.Key_Return)
    assert points.workbench.experiment.training.l2 == 1e-6
    noted(qtbot, points, "l2", 1e-6)
    assert lam.field.text() == "1e-06"
    assert lam.course.text() == "the course’s λ = m λ = 2e-05, m = 20"
    enter(lam.field, "1e-7")
    assert lam.field.property("wrong")
    assert points.workbench.experiment.training.l2 == 1e-6
    QTest.keyClick(lam.field, Qt.Key.Key_Escape)
    assert undone(points, before)
    enter(lam.field, "off")
    assert points.workbench.experiment.training.l2 == 0


def test_the_slider_goes_from_off_to_one(points: MainWindow) -> None:
    lam = points.train.setup.lam
    lam.slider.setFocus()
    QTest.keyClick(lam.slider, Qt.Key.Key_End)
    assert points.workbench.experiment.training.l2 == 1.0
    QTest.keyClick(lam.slider, Qt.Key.Key_Home)
    assert points.workbench.experiment.training.l2 == 0.0
    assert lam.field.text() == "off"


def test_the_second_lines_give_the_numbers_of_the_course(points: MainWindow) -> None:
    setup = points.train.setup
    enter(setup.alpha, "0.02")
    enter(setup.lam.field, "0.1")
    assert setup.course_alpha.isVisible()
    assert setup.course_alpha.text() == "the course’s α = α / (1 − β) = 0.2"
    enter(setup.batch, "32")
    assert setup.lam.course.text() == "the course’s λ = m λ = 3.2, m = 32"
    choose(setup.optimiser, "sgd")
    assert not setup.course_alpha.isVisible(), "without momentum both are one"
    choose(setup.optimiser, "adam")
    assert not setup.course_alpha.isVisible()
    assert "the course" not in setup.lam.course.text(), "the course has its L2 term in dW"


# --- the lambda of a block --------------------------------------------------------------------------------------


def test_without_a_block_selected_lambda_is_the_networks(window: MainWindow) -> None:
    lam = window.train.setup.lam
    assert lam.target.value == "network"
    assert not lam.target.segments["block"].isEnabled()
    assert "Select a block" in lam.target.segments["block"].toolTip()
    block = window.workbench.experiment.network.blocks[0]
    window.workbench.editor.select(block.nodes[0])
    assert lam.target.segments["block"].isEnabled()
    assert lam.target.value == "network", "selecting a layer does not change whose λ the slider is"


def test_the_lambda_of_a_block_shrinks_only_its_own_weights(qtbot: QtBot, window: MainWindow) -> None:
    bench, setup = window.workbench, window.train.setup
    choose(setup.optimiser, "sgd")
    enter(setup.alpha, "0.001")
    before = bench.experiment
    block = before.network.blocks[0]
    bench.editor.select(block.nodes[0])
    click(setup.lam.target.segments["block"])
    assert "has the network’s λ" in setup.lam.whose.text()
    enter(setup.lam.field, "100")
    assert bench.experiment.network.blocks[0].l2 == 100.0
    assert bench.experiment.training == before.training
    assert "has its own λ" in setup.lam.whose.text()
    assert setup.lam.own.isChecked()
    noted(qtbot, window, f"l2/{block.id}", 100.0)
    start = norms(window)
    train(qtbot, window, 20)
    pause(qtbot, window)
    now = norms(window)
    inside = [name for name in now if name.partition("/")[0] in block.nodes and name.endswith("/W")]
    others = [name for name in now if name.endswith("/W") and name not in inside and start[name] > 1]
    grown = [name for name in inside if start[name] > 0]
    assert grown
    assert others
    assert all(now[name] < 0.5 * start[name] for name in grown)
    assert all(np.isclose(now[name], start[name], rtol=0.05) for name in others)
    assert undone(window, before)
    assert "has the network’s λ" in setup.lam.whose.text()


def test_own_lambda_off_means_the_networks_again(window: MainWindow) -> None:
    bench, lam = window.workbench, window.train.setup.lam
    before = bench.experiment
    block = before.network.blocks[1]
    bench.editor.select(block.id)
    click(lam.target.segments["block"])
    click(lam.own)
    assert bench.experiment.network.blocks[1].l2 == before.training.l2
    enter(lam.field, ".05")
    assert bench.experiment.network.blocks[1].l2 == 0.05
    click(lam.own)
    assert bench.experiment.network == before.network
    assert not lam.own.isChecked()
    bench.editor.select()
    assert lam.target.value == "network"
    assert not lam.own.isVisible()


def test_keys_on_the_slider_of_a_block_are_one_entry_until_let_go(window: MainWindow) -> None:
    bench, lam = window.workbench, window.train.setup.lam
    before = bench.experiment
    bench.editor.select(before.network.blocks[0].id)
    click(lam.target.segments["block"])
    lam.slider.setFocus()
    QTest.keyClick(lam.slider, Qt.Key.Key_PageUp)
    assert bench.experiment.network.blocks[0].l2 is not None
    assert undone(window, before)


# --- everybody can reach it -------------------------------------------------------------------------------------


def test_every_control_has_a_name_and_can_be_reached_by_tab(points: MainWindow) -> None:
    setup = points.train.setup
    controls = [each for each in setup.findChildren(QWidget) if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
    visible = [each for each in controls if each.isVisible() and each.isEnabled() and not each.inherits("QListView")]
    assert len(visible) >= 12
    assert [type(each) for each in visible if not each.accessibleName()] == []
    assert all(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in visible)


@pytest.mark.parametrize("size", [(1120, 640), (1280, 720)])
def test_nothing_is_cut_at_the_side_in_a_small_window(qtbot: QtBot, points: MainWindow, size: tuple[int, int]) -> None:
    points.resize(*size)
    setup = points.train.setup
    qtbot.waitUntil(lambda: points.width() == size[0], timeout=LONG)
    inside = setup.inside
    qtbot.waitUntil(lambda: inside.width() <= setup.viewport().width(), timeout=LONG)
    for each in inside.findChildren(QWidget):
        if each.isVisible() and not each.window().inherits("QComboBoxPrivateContainer"):
            right = each.mapTo(inside, QPoint(each.width(), 0)).x()
            assert right <= inside.width(), f"{each} {each.accessibleName()}"
