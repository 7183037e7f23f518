"""What the keys do while the canvas has the focus."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from network.editing import check_whole
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from ui.canvas.hands import CTRL, SHIFT, Hands, assert_mirrored, chain, two_blocks

from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import empty, mlp
from resnet_sim.network.wiring import is_add
from resnet_sim.ui.canvas.shapes import Mark

MakeHands = Callable[..., Hands]
Key = Qt.Key
LETTERS = {kind.shortcut_key: name for name, kind in layer_kinds().items() if kind.shortcut_key and kind.in_palette}


@pytest.mark.parametrize("letter", sorted(LETTERS))
def test_a_letter_adds_its_layer_behind_the_selected_one(hands: Hands, letter: str) -> None:
    hands.editor.select("conv1")
    with hands.one_step():
        hands.key(Key[f"Key_{letter}"])
    (added,) = hands.network.outgoing["relu1"]
    assert hands.network.by_id[added].layer.kind == LETTERS[letter]
    assert hands.network.skip("skip1").source == added


def test_without_a_selection_a_letter_adds_before_the_output(hands_on: MakeHands) -> None:
    hands = hands_on(empty())
    with hands.one_step():
        hands.key(Key.Key_F)
    assert hands.network.main_input["output"] == "fc1"
    assert hands.editor.selection == ("fc1",)


def test_from_nothing_to_a_network_by_keys_alone(hands_on: MakeHands) -> None:
    hands = hands_on(Network())
    hands.key(Key.Key_C, Key.Key_G, Key.Key_C)
    assert [node.layer.kind for node in hands.network.nodes] == ["conv2d", "activation", "conv2d"]
    assert_mirrored(hands.canvas)


def test_b_adds_a_residual_block_behind_the_layer_or_its_block(hands: Hands) -> None:
    hands.editor.select("conv2")
    with hands.one_step():
        hands.key(Key.Key_B)
    assert len(hands.network.blocks) == 3
    new = hands.network.blocks[-1]
    assert new.kind == "residual"
    assert hands.network.main_input[new.nodes[0]] == hands.network.blocks[0].nodes[-1]
    assert hands.editor.selection == (new.id,)
    assert hands.editor.report.ok


def test_arrows_walk_along_the_main_path(hands: Hands) -> None:
    hands.key(Key.Key_Home)
    seen = [hands.editor.current]
    for _step in range(10):
        hands.key(Key.Key_Right)
        seen.append(hands.editor.current)
    assert seen == [
        "input", "conv1", "conv2", "conv3", "add1", "conv4", "conv5", "add2", "pool1", "fc1", "output"
    ]  # fmt: skip
    for _step in range(10):
        hands.key(Key.Key_Left)
    assert hands.editor.current == "input"
    hands.key(Key.Key_End)
    assert hands.editor.current == "output"


def test_up_leads_to_the_skip_and_down_back(hands: Hands) -> None:
    hands.editor.select("conv3")
    hands.key(Key.Key_Up)
    assert hands.editor.current == "skip1"
    hands.key(Key.Key_Right)
    assert hands.editor.current == "skip2"
    hands.key(Key.Key_Left, Key.Key_Down)
    assert hands.editor.current == "conv3"


def test_shift_extends_what_is_selected(hands: Hands) -> None:
    hands.editor.select("conv2")
    hands.key(Key.Key_Right, modifiers=SHIFT)
    hands.key(Key.Key_Right, modifiers=SHIFT)
    assert hands.editor.selection == ("conv2", "conv3", "add1")


def test_the_focus_ring_comes_with_the_keys_and_goes_with_the_mouse(hands: Hands) -> None:
    hands.key(Key.Key_Home)
    item = hands.canvas.scene.item("input")
    assert item is not None
    assert Mark.FOCUS in item.mark
    hands.click(hands.on("input"))
    assert Mark.FOCUS not in item.mark
    assert Mark.SELECTED in item.mark


def test_s_arrows_and_enter_make_a_skip(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 8))
    hands.editor.select("conv1")
    with hands.one_step():
        hands.key(Key.Key_S, Key.Key_Right, Key.Key_Return)
    (skip,) = hands.network.skips
    assert (skip.source, hands.network.main_input[skip.target]) == ("relu1", "conv3")


def test_a_skip_between_different_sizes_is_made_by_keys_alone(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 16))
    hands.editor.select("conv1")
    with hands.one_step():
        hands.key(Key.Key_S, Key.Key_Right, Key.Key_Return, Key.Key_Return)
    assert [skip.shortcut for skip in hands.network.skips] == ["learned"]


def test_escape_gives_a_begun_skip_up(hands: Hands) -> None:
    before = hands.editor.experiment
    hands.editor.select("conv1")
    hands.key(Key.Key_S)
    assert hands.canvas.scene.preview is not None
    hands.key(Key.Key_Escape)
    assert hands.editor.experiment == before
    assert_mirrored(hands.canvas)


def test_s_where_no_skip_can_begin_says_so(hands: Hands) -> None:
    said: list[str] = []
    hands.canvas.says.connect(said.append)
    hands.key(Key.Key_S)
    hands.editor.select("output")
    hands.key(Key.Key_S)
    assert sum("skip" in each for each in said) >= 2
    assert_mirrored(hands.canvas)


@pytest.mark.parametrize(
    ("key", "shortcut"), [(Key.Key_2, "learned"), (Key.Key_3, "zero_pad"), (Key.Key_1, "identity")]
)
def test_digits_choose_the_kind_of_skip(hands: Hands, key: Qt.Key, shortcut: str) -> None:
    skip = "skip2" if shortcut == "identity" else "skip1"
    hands.editor.select(skip)
    with hands.one_step():
        hands.key(key)
    assert hands.network.skip(skip).shortcut == shortcut


def test_m_switches_the_skip_off(hands: Hands) -> None:
    hands.editor.select("skip1")
    with hands.one_step():
        hands.key(Key.Key_M)
    assert not hands.network.skip("skip1").enabled


def test_delete_joins_the_neighbours_and_takes_the_g_along(hands: Hands) -> None:
    hands.editor.select("conv2")
    with hands.one_step():
        hands.key(Key.Key_Delete)
    assert hands.network.main_input["conv3"] == "relu1"
    assert "relu2" not in hands.network.by_id
    assert hands.editor.selection == ("conv1",)


def test_delete_takes_a_block_or_several_things(hands: Hands) -> None:
    hands.editor.select(hands.network.blocks[0].id)
    with hands.one_step():
        hands.key(Key.Key_Delete)
    assert len(hands.network.blocks) == 1
    hands.key(Key.Key_A, modifiers=CTRL)
    with hands.one_step():
        hands.key(Key.Key_Delete)
    assert "input" in hands.network.by_id
    assert hands.network.skips == ()


def test_the_input_stays_and_says_why(hands: Hands) -> None:
    said: list[str] = []
    hands.canvas.says.connect(said.append)
    hands.editor.select("input")
    before = hands.editor.experiment
    hands.key(Key.Key_Delete)
    assert hands.editor.experiment == before
    assert any("every network needs one" in each for each in said)


def test_control_d_duplicates_layers_and_blocks(hands: Hands) -> None:
    hands.editor.select("conv1")
    with hands.one_step():
        hands.key(Key.Key_D, modifiers=CTRL)
    (copy,) = hands.network.outgoing["relu1"]
    (g,) = hands.network.outgoing[copy]
    assert hands.network.by_id[g].layer == hands.network.by_id["relu1"].layer
    hands.editor.select(hands.network.blocks[0].id)
    with hands.one_step():
        hands.key(Key.Key_D, modifiers=CTRL)
    assert len(hands.network.blocks) == 3
    assert len(hands.network.skips) == 3


def test_copy_and_paste_take_layers_and_blocks_through_the_clipboard(hands: Hands) -> None:
    hands.editor.select(hands.network.blocks[0].id)
    hands.key(Key.Key_C, modifiers=CTRL)
    hands.editor.select("fc1")
    nodes = len(hands.network.nodes)
    with hands.one_step():
        hands.key(Key.Key_V, modifiers=CTRL)
    assert len(hands.network.nodes) == nodes + len(hands.network.blocks[0].nodes)
    assert len(hands.network.blocks) == 3
    assert hands.network.skips[-1].source == "fc1"


def test_a_pasted_block_of_another_size_gets_its_matrix(hands: Hands) -> None:
    hands.editor.select(hands.network.blocks[1].id)
    hands.key(Key.Key_C, modifiers=CTRL)
    hands.editor.select("conv1")
    hands.key(Key.Key_V, modifiers=CTRL)
    made = hands.network.skips[-1]
    assert made.shortcut == "learned"
    assert made.id not in {problem.place for problem in hands.editor.report.errors}


def test_a_copied_sum_whose_layers_were_not_copied_is_not_made(hands: Hands) -> None:
    """relu2 -> (+) with a skip from relu2 too, once the layers between are left out: there is nothing to add."""
    first, second = hands.network.blocks
    sums = [id for block in (first, second) for id in block.nodes if is_add(hands.network.by_id[id])]
    gate = hands.network.skips_into[sums[1]][0].source
    hands.editor.select(gate, sums[1])
    with hands.one_step():
        hands.key(Qt.Key.Key_D, modifiers=CTRL)
    assert [node.id for node in hands.network.nodes if is_add(node)] == sums
    check_whole(hands.network)


def test_what_is_no_layer_is_not_pasted(hands: Hands) -> None:
    from PySide6.QtGui import QGuiApplication

    before = hands.editor.experiment
    for text in ("", "hello", '{"format": "resnet-sim-part", "version": 1, "nodes": []}', "[" * 500):
        QGuiApplication.clipboard().setText(text)
        hands.key(Key.Key_V, modifiers=CTRL)
        assert hands.editor.experiment == before


def test_control_l_tidies_up(hands: Hands) -> None:
    from PySide6.QtCore import QPoint

    hands.drag(hands.on("fc1"), hands.on("fc1") + QPoint(0, 150))
    with hands.one_step():
        hands.key(Key.Key_L, modifiers=CTRL)
    assert hands.editor.experiment.layout == ()


def test_enter_asks_for_the_inspector(hands: Hands) -> None:
    asked: list[bool] = []
    hands.canvas.edit_requested.connect(lambda: asked.append(True))
    hands.editor.select("conv1")
    hands.key(Key.Key_Return)
    assert asked == [True]


def test_f8_goes_to_the_problem_and_then_applies_its_first_fix(hands_on: MakeHands) -> None:
    hands = hands_on(two_blocks("valid"))
    hands.key(Key.Key_F8)
    assert hands.editor.current == "conv3"
    assert hands.canvas.callout.isVisible()
    with hands.one_step():
        hands.key(Key.Key_F8)
    assert hands.editor.report.ok
    assert not hands.canvas.callout.isVisible()


def test_shift_f8_goes_back_and_applies_nothing(hands_on: MakeHands) -> None:
    hands = hands_on(two_blocks("valid"))
    before = hands.editor.experiment
    for _time in range(4):
        hands.key(Key.Key_F8, modifiers=SHIFT)
    assert hands.editor.experiment == before


def test_f8_goes_to_a_note_but_leaves_its_change_to_its_button(hands: Hands) -> None:
    before = hands.editor.experiment
    hands.key(Key.Key_F8, Key.Key_F8)
    assert hands.editor.current == "skip2"
    assert hands.editor.experiment == before


def test_the_callout_follows_the_selection_and_its_button_is_the_fix(hands_on: MakeHands) -> None:
    hands = hands_on(two_blocks("valid"))
    hands.editor.select("conv1")
    assert not hands.canvas.callout.isVisible()
    hands.click(hands.on("conv3"))
    callout = hands.canvas.callout
    assert callout.isVisible()
    assert callout.buttons[0].text() == "Use “same” padding"
    with hands.one_step():
        callout.buttons[0].click()
    assert hands.editor.report.ok


@pytest.mark.parametrize("key", ["Space", "Period", "E", "R", "L", "BracketLeft", "BracketRight"])
def test_the_keys_of_training_go_through(hands: Hands, key: str) -> None:
    heard: list[str] = []
    shortcut = QShortcut(QKeySequence(Key[f"Key_{key}"]), hands.canvas)
    shortcut.activated.connect(lambda: heard.append(key))
    hands.key(Key[f"Key_{key}"])
    assert heard == [key]


def test_the_canvas_keeps_its_letters_from_the_shortcuts_of_the_window(hands: Hands) -> None:
    heard: list[bool] = []
    shortcut = QShortcut(QKeySequence("C"), hands.canvas)
    shortcut.activated.connect(lambda: heard.append(True))
    hands.editor.select("conv1")
    with hands.one_step():
        hands.key(Key.Key_C)
    assert heard == []


def test_the_status_line_says_what_the_keys_do(hands: Hands) -> None:
    said: list[str] = []
    hands.canvas.says.connect(said.append)
    hands.editor.select("conv2")
    assert said[-1].startswith("Conv, layer 2")
    assert "S start a skip" in said[-1]
    hands.editor.select("skip1")
    assert "M off or on" in said[-1]
    hands.editor.select()
    assert "add a layer" in said[-1]
    assert hands.canvas.view.accessibleDescription() == said[-1]


def test_keys_walk_through_preactivation_blocks(hands_on: MakeHands) -> None:
    hands = hands_on(mlp(2, kind="pre_activation"))
    hands.key(Key.Key_Home)
    for _step in range(40):
        hands.key(Key.Key_Right)
    assert hands.editor.current == "output"
    for _step in range(40):
        hands.key(Key.Key_Left)
    assert hands.editor.current == "input"
