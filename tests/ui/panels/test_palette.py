"""The palette: every kind has a card that adds it behind what is selected, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ui.panels.conftest import Stand
from ui.panels.networks import editor_of, unnamed

from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network import templates
from resnet_sim.network.graph import BLOCK_KINDS
from resnet_sim.ui import icons, kind_icons
from resnet_sim.ui.canvas.drops import MIME, dragged
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.palette import RAIL_WIDTH, WIDTH, Palette
from resnet_sim.ui.theme import Look

KINDS = [name for name, kind in layer_kinds().items() if kind.in_palette]
INNER = [name for name in KINDS if layer_kinds()[name].category != "output"]


def opened(stand: Stand[QWidget], editor: Editor, look: Look, height: int = 900) -> Palette:
    panel = Palette(editor, look)
    panel.refresh()
    stand(panel, WIDTH, height)
    return panel


def test_there_is_a_card_for_every_kind_in_the_palette_and_every_block(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    assert set(panel.cards) == {*KINDS, "skip", *(f"block:{kind}" for kind in BLOCK_KINDS)}
    for name in KINDS:
        card, kind = panel.cards[name], layer_kinds()[name]
        assert (card.accessibleName(), card.accessibleDescription()) == (kind.title, kind.help)
        assert card.entry.key == kind.shortcut_key
        assert card.entry.icon in {*icons.NAMES, *kind_icons.NAMES}
    assert unnamed(panel) == []


@pytest.mark.parametrize("name", INNER)
def test_a_double_click_adds_a_layer_behind_the_selected_one(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor, name: str
) -> None:
    panel = opened(stand, sound, look)
    before = sound.experiment
    sound.select("conv1")
    qtbot.mouseDClick(panel.cards[name], Qt.MouseButton.LeftButton)
    added = sound.network.by_id[sound.current]
    assert added.layer == layer_kinds()[name]()
    assert sound.network.main_input[added.id] in ("conv1", "relu1")
    assert added.id not in before.network.by_id
    sound.undo()
    assert sound.experiment == before
    assert not sound.document.can_undo


@pytest.mark.parametrize("kind", BLOCK_KINDS)
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_key_adds_a_block_of_the_size_that_is_there(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor, kind: str, key: Qt.Key
) -> None:
    panel = opened(stand, sound, look)
    before = sound.experiment
    sound.select("conv1")
    qtbot.keyClick(panel.cards[f"block:{kind}"], key)
    block = sound.network.block(sound.current)
    assert block.kind == kind
    weighted = [sound.network.by_id[id].layer for id in block.nodes if sound.network.by_id[id].layer.weighted]
    assert weighted[-1].filters == 8  # type: ignore[attr-defined]  # it is a Conv2D
    assert sound.report.ok
    sound.undo()
    assert sound.experiment == before


def test_with_nothing_selected_a_layer_goes_before_the_output(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    qtbot.keyClick(panel.cards["dense"], Qt.Key.Key_Return)
    assert sound.network.main_input["output"] == sound.current


def test_a_second_output_is_refused_with_a_sentence(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    with qtbot.waitSignal(sound.refused) as refused:
        qtbot.keyClick(panel.cards["softmax"], Qt.Key.Key_Return)
    assert refused.args is not None
    assert str(refused.args[0]) == "The network already has an output."
    assert not sound.document.can_undo


def test_a_block_can_be_put_into_an_empty_network(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    editor = editor_of(templates.empty())
    panel = opened(stand, editor, look)
    qtbot.keyClick(panel.cards["block:residual"], Qt.Key.Key_Return)
    assert len(editor.network.blocks) == 1


def test_the_skip_card_asks_for_a_skip_connection(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    with qtbot.waitSignal(panel.skip_requested):
        qtbot.mouseClick(panel.cards["skip"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.skip_requested):
        qtbot.keyClick(panel.cards["skip"], Qt.Key.Key_Return)
    with qtbot.waitSignal(panel.data_requested):
        qtbot.mouseClick(panel.data, Qt.MouseButton.LeftButton)


def test_a_click_alone_adds_nothing(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look)
    qtbot.mouseClick(panel.cards["conv2d"], Qt.MouseButton.LeftButton)
    assert not sound.document.can_undo


@pytest.mark.parametrize("name", [*KINDS, *(f"block:{kind}" for kind in BLOCK_KINDS)])
def test_a_drag_carries_what_the_canvas_understands_and_a_picture(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = opened(stand, sound, look)
    dragging: list[tuple[str, bool]] = []

    def carry(drag: QDrag, _actions: Qt.DropAction) -> Qt.DropAction:
        assert drag.mimeData().hasFormat(MIME)
        dragging.append((dragged(drag.mimeData()), drag.pixmap().isNull()))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", carry)
    card = panel.cards[name]
    qtbot.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    qtbot.mouseMove(card, QPoint(22, 11))
    assert dragging == []
    qtbot.mouseMove(card, QPoint(20 + 2 * QApplication.startDragDistance(), 12))
    assert dragging == [(name, False)]
    qtbot.mouseRelease(card, Qt.MouseButton.LeftButton)
    assert not sound.document.can_undo


def test_find_filters_and_enter_adds_the_first_match(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    sound.select("conv1")
    panel.focus_find()
    qtbot.keyClicks(panel.finder, "poo")
    assert {name for name, card in panel.cards.items() if card.isVisible()} == {"average_pool", "max_pool"}
    qtbot.keyClick(panel.finder, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(panel.finder, "max")
    with qtbot.waitSignal(panel.done):
        qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert sound.network.by_id[sound.current].layer.kind == "max_pool"
    assert panel.finder.text() == ""
    assert all(card.isVisible() for card in panel.cards.values())


def test_find_with_no_match_says_so_and_escape_clears_then_leaves(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    panel.focus_find()
    qtbot.keyClicks(panel.finder, "zzz")
    assert panel.nothing.isVisible()
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert not sound.document.can_undo
    qtbot.keyClick(panel.finder, Qt.Key.Key_Escape)
    assert panel.finder.text() == ""
    with qtbot.waitSignal(panel.done):
        qtbot.keyClick(panel.finder, Qt.Key.Key_Escape)
    qtbot.keyClick(panel.finder, Qt.Key.Key_Down)
    assert panel.cards["conv2d"].hasFocus()
    qtbot.keyClick(panel.cards["conv2d"], Qt.Key.Key_Down)
    assert panel.cards["dense"].hasFocus()


def test_the_rail_is_narrow_and_names_stand_in_tool_tips(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    panel.set_narrow(True)
    assert panel.width() == RAIL_WIDTH
    assert not panel.finder.isVisible()
    assert panel.cards["conv2d"].toolTip().startswith("Conv (C)")
    assert unnamed(panel) == []
    qtbot.mouseClick(panel.rail_find, Qt.MouseButton.LeftButton)
    assert panel.finder.hasFocus()
    assert panel.width() == WIDTH
    qtbot.keyClicks(panel.finder, "drop")
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert sound.network.by_id[sound.current].layer.kind == "dropout"
    panel.cards["conv2d"].setFocus()
    assert panel.width() == RAIL_WIDTH


def test_the_data_set_is_named_with_its_size(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look)
    assert panel.data.accessibleName() == "Data set Digits 8×8"
    assert panel.data_size.text == "8×8×1, 10 outputs"


@pytest.mark.parametrize("name", kind_icons.NAMES)
def test_an_icon_draws_inside_its_grid(name: str) -> None:
    box = kind_icons.path(name).boundingRect()
    assert not box.isEmpty()
    assert 0 <= box.left() <= box.right() <= icons.GRID
    assert 0 <= box.top() <= box.bottom() <= icons.GRID
