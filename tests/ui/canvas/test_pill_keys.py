"""From pill to pill with Tab, and what a pill offers to keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QImage
from PySide6.QtWidgets import QApplication
from ui.canvas.hands import SHIFT, Hands, chain, nested, two_blocks

from resnet_sim.network.templates import mlp
from resnet_sim.ui.canvas.shapes import Detail, Mark
from resnet_sim.ui.theme import LIGHT

MakeHands = Callable[..., Hands]
Key = Qt.Key


def tab(hands: Hands, back: bool = False) -> None:
    """What a keyboard sends."""
    if back:
        hands.key(Key.Key_Backtab, modifiers=SHIFT)
    else:
        hands.key(Key.Key_Tab)


def ringed(hands: Hands) -> set[object]:
    """What the focus ring stands on."""
    scene = hands.canvas.scene
    return {key for key in scene.keys if (item := scene.item(key)) is not None and Mark.FOCUS in item.mark}


def test_tab_goes_from_pill_to_pill_and_then_leaves_the_canvas(hands: Hands) -> None:
    view = hands.canvas.view
    for skip in ("skip1", "skip2"):
        tab(hands)
        assert hands.editor.selection == (skip,)
        assert ringed(hands) == {skip}
        assert view.hasFocus()
    tab(hands)
    assert not view.hasFocus()
    assert ringed(hands) == set()
    assert hands.editor.selection == ("skip2",)


def test_shift_tab_goes_back_and_leaves_before_the_first(hands: Hands) -> None:
    for skip in ("skip2", "skip1"):
        tab(hands, back=True)
        assert hands.editor.selection == (skip,)
    tab(hands, back=True)
    assert not hands.canvas.view.hasFocus()


@pytest.mark.parametrize(
    ("start", "ahead", "behind"),
    [
        ("input", "skip1", None),
        ("conv2", "skip1", "skip1"),
        ("conv4", "skip2", "skip2"),
        ("fc1", None, "skip2"),
        ("block1", "skip1", "skip1"),
    ],
)
def test_from_a_layer_tab_leads_to_the_pill_over_it_or_the_next_on_the_way(
    hands: Hands, start: str, ahead: str | None, behind: str | None
) -> None:
    for back, skip in ((False, ahead), (True, behind)):
        hands.canvas.view.setFocus()
        hands.editor.select(start)
        tab(hands, back)
        assert hands.canvas.view.hasFocus() is (skip is not None)
        assert hands.editor.current == (skip or start)


def test_down_leads_back_to_the_layer_one_tabbed_from(hands: Hands) -> None:
    hands.editor.select("conv3")
    tab(hands)
    hands.key(Key.Key_Down)
    assert hands.editor.current == "conv3"


def test_nested_arcs_are_all_reached(hands_on: MakeHands) -> None:
    hands = hands_on(nested())
    met = []
    for _each in hands.network.skips:
        tab(hands)
        met.append(hands.editor.current)
    assert set(met) == set(hands.network.skip_by_id)


def test_a_network_without_skips_is_left_at_once(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8))
    hands.editor.select("conv1")
    tab(hands)
    assert not hands.canvas.view.hasFocus()


def test_tab_gives_a_begun_skip_up(hands_on: MakeHands) -> None:
    hands = hands_on(chain(8, 8, 8))
    hands.editor.select("conv1")
    hands.key(Key.Key_S)
    assert hands.canvas.scene.preview is not None
    tab(hands)
    assert hands.canvas.scene.preview is None
    assert hands.network.skips == ()


@pytest.mark.parametrize(
    ("key", "shortcut"), [(Key.Key_1, "identity"), (Key.Key_2, "learned"), (Key.Key_3, "zero_pad")]
)
def test_enter_opens_the_choices_and_a_digit_chooses(hands: Hands, key: Qt.Key, shortcut: str) -> None:
    skip = "skip2" if shortcut == "identity" else "skip1"
    while hands.editor.current != skip:
        tab(hands)
    with hands.one_step():
        hands.key(Key.Key_Return)
        callout = hands.canvas.callout
        assert callout.isVisible()
        assert [each.text()[0] for each in callout.buttons] == ["1", "2", "3"]
        assert QApplication.focusWidget() in callout.buttons
        hands.key(key)
        assert hands.canvas.view.hasFocus()
    assert hands.network.skip(skip).shortcut == shortcut
    assert ringed(hands) == {skip}


def test_the_kind_it_has_comes_first_and_arrows_lead_to_the_others(hands: Hands) -> None:
    tab(hands)
    tab(hands)
    hands.key(Key.Key_Return)
    callout = hands.canvas.callout
    assert QApplication.focusWidget() is callout.buttons[1], "it goes through W_s"
    hands.key(Key.Key_Right, Key.Key_Right)
    assert QApplication.focusWidget() is callout.buttons[0], "round again"
    hands.key(Key.Key_Left)
    with hands.one_step():
        hands.key(Key.Key_Return)
    assert hands.network.skip("skip2").shortcut == "zero_pad"
    assert hands.canvas.view.hasFocus()


def test_to_choose_what_it_is_closes_and_changes_nothing(hands: Hands) -> None:
    before = hands.editor.experiment
    tab(hands)
    hands.key(Key.Key_Return, Key.Key_Return)
    assert not hands.canvas.callout.isVisible()
    assert hands.canvas.view.hasFocus()
    assert hands.editor.experiment == before


def test_escape_closes_the_choices_and_goes_back_to_the_pill(hands: Hands) -> None:
    before = hands.editor.experiment
    tab(hands)
    hands.key(Key.Key_Return, Key.Key_Escape)
    assert not hands.canvas.callout.isVisible()
    assert hands.canvas.view.hasFocus()
    assert (hands.editor.selection, ringed(hands)) == (("skip1",), {"skip1"})
    hands.key(Key.Key_Right, Key.Key_Left)
    assert hands.editor.selection == ("skip1",)
    assert not hands.canvas.callout.isVisible(), "it stays closed"
    assert hands.editor.experiment == before


def test_where_the_keys_lead_is_spoken(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def tell(event: QAccessibleAnnouncementEvent) -> None:
        said.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", tell)
    tab(hands)
    tab(hands)
    hands.key(Key.Key_Down)
    assert said[0] == "Skip connection from relu1 to add1, as it is"
    assert said[1].endswith("through W_s")
    assert said[2].startswith("ReLU, output")


def inked(picture: QImage) -> int:
    """How many pixels have the colour of the ring."""
    ink = QColor(LIGHT.ink).rgb()
    return sum(picture.pixel(x, y) == ink for x in range(picture.width()) for y in range(picture.height()))


@pytest.mark.parametrize(("blocks", "width", "detail"), [(3, 1600, Detail.FULL), (9, 1100, Detail.MID)])
def test_the_ring_is_seen_with_a_pill_and_without_one(
    hands_on: MakeHands, blocks: int, width: int, detail: Detail
) -> None:
    hands = hands_on(mlp(blocks) if blocks > 3 else two_blocks(), width)
    assert hands.canvas.scene.detail is detail
    tab(hands)
    box = hands.canvas.scene.plan.box(hands.editor.current)
    assert box is not None
    corner, end = hands.at(box.x - 8, box.y - 12), hands.at(box.right + 8, box.y + 12)
    rect = hands.viewport.rect().intersected(type(hands.viewport.rect())(corner, end))
    with_ring = inked(hands.viewport.grab(rect).toImage())
    hands.canvas.scene.point(focus="")
    assert with_ring > inked(hands.viewport.grab(rect).toImage()) + 30
