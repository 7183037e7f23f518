"""The keyboard column of the table of interactions, row by row: a run, what is seen of it, and the window.

Every row begins where the window begins, on the canvas; the focus goes on by keys alone. Rows of a network are in
test_build_column.py. Missing rows belong to views that do not exist yet: the other twin, the guide, the worked example,
Ctrl+3 and Ctrl+4.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from ui.person import CTRL, LONG, SHIFT, Key, Person

from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import DARK, LIGHT


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def status(person: Person) -> str:
    return person.window.status.keys.text()


def panels(person: Person) -> list[QWidget]:
    """Everything F6 goes to."""
    window = person.window
    return [panel for panel, _stop in window.mode.stops() if panel.isVisible()] + [window.transport, window.header]


def panel_of(person: Person) -> QWidget | None:
    """The panel that has the focus."""
    here = focus()
    return next((each for each in panels(person) if here is each or each.isAncestorOf(here)), None) if here else None


def test_pace_with_brackets(person: Person) -> None:
    pacing = person.bench.run.pacing
    full = pacing.pace
    person.key(Key.Key_BracketLeft)
    slower = pacing.pace
    person.key(Key.Key_BracketLeft)
    assert pacing.pace < slower != full
    person.key(Key.Key_BracketRight, Key.Key_BracketRight)
    assert pacing.pace == full


def test_train_and_pause_with_space(person: Person) -> None:
    run = person.bench.run
    person.key(Key.Key_Space)
    person.until(Phase.TRAINING)
    person.qtbot.waitUntil(lambda: run.step > 3, timeout=LONG)
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)
    assert focus() is person.window.train.canvas.view


def test_one_step_with_a_point_and_one_epoch_with_e(person: Person) -> None:
    run = person.bench.run
    person.key(Key.Key_Period)
    person.qtbot.waitUntil(lambda: run.step == 1 and run.phase is Phase.PAUSED, timeout=LONG)
    person.key(Key.Key_E)
    per_epoch = -(-person.bench.sizes[0] // person.experiment.training.batch_size)
    person.qtbot.waitUntil(lambda: run.step == per_epoch and run.phase is Phase.PAUSED, timeout=LONG)
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: run.step > per_epoch, timeout=LONG)
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)


def test_reset_with_r_and_undo_brings_the_run_back(watcher: Person) -> None:
    run = watcher.bench.run
    watcher.key(Key.Key_E)
    watcher.qtbot.waitUntil(lambda: run.step > 0 and run.phase is Phase.PAUSED, timeout=LONG)
    stood = run.step
    watcher.qtbot.waitUntil(lambda: stood in run.kept, timeout=LONG)
    watcher.key(Key.Key_R)
    watcher.until(Phase.READY)
    assert run.step == 0
    assert watcher.bench.before is not None, "the old curves stay, pale"
    watcher.key(Key.Key_Z, modifiers=CTRL)
    watcher.qtbot.waitUntil(lambda: run.step == stood and run.phase is Phase.PAUSED, timeout=LONG)


def test_a_seed_is_typed_after_f6_and_tab(person: Person) -> None:
    while panel_of(person) is not person.window.transport:
        person.key(Key.Key_F6)
    person.tab_to(person.window.transport.seed)
    person.write("7")
    person.key(Key.Key_Return)
    assert person.experiment.training.seed == 7
    person.key(Key.Key_Escape)
    assert focus() is person.build.canvas.view


def test_enlarge_a_picture_with_i_and_choose_the_channel_with_arrows(watcher: Person) -> None:
    card = watcher.window.train.setup.picture
    watcher.walk_to("conv1")
    watcher.key(Key.Key_I)
    watcher.qtbot.waitUntil(lambda: " of " in card.title.text, timeout=LONG)
    assert focus() is card.picture
    watcher.key(Key.Key_Right)
    assert card.title.text.startswith("a[1], channel 2 of")
    watcher.key(Key.Key_Escape)
    assert not card.isVisible()
    assert focus() is watcher.window.train.canvas.view


def test_in_build_i_says_where_the_pictures_are(person: Person) -> None:
    person.walk_to("conv1")
    enlarge = person.window.actions_["enlarge"]
    assert not enlarge.isEnabled()
    person.key(Key.Key_I)
    said = person.window.statusBar().currentMessage()
    assert said == enlarge.toolTip()
    assert "Train" in said
    assert person.window.mode is person.build
    person.key(Key.Key_2, modifiers=CTRL)
    assert enlarge.isEnabled()
    assert enlarge.toolTip() == enlarge.statusTip() != said


@pytest.mark.parametrize("mode", [Key.Key_1, Key.Key_2])
def test_l_focuses_lambda_and_keys_change_it(person: Person, mode: Key) -> None:
    person.key(mode, modifiers=CTRL)
    person.key(Key.Key_L)
    slider = person.window.train.setup.lam.slider
    assert focus() is slider
    person.key(Key.Key_Right)
    low = person.experiment.training.l2
    assert low > 0, "one key leads away from off"
    at = slider.value()
    person.key(Key.Key_Up)
    step = slider.value() - at
    person.key(Key.Key_PageUp)
    assert slider.value() - at == 11 * step, "a page is ten steps"
    assert person.experiment.training.l2 > low
    person.key(Key.Key_Home)
    assert person.experiment.training.l2 == 0, "off"
    person.key(Key.Key_5)
    person.key(Key.Key_Escape, Key.Key_Escape)
    assert focus() is person.window.train.canvas.view


def test_l_reaches_the_lambda_of_the_selected_block(person: Person) -> None:
    person.walk_to("conv2")
    person.key(Key.Key_L)
    lam = person.window.train.setup.lam
    person.key(Key.Key_Backtab, modifiers=SHIFT)
    while focus() not in lam.target.segments.values():
        person.key(Key.Key_Backtab, modifiers=SHIFT)
    person.key(Key.Key_Right, Key.Key_Space)
    assert lam.of_block
    person.tab_to(lam.own)
    person.key(Key.Key_Space)
    person.tab_to(lam.slider)
    person.key(Key.Key_Right)
    block = person.network.block_of["conv2"]
    assert block.l2 is not None
    assert block.l2 > 0
    assert person.experiment.training.l2 == 0


def test_modes_with_ctrl_and_a_digit(person: Person) -> None:
    window = person.window
    person.key(Key.Key_2, modifiers=CTRL)
    assert window.mode is window.train
    assert focus() is window.train.canvas.view
    person.key(Key.Key_1, modifiers=CTRL)
    assert window.mode is window.build
    assert focus() is window.build.canvas.view


@pytest.mark.parametrize("mode", [Key.Key_1, Key.Key_2])
def test_f6_cycles_panels_and_escape_leads_to_the_canvas_from_each(person: Person, mode: Key) -> None:
    person.key(mode, modifiers=CTRL)
    everywhere, home = panels(person), person.window.mode.home()
    met = [panel_of(person)]
    for _each in everywhere:
        person.key(Key.Key_F6)
        met.append(panel_of(person))
    assert met[0] is met[-1]
    assert set(met) == set(everywhere)
    for k in range(1, len(everywhere)):
        for _each in range(k):
            person.key(Key.Key_F6)
        assert focus() is not home
        assert status(person), "it is said what the keys do here"
        person.key(Key.Key_Escape)
        assert focus() is home, panel_of(person)


def test_the_focus_is_seen_on_the_canvas_with_and_without_a_selection(person: Person) -> None:
    view, scene = person.build.canvas.view, person.build.canvas.scene
    assert not view.edge_ring.isVisible(), "nobody has used a key"
    person.key(Key.Key_F6, Key.Key_Escape)
    assert (focus(), view.edge_ring.isVisible()) == (view, True)
    assert view.edge_ring.geometry() == view.rect()
    person.key(Key.Key_Home)
    assert (view.edge_ring.isVisible(), scene.pointing.focus) == (False, "input")
    person.key(Key.Key_F6)
    assert (view.edge_ring.isVisible(), scene.pointing.focus) == (False, "")
    person.key(Key.Key_Escape)
    assert scene.pointing.focus == "input", "it comes back to what is selected"
    person.key(Key.Key_Escape)
    assert view.edge_ring.isVisible()
    person.canvas.click(person.canvas.on("conv1"))
    assert not view.edge_ring.isVisible(), "a click shows none"


def test_theme_big_type_and_help(person: Person) -> None:
    window = person.window
    assert window.look.theme is LIGHT
    person.key(Key.Key_T, modifiers=CTRL | SHIFT)
    assert window.look.theme is DARK
    person.walk_to("conv1")
    person.key(Key.Key_F1)
    note = person.build.inspector.note
    assert note is not None
    assert "Conv" in note.lines[0]
    assert not window.strip.isVisible()
    person.key(Key.Key_B, modifiers=CTRL | SHIFT)
    assert window.strip.isVisible(), "another size with the next start, or why there is none on this screen"


def test_space_and_letters_stay_in_a_text_field_and_space_presses_a_focused_button(person: Person) -> None:
    before = person.experiment
    person.key(Key.Key_Slash)
    field = focus()
    assert field is not None
    QTest.keyClicks(field, "ec. r[l")
    assert person.build.palette_.finder.text() == "ec. r[l"
    assert (person.experiment, person.bench.run.step, person.bench.training) == (before, 0, False)
    person.key(Key.Key_Escape)
    while panel_of(person) is not person.window.transport:
        person.key(Key.Key_F6)
    person.tab_to(person.window.transport.step)
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: person.bench.run.step == 1, timeout=LONG)
    person.until(Phase.PAUSED)
    assert person.window.mode is person.build, "one step, no training"


def test_a_menu_is_opened_walked_and_used_with_keys(person: Person) -> None:
    before = person.network
    person.key(Key.Key_N, modifiers=Qt.KeyboardModifier.AltModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    person.key(Key.Key_Escape, Key.Key_Escape)
    assert person.network == before
