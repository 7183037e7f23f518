"""The inspector: each setting has a field that changes it, refuses what is wrong, and can be undone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ui.panels.conftest import Stand
from ui.panels.networks import editor_of, two_blocks, unnamed

from resnet_sim.errors import sentence
from resnet_sim.layers.base import Layer
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network import edits, skips, templates
from resnet_sim.network.graph import Network, Node
from resnet_sim.network.notation import activation_places
from resnet_sim.settings import Setting, settings_of
from resnet_sim.ui.course_words import Notation, spoken
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.inspector import Inspector
from resnet_sim.ui.panels.inspector_fields import (
    ChoiceField,
    SettingField,
    SettingsForm,
    is_needed,
    read_setting,
    step_setting,
    write_setting,
)
from resnet_sim.ui.panels.inspector_node import NodePage
from resnet_sim.ui.panels.inspector_pages import BlockPage, NetworkPage, SeveralPage, SkipPage
from resnet_sim.ui.theme import Look

SETTINGS = [(name, each) for name, kind in layer_kinds().items() for each in settings_of(kind)]


def layer_with(kind: type[Layer], setting: str) -> Layer:
    """A layer beside whose other settings this one has an effect."""
    layer = kind()
    if is_needed(layer, setting):
        return layer
    for name, value in (("start", "normal"), ("function", "leaky_relu"), ("over", "window")):
        if hasattr(layer, name):
            layer = replace(layer, **{name: value})  # type: ignore[arg-type]  # any setting
    return layer


def holding(layer: Layer) -> Network:
    """A network with that layer, whether it fits or not."""
    empty = templates.empty()
    if any(type(node.layer) is type(layer) for node in empty.nodes):
        same = next(node for node in empty.nodes if type(node.layer) is type(layer))
        return edits.replace_layer(empty, same.id, layer)
    if layer.category == "output":
        return edits.replace_layer(empty, "output", layer)
    if layer.category == "merge":
        return two_blocks(broken=False)
    return edits.append(empty, layer)


def opened(stand: Stand[QWidget], editor: Editor, look: Look, *ids: str) -> Inspector:
    """An inspector on what is selected."""
    panel = Inspector(editor, look)
    editor.select(*ids)
    panel.refresh()
    stand(panel)
    return panel


def page_of(panel: Inspector) -> NodePage:
    assert isinstance(panel.page, NodePage)
    return panel.page


def field_of(panel: Inspector, name: str) -> QWidget:
    """The field of a setting on the page shown."""
    assert panel.page is not None
    forms = panel.page.findChildren(SettingsForm)
    return next(form.rows[name].field for form in forms if name in form.rows)


def other_value(setting: Setting, value: object) -> float:
    """A value in range that is not this one."""
    assert setting.low is not None
    assert setting.high is not None
    wanted = setting.low + 1 if setting.low + 1 <= setting.high else (setting.low + setting.high) / 2
    return wanted if wanted != value else setting.low


def type_in(qtbot: QtBot, field: QWidget, text: str, enter: bool = True) -> None:
    """Click, select all, type, and take it with Enter."""
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)
    if enter:
        qtbot.keyClick(field, Qt.Key.Key_Return)


def turn(field: QWidget, notches: int) -> None:
    """The wheel over a field."""
    at = QPointF(field.rect().center())
    event = QWheelEvent(
        at,
        QPointF(field.mapToGlobal(field.rect().center())),
        QPoint(0, 0),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, event)


@pytest.mark.parametrize(("kind", "setting"), SETTINGS, ids=lambda each: getattr(each, "name", each))
def test_every_setting_of_every_kind_is_changed_by_its_field_and_undone(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], kind: str, setting: Setting
) -> None:
    layer = layer_with(layer_kinds()[kind], setting.name)
    editor = editor_of(holding(layer))
    node = next(node for node in editor.network.nodes if node.layer.kind == kind)
    panel = opened(stand, editor, look, node.id)
    field = field_of(panel, setting.name)
    assert field.isVisible()
    before, value = editor.experiment, getattr(layer, setting.name)
    if setting.kind == "switch":
        qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
        wanted: object = not value
    elif setting.kind == "choice":
        field.setFocus()
        key = Qt.Key.Key_Down if value != setting.choices[-1] else Qt.Key.Key_Up
        qtbot.keyClick(field, key)
        at = setting.choices.index(value) + (1 if key == Qt.Key.Key_Down else -1)
        wanted = setting.choices[at]
    else:
        wanted = other_value(setting, value)
        type_in(qtbot, field, f"{wanted:g}")
    assert getattr(editor.network.by_id[node.id].layer, setting.name) == wanted
    editor.undo()
    assert editor.experiment == before
    assert not editor.document.can_undo


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(kind, each) for kind, each in SETTINGS if each.kind in ("integer", "number")],
    ids=lambda each: getattr(each, "name", each),
)
def test_what_is_out_of_range_is_refused_by_the_field(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], kind: str, setting: Setting
) -> None:
    editor = editor_of(holding(layer_with(layer_kinds()[kind], setting.name)))
    node = next(node for node in editor.network.nodes if node.layer.kind == kind)
    panel = opened(stand, editor, look, node.id)
    field = field_of(panel, setting.name)
    assert isinstance(field, SettingField)
    before, text = editor.experiment, field.text()
    for wrong in ("1e99", "-99999", "nan", "inf", "1x2", "abc", "9" * 400):
        type_in(qtbot, field, wrong)
        assert field.property("wrong") is True
        assert editor.experiment is before
        rows = [form.rows[setting.name] for form in panel.page.findChildren(SettingsForm) if setting.name in form.rows]
        assert rows[0].message.isVisible()
        assert setting.label in rows[0].message.text
    field.clearFocus()
    assert (field.text(), field.property("wrong")) == (text, False)
    assert not editor.document.can_undo


def test_the_arrows_move_a_number_and_one_gesture_is_one_entry(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv2")
    field = field_of(panel, "filters")
    before = sound.experiment
    field.setFocus()
    for _time in range(3):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert filters(sound) == 21
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert filters(sound) == 20
    assert field.hasFocus()  # the page stays while one types
    sound.undo()
    assert filters(sound) == 21
    sound.undo()
    assert sound.experiment == before
    assert not sound.document.can_undo


def filters(editor: Editor) -> int:
    return int(getattr(editor.network.by_id["conv2"].layer, "filters", 0))


def test_the_wheel_turns_only_a_field_that_has_the_focus(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv2")
    before = sound.experiment
    number, choice = field_of(panel, "filters"), field_of(panel, "padding")
    field_of(panel, "stride").setFocus()
    turn(number, 1)
    turn(choice, -1)
    assert sound.experiment is before
    number.setFocus()
    turn(number, 1)
    assert filters(sound) == 9
    choice.setFocus()
    turn(choice, -1)
    assert sound.network.by_id["conv2"].layer.padding == "valid"  # type: ignore[attr-defined]  # it is a Conv2D


def test_a_half_typed_number_is_taken_when_the_field_is_left_and_escape_leaves_it_as_it_was(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv2")
    field = field_of(panel, "filters")
    type_in(qtbot, field, "12", enter=False)
    assert filters(sound) == 8
    field_of(panel, "stride").setFocus()
    assert filters(sound) == 12
    type_in(qtbot, field, "15", enter=False)
    with qtbot.waitSignal(panel.done):
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert filters(sound) == 12


def test_a_layer_that_goes_while_a_number_is_typed_does_no_harm(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv1")
    type_in(qtbot, field_of(panel, "filters"), "12", enter=False)
    refused: list[object] = []
    sound.refused.connect(refused.append)
    sound.edit(sentence("gone"), lambda network: edits.remove(network, "conv1"))
    assert isinstance(panel.page, NetworkPage)
    assert "conv1" not in sound.network.by_id
    assert refused == []


def test_the_error_stands_on_its_layer_with_sizes_and_a_button_that_mends_it(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], editor: Editor
) -> None:
    panel = opened(stand, editor, look, "conv3")
    page = page_of(panel)
    assert page.head.badge.isVisible()
    assert page.head.badge.accessibleName() == "1 error"
    (box,) = page.errors.boxes
    assert "6×6×8" in box.problem.sentence.render()
    padding = field_of(panel, "padding")
    assert isinstance(padding, ChoiceField)
    qtbot.mouseClick(box.buttons[0], Qt.MouseButton.LeftButton)
    assert editor.report.ok
    assert page_of(panel) is page
    assert not page.head.badge.isVisible()
    assert page.errors.boxes == []
    editor.undo()
    assert not editor.report.ok
    assert len(page.errors.boxes) == 1


def test_the_formulas_have_the_numbers_of_the_real_layers(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv3")
    said = [spoken(tex) for tex in page_of(panel).card.formulas]
    assert said == ["z[3] = W[3]*a[2] + b[3]", "a[3] = g(z[3] + a[1])"]
    sound.select("conv5")
    assert spoken(page_of(panel).card.formulas[1]) == "a[5] = g(z[5] + W_sa[3])"
    sound.edit(sentence("x"), lambda network: skips.set_enabled(network, "skip2", False))
    assert spoken(page_of(panel).card.formulas[1]) == "a[5] = g(z[5])"


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_pre_activation_block_reads_g_and_gives_the_plain_sum(batch_norm: bool) -> None:
    network = templates.mlp(2, 32, 10, kind="pre_activation", batch_norm=batch_norm)
    report = editor_of(network).report
    notation = Notation(network, report, activation_places(network))
    first, last = (spoken(tex) for tex in (notation.said("fc2").formulas[0], notation.said("fc3").formulas[-1]))
    assert first.startswith("z[2] = W[2]g(a[1])")
    assert last == ("a[3] = z̃[3] + a[1]" if batch_norm else "a[3] = z[3] + a[1]")


@pytest.mark.parametrize("kind", sorted(layer_kinds()))
def test_every_kind_says_what_it_computes_and_everything_has_a_name(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], kind: str
) -> None:
    editor = editor_of(holding(layer_kinds()[kind]()))
    node = next(node for node in editor.network.nodes if node.layer.kind == kind)
    panel = opened(stand, editor, look, node.id)
    assert page_of(panel).card.isVisible()
    assert not panel.grab().isNull()
    assert unnamed(panel) == []


def test_the_title_says_layer_and_block(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look, "conv3")
    head = page_of(panel).head
    assert head.title.text == "Conv, layer l=3"
    assert head.under.text == "second layer of residual block 1"


def test_the_table_counts_every_parameter(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look, "conv3")
    facts = {fact.label: fact.value for fact in page_of(panel).table.facts}
    assert facts[r"$\wt{W^{[3]}}$"] == "3·3·8·8 = 576"
    assert facts["This layer"] == "584"
    assert facts["Network"] == f"{sound.report.total:,}".replace(",", "\u202f")
    assert "$⌊(8+2-3)/1⌋+1=8$" in facts.values()


def test_g_is_changed_where_it_stands_and_put_where_none_is(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv3")
    gate = page_of(panel).gate
    assert gate is not None
    assert gate.label.text == "g, after (+)"
    gate.choice.setFocus()
    qtbot.keyClick(gate.choice, Qt.Key.Key_Down)
    assert sound.network.by_id["relu3"].layer.function == "leaky_relu"  # type: ignore[attr-defined]  # it is a g
    sound.select("fc1")
    gate = page_of(panel).gate
    assert gate is not None
    assert gate.choice.value == "none"
    gate.choice.setFocus()
    qtbot.keyClick(gate.choice, Qt.Key.Key_Down)
    after = sound.network.by_id[sound.network.outgoing["fc1"][0]]
    assert after.layer.kind == "activation"
    sound.undo()
    assert sound.network.outgoing["fc1"] == ("output",)


def test_freezing_is_undoable_and_a_frozen_block_holds_its_layers(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv3")
    page = page_of(panel)
    page.freeze.setFocus()
    qtbot.keyClick(page.freeze, Qt.Key.Key_Space)
    assert sound.network.by_id["conv3"].frozen
    sound.undo()
    assert not sound.network.by_id["conv3"].frozen
    assert page.block is not None
    qtbot.keyClick(page.block.freeze, Qt.Key.Key_Space)
    assert sound.network.block("block1").frozen
    assert not page.freeze.isEnabled()
    assert page.freeze.isChecked()


def test_a_block_has_a_lambda_of_its_own_or_that_of_the_network(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "block1")
    assert isinstance(panel.page, BlockPage)
    section = panel.page.section
    before = sound.experiment
    assert not section.field.isVisible()
    qtbot.keyClick(section.own, Qt.Key.Key_Space)
    assert sound.network.block("block1").l2 == 0.0
    type_in(qtbot, section.field, "0.02")
    assert sound.network.block("block1").l2 == 0.02
    type_in(qtbot, section.field, "-3")
    assert sound.network.block("block1").l2 == 0.02
    qtbot.mouseClick(section.slider, Qt.MouseButton.LeftButton, pos=section.slider.rect().center())
    assert sound.network.block("block1").l2 not in (0.02, None)
    qtbot.keyClick(section.own, Qt.Key.Key_Space)
    assert sound.network.block("block1").l2 is None
    for _time in range(4):
        sound.undo()
    assert sound.experiment == before


def test_ungrouping_leaves_the_layers(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look, "block1")
    assert isinstance(panel.page, BlockPage)
    nodes = sound.network.nodes
    qtbot.mouseClick(panel.page.section.ungroup, Qt.MouseButton.LeftButton)
    assert [block.id for block in sound.network.blocks] == ["block2"]
    assert sound.network.nodes == nodes
    assert isinstance(panel.page, NetworkPage)


def test_the_shortcut_of_a_skip_is_chosen_where_it_makes_sense(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "skip2")
    assert isinstance(panel.page, SkipPage)
    segments = panel.page.path.shortcut.segments
    assert not segments["identity"].isEnabled()
    assert "8×8×8 must become 4×4×16" in segments["identity"].toolTip()
    qtbot.mouseClick(segments["zero_pad"], Qt.MouseButton.LeftButton)
    assert sound.network.skip("skip2").shortcut == "zero_pad"
    assert not field_of(panel, "batch_norm").isVisible()
    qtbot.keyClick(segments["zero_pad"], Qt.Key.Key_Left)
    assert sound.network.skip("skip2").shortcut == "learned"
    qtbot.mouseClick(field_of(panel, "batch_norm"), Qt.MouseButton.LeftButton)
    assert sound.network.skip("skip2").batch_norm
    qtbot.mouseClick(field_of(panel, "enabled"), Qt.MouseButton.LeftButton)
    assert not sound.network.skip("skip2").enabled
    type_in(qtbot, field_of(panel, "start_scale"), "0.5")
    assert sound.network.skip("skip2").start_scale == 0.5
    assert unnamed(panel) == []
    sound.select("skip1")
    assert isinstance(panel.page, SkipPage)
    assert not panel.page.path.shortcut.segments["zero_pad"].isEnabled()


def test_several_things_are_frozen_in_one_step(qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor) -> None:
    panel = opened(stand, sound, look, "conv1", "conv2", "skip2", "block2")
    page = panel.page
    assert isinstance(page, SeveralPage)
    before = sound.experiment
    qtbot.keyClick(page.freeze, Qt.Key.Key_Space)
    network = sound.network
    assert network.by_id["conv1"].frozen
    assert network.skip("skip2").frozen
    assert network.block("block2").frozen
    assert unnamed(panel) == []
    sound.undo()
    assert sound.experiment == before


def test_layers_in_a_row_become_a_block(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    editor = editor_of(templates.mlp(1, 8, 10, residual=False))
    editor.edit(sentence("x"), lambda network: replace(network, blocks=()))
    panel = opened(stand, editor, look, "fc2", "relu2", "fc3")
    assert isinstance(panel.page, SeveralPage)
    qtbot.mouseClick(panel.page.group, Qt.MouseButton.LeftButton)
    assert isinstance(panel.page, BlockPage)
    assert editor.network.blocks[0].nodes == ("fc2", "relu2", "fc3")


def test_the_title_and_the_words_about_a_network_are_typed_in_one_entry_each(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look)
    page = panel.page
    assert isinstance(page, NetworkPage)
    before = sound.experiment
    type_in(qtbot, page.title, "digits")
    qtbot.mouseClick(page.about.viewport(), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.about, "Why 56 layers?")
    assert (sound.experiment.title, sound.experiment.about) == ("digits", "Why 56 layers?")
    assert unnamed(panel) == []
    with qtbot.waitSignal(panel.done):
        qtbot.keyClick(page.about, Qt.Key.Key_Escape)
    sound.undo()
    assert (sound.experiment.title, sound.experiment.about) == ("digits", "")
    assert page.about.toPlainText() == ""
    sound.undo()
    assert sound.experiment == before


def test_enter_on_the_canvas_opens_the_first_field(
    qtbot: QtBot, look: Look, stand: Stand[QWidget], sound: Editor
) -> None:
    panel = opened(stand, sound, look, "conv2")
    panel.focus_field()
    assert field_of(panel, "filters").hasFocus()


def test_both_themes_draw_every_page(qtbot: QtBot, stand: Stand[QWidget], look: Look, editor: Editor) -> None:
    panel = opened(stand, editor, look)
    for theme in (look.other(), look.theme):
        look.use(theme)
        for ids in ((), ("conv3",), ("skip1",), ("block1",), ("conv1", "conv2")):
            editor.select(*ids)
            assert not panel.grab().isNull()


@pytest.mark.parametrize(("kind", "setting"), SETTINGS, ids=lambda each: getattr(each, "name", each))
def test_what_a_field_writes_it_can_read(kind: str, setting: Setting) -> None:
    if setting.kind in ("integer", "number"):
        for value in (setting.low, setting.high, setting.default):
            assert read_setting(setting, write_setting(setting, value)) == value
        for steps in (-10, -1, 1, 10):
            assert setting.problem(step_setting(setting, setting.default, steps)) is None
        assert step_setting(setting, setting.high or 0, 10) == setting.high
        assert step_setting(setting, setting.low or 0, -10) == setting.low


def test_a_frozen_node_is_shown_frozen(qtbot: QtBot, look: Look, stand: Stand[QWidget]) -> None:
    network = two_blocks(broken=False)
    node = network.by_id["fc1"]
    panel = opened(stand, editor_of(network.with_node(Node(node.id, node.layer, True))), look, "fc1")
    assert page_of(panel).freeze.isChecked()
