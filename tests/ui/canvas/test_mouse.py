"""What the mouse does: each gesture is one edit, and undo brings the same document back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from ui.canvas.hands import CTRL, MIDDLE, RIGHT, Hands, assert_mirrored, chain, two_blocks

from resnet_sim.network import edits
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.wiring import is_add

MakeHands = Callable[..., Hands]


def test_a_click_selects_and_a_click_beside_it_does_not(hands: Hands) -> None:
    hands.click(hands.on("conv2"))
    assert hands.editor.selection == ("conv2",)
    hands.click(hands.on("conv4"), modifiers=CTRL)
    assert hands.editor.selection == ("conv2", "conv4")
    hands.click(hands.on("conv2"), modifiers=CTRL)
    assert hands.editor.selection == ("conv4",)
    hands.click(QPoint(700, 700))
    assert hands.editor.selection == ()


def test_what_is_clicked_is_selected(hands: Hands) -> None:
    block = hands.network.blocks[0]
    for id in ("add1", "skip1", "conv1"):
        hands.click(hands.on(id, down=0.5, right=0.4))
        assert hands.editor.selection == (id,)
        hands.key(Qt.Key.Key_Escape)
    hands.click(hands.on(block.id, right=0.2, down=0.04))
    assert hands.editor.selection == (block.id,)
    box = hands.canvas.scene.plan.box("conv1")
    assert box is not None
    hands.click(hands.at(box.right - 12, box.y + 12))
    assert hands.editor.selection == ("relu1",)


def test_a_card_is_dragged_to_another_place(hands: Hands) -> None:
    start = hands.on("fc1")
    before = hands.canvas.scene.plan.box("fc1")
    with hands.one_step():
        hands.drag(start, start + QPoint(40, 150))
        assert [each.id for each in hands.editor.experiment.layout] == ["fc1"]
    after = hands.canvas.scene.plan.box("fc1")
    assert before is not None
    assert after is not None
    assert after.y - before.y == pytest.approx(150 / hands.canvas.view.scale_now, abs=1)


def test_several_cards_are_dragged_together(hands: Hands) -> None:
    hands.click(hands.on("pool1"))
    hands.click(hands.on("fc1"), modifiers=CTRL)
    with hands.one_step():
        hands.drag(hands.on("fc1"), hands.on("fc1") + QPoint(0, 150))
    assert {each.id for each in hands.editor.experiment.layout} == {"pool1", "fc1"}


def test_a_block_is_dragged_by_its_title(hands: Hands) -> None:
    block = hands.network.blocks[1]
    title = hands.on(block.id, right=0.3, down=0.04)
    with hands.one_step():
        hands.drag(title, title + QPoint(0, 90))
    assert {each.id for each in hands.editor.experiment.layout} == set(block.nodes)


def test_escape_leaves_a_dragged_card_where_it_was(hands: Hands) -> None:
    start = hands.on("fc1")
    before = hands.editor.experiment
    place = hands.canvas.scene.plan.box("fc1")
    hands.press(start)
    hands.move(start + QPoint(50, 90))
    assert hands.canvas.scene.plan.box("fc1") != place
    hands.key(Qt.Key.Key_Escape)
    hands.release(start + QPoint(50, 90))
    assert hands.editor.experiment == before
    assert hands.canvas.scene.plan.box("fc1") == place


def test_a_card_let_go_on_a_connection_is_put_in_there_with_its_g(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 8))
    with hands.one_step():
        hands.drag(hands.on("conv1"), hands.edge("pool1", "fc1"))
    network = hands.network
    assert network.main_input["conv1"] == "pool1"
    assert network.main_input["relu1"] == "conv1"
    assert network.main_input["fc1"] == "relu1"
    assert hands.editor.experiment.layout == ()


def test_control_drag_duplicates(hands: Hands) -> None:
    with hands.one_step():
        hands.drag(hands.on("conv1"), hands.on("conv1") + QPoint(0, 200), modifiers=CTRL)
    after = hands.network.outgoing["relu1"]
    assert hands.network.by_id[after[0]].layer == hands.network.by_id["conv1"].layer


def test_control_drag_onto_a_connection_puts_the_copy_there(hands: Hands) -> None:
    with hands.one_step():
        hands.drag(hands.on("conv1"), hands.edge("pool1", "fc1"), modifiers=CTRL)
    copied = hands.network.by_id[hands.network.outgoing["pool1"][0]]
    assert copied.layer == hands.network.by_id["conv1"].layer


def test_a_box_selects_what_it_touches(hands: Hands) -> None:
    plan = hands.canvas.scene.plan
    first, last = plan.box("conv2"), plan.box("conv3")
    assert first is not None
    assert last is not None
    hands.drag(hands.at(first.x - 8, first.bottom + 60), hands.at(last.right + 4, first.axis + 40))
    assert hands.editor.selection == ("conv2", "conv3")


def test_a_skip_is_drawn_from_the_green_ring_to_a_later_layer(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 8))
    with hands.one_step():
        hands.drag(hands.ring("conv1"), hands.on("conv3"))
    (skip,) = hands.network.skips
    assert (skip.source, skip.shortcut) == ("relu1", "identity")
    assert hands.network.main_input[skip.target] == "conv3"
    assert hands.network.main_input["relu3"] == skip.target
    assert hands.editor.selection == (skip.id,)


def test_while_a_skip_is_drawn_the_sum_is_shown_and_nothing_is_made(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 8))
    before = hands.editor.experiment
    hands.press(hands.ring("conv1"))
    hands.move(hands.on("conv2"))
    hands.move(hands.on("conv3"))
    scene = hands.canvas.scene
    assert scene.preview is not None
    assert "add1" in scene.plan.shapes
    assert "relu3" not in scene.plan.stands_for  # g has moved behind (+)
    assert scene.ghost.ghost.hint == "a^{[3]}=g(z^{[3]}+a^{[1]})"
    assert hands.editor.experiment == before
    hands.key(Qt.Key.Key_Escape)
    hands.release(hands.on("conv3"))
    assert hands.editor.experiment == before
    assert_mirrored(hands.canvas)


def test_a_skip_is_drawn_to_a_sum_that_is_there(hands: Hands) -> None:
    with hands.one_step():
        hands.drag(hands.ring("input"), hands.on("add1", down=0.5))
        assert hands.canvas.callout.isVisible()
        hands.key(Qt.Key.Key_Return)
    made = hands.network.skips[-1]
    assert (made.source, made.target, made.shortcut) == ("input", "add1", "learned")


@pytest.mark.parametrize(("button", "shortcut"), [(0, "learned"), (1, "zero_pad")])
def test_where_sizes_differ_the_callout_offers_what_brings_them_together(
    hands_on: MakeHands, button: int, shortcut: str
) -> None:
    hands = hands_on(chain(8, 8, 16))
    with hands.one_step():
        hands.drag(hands.ring("conv1"), hands.on("conv3"))
        callout = hands.canvas.callout
        assert [each.text() for each in callout.buttons] == ["Add W_s", "Zero padding", "Cancel"]
        assert hands.canvas.focusWidget() is callout.buttons[0]
        assert hands.network.skips == ()
        if button == 0:
            hands.key(Qt.Key.Key_Return)
        else:
            callout.buttons[button].click()
    assert [skip.shortcut for skip in hands.network.skips] == [shortcut]
    assert not hands.canvas.callout.isVisible()
    assert hands.canvas.focusWidget() is hands.canvas.view


def test_cancelling_the_callout_leaves_no_trace(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 16))
    before = hands.editor.experiment
    hands.drag(hands.ring("conv1"), hands.on("conv3"))
    hands.key(Qt.Key.Key_Escape)
    assert hands.editor.experiment == before
    assert not hands.canvas.callout.isVisible()
    assert_mirrored(hands.canvas)
    hands.drag(hands.ring("conv1"), hands.on("conv3"))
    hands.click(QPoint(700, 700))
    assert hands.editor.experiment == before
    assert_mirrored(hands.canvas)


def test_a_skip_that_leads_nowhere_is_not_made(hands: Hands) -> None:
    before = hands.editor.experiment
    said: list[str] = []
    hands.canvas.says.connect(said.append)
    for id in ("conv1", "input", "output"):
        hands.drag(hands.ring("conv3"), hands.on(id))
        assert hands.editor.experiment == before
    assert any("leads forward" in each for each in said)


def test_a_port_is_dragged_to_a_layer_whose_input_is_free(hands_on: MakeHands) -> None:
    network = chain(8, 8)
    cut = Connection("pool1", "fc1")
    hands = hands_on(edits.disconnect(network, cut))
    with hands.one_step():
        hands.drag(hands.port("pool1"), hands.on("fc1"))
    assert cut in hands.network.connections
    hands.editor.undo()
    with hands.one_step():
        hands.drag(hands.port("fc1", out=False), hands.on("pool1"))
    assert cut in hands.network.connections


def test_a_connection_is_cut_with_delete(hands: Hands) -> None:
    hands.click(hands.edge("pool1", "fc1"))
    with hands.one_step():
        hands.key(Qt.Key.Key_Delete)
    assert Connection("pool1", "fc1") not in hands.network.connections


def test_the_eye_and_the_middle_button_switch_a_skip_off_and_on(hands: Hands) -> None:
    box = hands.canvas.scene.plan.box("skip1")
    assert box is not None
    with hands.one_step():
        hands.click(hands.at(box.right - 14, box.axis))
    assert not hands.network.skip("skip1").enabled
    with hands.one_step():
        hands.click(hands.on("skip1", right=0.3, down=0.5), MIDDLE)
    assert hands.network.skip("skip1").enabled


def test_the_pill_offers_three_kinds(hands: Hands) -> None:
    hands.click(hands.on("skip1", right=0.3, down=0.5))
    assert len(hands.canvas.callout.buttons) == 3
    with hands.one_step():
        hands.canvas.callout.buttons[2].click()
    assert hands.network.skip("skip1").shortcut == "zero_pad"


def test_a_double_click_folds_a_block_and_opens_it(hands: Hands) -> None:
    block = hands.network.blocks[0].id
    before = hands.editor.document.position
    title = hands.on(block, right=0.3, down=0.04)
    hands.click(title)
    _double(hands, title)
    assert hands.canvas.scene.collapsed == {block}
    assert hands.canvas.scene.item("conv2") is hands.canvas.scene.item(block)
    _double(hands, hands.on(block))
    assert hands.canvas.scene.collapsed == frozenset()
    assert hands.editor.document.position == before
    assert_mirrored(hands.canvas)


def _double(hands: Hands, at: QPoint) -> None:
    from PySide6.QtTest import QTest

    QTest.mouseDClick(hands.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    hands.release(at)


def test_a_double_click_on_a_card_asks_for_the_inspector(hands: Hands, qtbot: object) -> None:
    asked: list[bool] = []
    hands.canvas.edit_requested.connect(lambda: asked.append(True))
    _double(hands, hands.on("conv2"))
    assert asked == [True]


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
def test_the_other_buttons_pan(hands: Hands, button: Qt.MouseButton) -> None:
    hands.canvas.view.set_zoom(1.4)
    before, there = hands.on("conv2"), hands.editor.experiment
    hands.drag(QPoint(600, 650), QPoint(520, 610), button)
    assert hands.on("conv2") - before == QPoint(-80, -40)
    assert hands.editor.experiment == there


def test_undoing_in_the_middle_of_a_drag_is_safe(hands: Hands) -> None:
    hands.drag(hands.on("fc1"), hands.on("fc1") + QPoint(0, 120))
    start = hands.on("conv2")
    hands.press(start)
    hands.move(start + QPoint(40, 60))
    hands.editor.undo()
    hands.move(start + QPoint(60, 80))
    hands.release(start + QPoint(60, 80))
    assert hands.editor.experiment.layout == ()
    assert_mirrored(hands.canvas)


def test_moved_cards_keep_their_place_beside_the_others_when_a_layer_comes_in(hands: Hands) -> None:
    hands.drag(hands.on("fc1"), hands.on("fc1") + QPoint(0, 150))
    before = hands.canvas.scene.plan
    hands.click(hands.on("conv1"))
    with hands.one_step():
        hands.key(Qt.Key.Key_C)
    after = hands.canvas.scene.plan
    for network in (hands.network,):
        assert isinstance(network, Network)
    a, b = before.box("fc1"), after.box("fc1")
    c, d = before.box("pool1"), after.box("pool1")
    assert a
    assert b
    assert c
    assert d
    assert (b.x - d.x, b.y - d.y) == pytest.approx((a.x - c.x, a.y - c.y))


def test_removing_the_last_skip_takes_the_sum_with_it(hands: Hands) -> None:
    hands.click(hands.on("add1", down=0.5))
    with hands.one_step():
        hands.key(Qt.Key.Key_Delete)
    assert not is_add(hands.network.by_id.get("add1"))
    assert hands.network.main_input[hands.network.outgoing["conv3"][0]] == "conv3"


def test_two_blocks_is_what_the_pictures_show() -> None:
    assert [skip.shortcut for skip in two_blocks().skips] == ["identity", "learned"]
