"""The keyboard column of the table of interactions, row by row: what is done to a network.

Every row begins where the window begins, on the canvas; the focus goes on by keys alone. Rows of a run are in
test_run_column.py. Missing rows belong to views that do not exist yet: the other twin, the guide, the worked example.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from ui.person import CTRL, SHIFT, Key, Person

from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.network.graph import Network


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def added(before: Network, after: Network) -> list[str]:
    """The kinds of the layers that are new."""
    return [node.layer.kind for node in after.nodes if node.id not in before.by_id]


def conv(person: Person, id: str) -> Conv2D:
    layer = person.network.by_id[id].layer
    assert isinstance(layer, Conv2D)
    return layer


def selection(person: Person) -> tuple[str, ...]:
    return person.bench.editor.selection


def on_canvas(person: Person) -> bool:
    return focus() is person.build.canvas.view


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (Key.Key_C, "conv2d"),
        (Key.Key_F, "dense"),
        (Key.Key_G, "activation"),
        (Key.Key_P, "max_pool"),
        (Key.Key_A, "average_pool"),
        (Key.Key_N, "batch_norm"),
    ],
)
def test_add_a_layer_with_its_letter(person: Person, key: Qt.Key, kind: str) -> None:
    person.key(Key.Key_Home, Key.Key_Right)
    before = person.network
    person.key(key)
    assert added(before, person.network) == [kind]
    assert person.network.by_id[selection(person)[0]].layer.kind == kind
    assert on_canvas(person)


def test_add_a_layer_with_a_slash_its_name_and_enter(person: Person) -> None:
    person.key(Key.Key_Home, Key.Key_Right)
    before = person.network
    person.key(Key.Key_Slash)
    field = focus()
    assert field is person.build.palette_.finder
    QTest.keyClicks(field, "drop")
    person.key(Key.Key_Return)
    assert added(before, person.network) == ["dropout"]
    assert on_canvas(person)
    person.key(Key.Key_Slash, Key.Key_Escape)
    assert on_canvas(person)


def test_add_a_residual_block_with_b(person: Person) -> None:
    person.walk_to("conv2")
    person.key(Key.Key_B)
    assert [block.kind for block in person.network.blocks] == ["residual"] * 3
    assert len(person.network.skips) == 3
    assert person.bench.report.ok


def test_make_a_skip_with_s_arrows_and_enter(person: Person) -> None:
    person.walk_to("conv2")
    person.key(Key.Key_S)
    draft = person.build.canvas.keys.draft
    assert draft is not None
    aimed = [draft.target]
    for key in (Key.Key_Right, Key.Key_Left):
        person.key(key)
        aimed.append(draft.target)
    assert aimed[0] == aimed[2] != aimed[1]
    person.key(Key.Key_Return)
    assert len(person.network.skips) == 3
    assert person.network.skips[-1].source == "relu2"


def test_escape_cancels_a_skip(person: Person) -> None:
    before = person.experiment
    person.walk_to("conv2")
    person.key(Key.Key_S, Key.Key_Right, Key.Key_Escape)
    assert person.build.canvas.keys.draft is None
    assert person.experiment == before
    assert on_canvas(person)


def test_accept_w_s_with_enter_in_the_callout(person: Person) -> None:
    person.walk_to("conv1")
    person.key(Key.Key_S)
    draft = person.build.canvas.keys.draft
    assert draft is not None
    while draft.target != "conv5":
        person.key(Key.Key_Right)
    person.key(Key.Key_Return)
    callout = person.build.canvas.callout
    assert focus() is callout.buttons[0]
    assert callout.buttons[0].text() == "Add W_s"
    person.key(Key.Key_Return)
    made = [skip for skip in person.network.skips if skip.id not in ("skip1", "skip2")]
    assert [skip.shortcut for skip in made] == ["learned"]
    assert on_canvas(person)


@pytest.mark.parametrize(
    ("tabs", "key", "skip", "shortcut"),
    [
        (2, Key.Key_1, "skip2", "identity"),
        (1, Key.Key_2, "skip1", "learned"),
        (1, Key.Key_3, "skip1", "zero_pad"),
    ],
)
def test_skip_kind_with_tab_to_the_pill_enter_and_a_digit(
    person: Person, tabs: int, key: Qt.Key, skip: str, shortcut: str
) -> None:
    person.key(*[Key.Key_Tab] * tabs)
    assert selection(person) == (skip,)
    person.key(Key.Key_Return)
    assert person.build.canvas.callout.isVisible()
    assert person.window.status.keys.text().startswith("1 2 3 choose")
    person.key(key)
    assert person.network.skip(skip).shortcut == shortcut
    assert on_canvas(person)


def test_tab_leaves_the_canvas_behind_the_last_pill_and_comes_back(person: Person) -> None:
    person.key(Key.Key_Tab, Key.Key_Tab)
    assert on_canvas(person)
    person.key(Key.Key_Tab)
    assert not on_canvas(person)
    person.key(Key.Key_Backtab, modifiers=SHIFT)
    assert on_canvas(person)
    assert selection(person) == ("skip2",)
    person.key(Key.Key_Backtab, modifiers=SHIFT)
    assert selection(person) == ("skip1",)
    person.key(Key.Key_Backtab, modifiers=SHIFT)
    assert not on_canvas(person)


def test_switch_a_skip_off_and_on_with_m(person: Person) -> None:
    person.key(Key.Key_Tab, Key.Key_M)
    assert not person.network.skip("skip1").enabled
    assert "off" in person.window.status.keys.text().split("   ")[0]
    person.key(Key.Key_M)
    assert person.network.skip("skip1").enabled


def test_move_in_the_graph_with_arrows_home_and_end(person: Person) -> None:
    met = []
    for key in (Key.Key_End, Key.Key_Home, Key.Key_Right, Key.Key_Right, Key.Key_Left, Key.Key_Right):
        person.key(key)
        met.append(selection(person))
    assert met == [("output",), ("input",), ("conv1",), ("conv2",), ("conv1",), ("conv2",)]
    person.key(Key.Key_Up)
    assert selection(person) == ("skip1",)
    person.key(Key.Key_Down)
    assert selection(person) == ("conv2",)


def test_several_with_shift_and_arrows(person: Person) -> None:
    person.key(Key.Key_Home, Key.Key_Right)
    person.key(Key.Key_Right, modifiers=SHIFT)
    assert selection(person) == ("conv1", "conv2")
    person.key(Key.Key_Left, modifiers=SHIFT)
    assert set(selection(person)) >= {"conv1"}


def test_edit_a_value_with_enter_tab_and_escape(person: Person) -> None:
    person.walk_to("conv1")
    person.key(Key.Key_Return)
    rows = person.page().form.rows
    first, second = (row.field for row in list(rows.values())[:2])
    assert focus() is first is rows["filters"].field
    person.write("6")
    person.key(Key.Key_Tab)
    assert focus() is second
    assert conv(person, "conv1").filters == 6
    person.key(Key.Key_Escape)
    assert on_canvas(person)
    assert selection(person) == ("conv1",)


def test_change_a_number_finely_with_arrows_pages_and_digits(person: Person) -> None:
    person.walk_to("conv5")
    person.key(Key.Key_Return)
    person.tab_to(person.page().form.rows["filters"].field)
    found = []
    for key in (Key.Key_Up, Key.Key_PageUp, Key.Key_Down, Key.Key_PageDown):
        person.key(key)
        found.append(conv(person, "conv5").filters)
    assert found == [17, 27, 26, 16]
    person.write("12")
    person.key(Key.Key_Return)
    assert conv(person, "conv5").filters == 12


def test_delete_joins_the_neighbours_and_keeps_the_skip(person: Person) -> None:
    person.walk_to("conv2")
    person.key(Key.Key_Delete)
    assert "conv2" not in person.network.by_id
    assert person.network.main_input["conv3"] == "relu1"
    assert set(person.network.skip_by_id) == {"skip1", "skip2"}
    assert person.bench.report.ok


def test_duplicate_copy_and_paste(person: Person) -> None:
    person.walk_to("conv2")
    before = person.network
    person.key(Key.Key_D, modifiers=CTRL)
    assert sorted(added(before, person.network)) == ["activation", "conv2d"]
    person.key(Key.Key_Z, modifiers=CTRL)
    assert person.network == before
    person.walk_to("conv1")
    person.key(Key.Key_C, modifiers=CTRL)
    person.walk_to("conv3")
    person.key(Key.Key_V, modifiers=CTRL)
    assert sorted(added(before, person.network)) == ["activation", "conv2d"]


def test_undo_and_redo_name_what_they_do(person: Person) -> None:
    before = person.experiment
    person.walk_to("conv1")
    person.key(Key.Key_C)
    after = person.experiment
    undo, redo = person.window.actions_["undo"], person.window.actions_["redo"]
    assert undo.text() == "Undo: Add Conv"
    person.key(Key.Key_Z, modifiers=CTRL)
    assert person.experiment == before
    assert redo.text() == "Redo: Add Conv"
    person.key(Key.Key_Z, modifiers=CTRL | SHIFT)
    assert person.experiment == after


def test_pan_zoom_and_fit(person: Person) -> None:
    view = person.build.canvas.view
    fitted, zoom = view.seen(), view.zoom
    person.key(Key.Key_Plus, modifiers=CTRL)
    assert view.zoom > zoom
    person.key(Key.Key_Minus, modifiers=CTRL)
    assert view.zoom == pytest.approx(zoom)
    at = view.seen()
    person.key(Key.Key_Right, modifiers=CTRL)
    assert view.seen().x > at.x
    person.key(Key.Key_Left, modifiers=CTRL)
    assert view.seen().x == pytest.approx(at.x)
    person.key(Key.Key_Down, modifiers=CTRL)
    assert view.seen().y > at.y
    person.key(Key.Key_Up, modifiers=CTRL)
    assert view.seen().y == pytest.approx(at.y)
    person.key(Key.Key_Right, Key.Key_Plus, modifiers=CTRL)
    person.key(Key.Key_0, modifiers=CTRL)
    assert view.seen() == pytest.approx(fitted)


def test_next_problem_and_first_fix_with_f8(person: Person) -> None:
    person.walk_to("conv3")
    person.key(Key.Key_Return)
    person.tab_to(person.page().form.rows["padding"].field)
    person.key(Key.Key_Down, Key.Key_Escape)
    assert len(person.bench.report.errors) == 1
    person.key(Key.Key_Home, Key.Key_F8)
    assert selection(person) == ("conv3",)
    assert person.bench.report.errors, "it only went there"
    person.key(Key.Key_F8)
    assert person.bench.report.ok
    assert conv(person, "conv3").padding == "same"


def test_previous_problem_with_shift_f8(person: Person) -> None:
    before = person.experiment
    person.key(Key.Key_F8, modifiers=SHIFT)
    problems = person.bench.report.problems
    assert selection(person) == (problems[-1].place,)
    assert person.experiment == before
