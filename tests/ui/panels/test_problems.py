"""The list of problems: every button mends its problem, a click goes to the place, new errors are said aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from ui.panels.conftest import Stand
from ui.panels.networks import editor_of, two_blocks, unnamed

from resnet_sim.errors import sentence
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network import blocks, edits, skips, templates
from resnet_sim.network.graph import Block, Connection, Network, Node, Skip
from resnet_sim.network.problems import Problem
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.problems import COMPACT_HEIGHT, Problems
from resnet_sim.ui.theme import Look


def broken() -> dict[str, Network]:
    """Networks with something wrong, of every kind the check knows."""
    sound = two_blocks(broken=False)
    plain = templates.mlp(1, 8, 10)
    set_ = edits.set_setting
    both_zero = set_(set_(plain, "fc2", "start", "zero"), "fc3", "start_scale", 0.0)
    first_large = blocks.set_block_start(plain, "block1", second_scale=1.0)
    deep_large = templates.mlp(12, 8, 10, second_scale=1.0)
    return {
        "sizes differ": two_blocks(),
        "nothing": Network(),
        "no input": replace(sound, nodes=sound.nodes[1:], connections=sound.connections[1:]),
        "no output": replace(sound, nodes=sound.nodes[:-1], connections=sound.connections[:-1]),
        "two outputs": replace(plain, nodes=(*plain.nodes, Node("softmax2", Softmax()))),
        "FC on an image": edits.append(templates.empty(), Dense(10)),
        "conv on a vector": edits.insert_after(plain, "fc1", Conv2D()),
        "window too large": edits.insert_after(sound, "conv1", MaxPool(20, 2)),
        "even filter": set_(sound, "conv1", "size", 4),
        "wrong number of classes": set_(sound, "fc1", "units", 7),
        "wrong task": edits.replace_layer(plain, "output", Regression()),
        "leads nowhere": edits.add_layer(plain, Dense(8)),
        "cut": edits.disconnect(plain, Connection("fc1", "relu1")),
        "id twice": replace(plain, nodes=(*plain.nodes, Node("fc1", Dense(8)))),
        "two ways in": replace(plain, connections=(*plain.connections, Connection("fc1", "fc3"))),
        "connection to nothing": replace(plain, connections=(*plain.connections, Connection("fc1", "gone"))),
        "skip to nothing": replace(plain, skips=(*plain.skips, Skip("skip9", "fc1", "gone"))),
        "skip to no sum": replace(plain, skips=(*plain.skips, Skip("skip9", "fc1", "fc3"))),
        "sum without skip": replace(plain, skips=()),
        "block of nothing": replace(plain, blocks=(*plain.blocks, Block("block9", "plain", ("gone",)))),
        "block without weights": replace(plain, blocks=(*plain.blocks, Block("block9", "plain", ("relu1",)))),
        "in two blocks": replace(plain, blocks=(*plain.blocks, Block("block9", "plain", ("fc2",)))),
        "never learns": both_zero,
        "starts large": first_large,
        "many start large": deep_large,
        "shut": set_(plain, "fc2", "start", "zero"),
        "zero padding of a wider one": skips.set_shortcut(set_(sound, "conv5", "filters", 4), "skip2", "zero_pad"),
    }


BROKEN = broken()


def opened(stand: Stand[QWidget], editor: Editor, look: Look) -> Problems:
    panel = Problems(editor, look)
    panel.refresh()
    stand(panel, 1100, 500)
    return panel


def key(problem: Problem) -> tuple[str, str]:
    return problem.place, problem.sentence.render()


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_every_button_removes_its_problem(qtbot: QtBot, look: Look, stand: Stand[QWidget], name: str) -> None:
    editor = editor_of(BROKEN[name])
    panel = opened(stand, editor, look)
    assert [key(row.problem) for row in panel.rows] == [key(each) for each in editor.report.problems]
    assert panel.rows
    before = editor.experiment
    for i, problem in enumerate(editor.report.problems):
        for k, fix in enumerate(problem.fixes):
            if k >= len(panel.rows[i].buttons):
                break
            qtbot.mouseClick(panel.rows[i].buttons[k], Qt.MouseButton.LeftButton)
            assert key(problem) not in map(key, editor.report.problems), fix.label
            assert editor.document.undo_label == fix.label
            editor.undo()
            assert editor.experiment == before
    assert unnamed(panel) == []


def test_errors_stand_before_notes_and_only_the_first_fix_is_dark(
    qtbot: QtBot, look: Look, stand: Stand[QWidget]
) -> None:
    network = edits.set_setting(edits.set_setting(two_blocks(), "fc1", "units", 7), "conv2", "start", "zero")
    panel = opened(stand, editor_of(network), look)
    severities = [row.problem.severity for row in panel.rows]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "note"}
    dark = [button.text() for row in panel.rows for button in row.buttons if button._primary]
    assert dark == ["Use “same” padding"]
    assert (panel.errors.text, panel.notes.text) == ("2 errors", "2 notes")


def test_the_place_is_said_in_words_and_a_click_goes_there(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], editor: Editor
) -> None:
    panel = opened(stand, editor, look)
    row, note = panel.rows
    assert note.problem.severity == "note"
    assert row.place.text == "Block 1, layer 3"
    assert row.accessibleName() == "Error. Block 1, layer 3: z[3] is 6×6×8, but a[1] on the skip path is 8×8×8."
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert editor.current == "conv3"
    editor.select()
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Return)
    assert editor.current == "conv3"


def test_the_keyboard_reaches_every_row_and_escape_leaves(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    panel = opened(stand, editor_of(edits.set_setting(two_blocks(), "fc1", "units", 7)), look)
    panel.setFocus()
    assert panel.rows[0].hasFocus()
    qtbot.keyClick(panel.rows[0], Qt.Key.Key_Tab)
    assert panel.rows[0].buttons[0].hasFocus()
    with qtbot.waitSignal(panel.done):
        qtbot.keyClick(panel.rows[1], Qt.Key.Key_Escape)


def test_a_sound_network_says_so(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    panel = opened(stand, editor_of(templates.mlp(1, 8, 10)), look)
    assert panel.rows == []
    assert panel.fine.text == "none: the network can be trained"
    assert not panel.errors.isVisible()


def test_a_learned_matrix_on_a_skip_path_is_a_note_that_offers_zero_padding(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    (row,) = panel.rows
    assert (
        row.accessibleName()
        == "Note. Block 2, skip path: 8×8×8 must become 4×4×16; W_s joins them (128 learned weights)."
    )
    assert (panel.errors.text, panel.notes.text, panel.fine.text) == ("", "1 note", "the network can be trained")
    assert [button.text() for button in row.buttons] == ["Use zero padding"]
    assert not row.buttons[0]._primary
    qtbot.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert sound.network.skip("skip2").shortcut == "zero_pad"
    assert panel.rows == []


def test_one_line_shows_the_worst_problem_and_its_best_fix(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    editor = editor_of(edits.set_setting(two_blocks(), "conv2", "start", "zero"))
    panel = opened(stand, editor, look)
    panel.set_compact(True)
    (row,) = panel.rows
    assert row.problem.severity == "error"
    assert [button.text() for button in row.buttons] == ["Use “same” padding"]
    assert panel.height() <= COMPACT_HEIGHT
    qtbot.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert panel.rows[0].problem.severity == "note"
    panel.set_compact(False)
    assert panel.errors.text == ""
    assert unnamed(panel) == []


def test_the_fixes_of_a_row_are_those_of_the_network_as_it_is_now(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], editor: Editor
) -> None:
    panel = opened(stand, editor, look)
    row = panel.rows[0]
    editor.edit(sentence("x"), lambda network: edits.set_setting(network, "fc1", "start", "glorot"))
    assert panel.rows[0] is row
    qtbot.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert editor.report.ok
    assert editor.network.by_id["fc1"].layer.start == "glorot"  # type: ignore[attr-defined]  # it is an FC


def test_a_new_error_is_said_aloud_once_and_an_old_one_is_not(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    tell: Callable[[object], None] = lambda event: heard.append(event.message())  # type: ignore[attr-defined]  # noqa: E731 - one line
    monkeypatch.setattr(QAccessible, "updateAccessibility", tell)
    panel = opened(stand, sound, look)
    assert panel.errors.text == ""
    sound.edit(sentence("x"), lambda network: edits.set_setting(network, "conv3", "padding", "valid"))
    assert heard == ["Error: z[3] is 6×6×8, but a[1] on the skip path is 8×8×8."]
    sound.edit(sentence("x"), lambda network: edits.set_setting(network, "fc1", "start", "glorot"))
    assert len(heard) == 1
    broken_one = editor_of(two_blocks())
    sound.show(broken_one.document, broken_one.data)
    assert len(heard) == 1
