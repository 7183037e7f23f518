"""The mouse column of the table of interactions, row by row, in the whole window: no key is pressed here."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from ui.canvas.hands import Hands
from ui.person import CTRL, LONG, NONE, SHIFT, Person

from resnet_sim.errors import sentence
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.network.edits import set_setting
from resnet_sim.ui.canvas.hits import Part, hit
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import DARK

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


@pytest.fixture
def hands(person: Person) -> Hands:
    """On the canvas of Build."""
    return person.canvas


@pytest.fixture
def watching(person: Person) -> Hands:
    """On the canvas of Train, by a click on its tab."""
    person.click(person.window.header.modes.tabs["train"])
    return Hands(person.window.train.canvas)


def roll(widget: QWidget, steps: int) -> None:
    """The wheel over the middle of a widget."""
    at, no = QPointF(widget.rect().center()), Qt.MouseButton.NoButton
    glob = QPointF(widget.mapToGlobal(at.toPoint()))
    turned = QPoint(0, 120 * steps)
    QApplication.sendEvent(
        widget, QWheelEvent(at, glob, QPoint(0, 0), turned, no, NONE, Qt.ScrollPhase.NoScrollPhase, False)
    )


def point_on(hands: Hands, skip: str, part: Part) -> QPoint:
    """A point of the canvas where the mouse meets a part of a skip connection."""
    box = hands.canvas.scene.plan.box(skip)
    assert box is not None
    spots = {Part.EYE: (box.right - 14, box.axis), Part.PILL: (box.x + 20, box.axis)}
    if part in spots:
        return hands.at(*spots[part])
    step = 2 / hands.canvas.view.scale_now
    found = (box.x - k * step for k in range(1, 60))
    x = next(x for x in found if hit(hands.canvas.scene.plan, x, box.axis).part is part)
    return hands.at(x, box.axis)


def test_a_layer_is_dragged_from_the_palette_onto_an_edge(person: Person, hands: Hands) -> None:
    assert hands.drop("batch_norm", hands.edge("conv3", "add1"))
    assert person.network.by_id[person.network.main_input["add1"]].layer.kind == "batch_norm"


def test_a_double_click_in_the_palette_adds_behind_the_selected_layer(person: Person, hands: Hands) -> None:
    hands.click(hands.on("conv2"))
    person.double_click(person.build.palette_.cards["dropout"])
    (added,) = person.network.outgoing["relu2"]
    assert person.network.by_id[added].layer.kind == "dropout"


def test_a_residual_block_is_dragged_onto_an_edge(person: Person, hands: Hands) -> None:
    assert hands.drop("block:residual", hands.edge("pool1", "fc1"))
    block = person.network.blocks[-1]
    assert (len(person.network.blocks), block.kind) == (3, "residual")
    assert person.network.main_input["fc1"] == block.nodes[-1]


def test_a_skip_is_drawn_from_the_green_ring(person: Person, hands: Hands) -> None:
    hands.drag(hands.ring("conv2"), hands.on("add1", 0.5, 0.5))
    made = person.network.skips[-1]
    assert (made.source, len(person.network.skips)) == ("relu2", 3)


def test_w_s_is_accepted_with_a_click(person: Person, hands: Hands) -> None:
    hands.drag(hands.ring("conv1"), hands.on("conv5"))
    callout = person.build.canvas.callout
    person.click(next(each for each in callout.buttons if each.text() == "Add W_s"))
    assert person.network.skips[-1].shortcut == "learned"


def test_the_kind_of_a_skip_is_clicked_at_its_pill(person: Person, hands: Hands) -> None:
    hands.click(point_on(hands, "skip1", Part.PILL))
    assert QApplication.focusWidget() is person.build.canvas.view, "a click takes no focus from the canvas"
    person.click(person.build.canvas.callout.buttons[2])
    assert person.network.skip("skip1").shortcut == "zero_pad"
    assert not person.build.canvas.callout.isVisible()


def test_a_skip_is_switched_at_its_eye_and_with_the_middle_button_on_the_arc(person: Person, hands: Hands) -> None:
    hands.click(point_on(hands, "skip1", Part.EYE))
    assert not person.network.skip("skip1").enabled
    hands.click(point_on(hands, "skip1", Part.ARC), MIDDLE)
    assert person.network.skip("skip1").enabled


def test_clicks_and_a_box_select(person: Person, hands: Hands) -> None:
    editor = person.bench.editor
    hands.click(hands.on("conv2"))
    assert editor.selection == ("conv2",)
    hands.click(hands.on("conv3"), modifiers=CTRL)
    assert editor.selection == ("conv2", "conv3")
    hands.drag(hands.on("pool1", -0.15, 1.3), hands.on("output", 0.5, 0.9))
    assert {"pool1", "fc1", "output"} <= set(editor.selection)
    assert "conv2" not in editor.selection


def test_a_double_click_on_a_card_leads_to_its_field(person: Person, hands: Hands) -> None:
    hands.click(hands.on("conv2"))
    QTest.mouseDClick(hands.viewport, LEFT, NONE, hands.on("conv2"))
    assert QApplication.focusWidget() is person.page().form.rows["filters"].field


def test_a_double_click_on_a_line_of_a_card_leads_to_the_field_of_that_line(person: Person, hands: Hands) -> None:
    def reached(right: float, down: float) -> QWidget | None:
        at = hands.on("conv2", right, down)
        hands.click(at)
        QTest.mouseDClick(hands.viewport, LEFT, NONE, at)
        return QApplication.focusWidget()

    hands.click(hands.on("conv2"))
    page = person.page()
    assert reached(0.3, 0.26) is page.form.rows["size"].field, "3x3 same"
    assert reached(0.15, 0.88) is page.start_form.rows["start"].field, "W"
    assert reached(0.85, 0.08) is person.page().form.rows["function"].field, "the sign of g"


def test_the_wheel_turns_a_field_only_when_it_has_the_focus(person: Person, hands: Hands) -> None:
    def filters() -> int:
        layer = person.network.by_id["conv5"].layer
        assert isinstance(layer, Conv2D)
        return layer.filters

    hands.click(hands.on("conv5"))
    field = person.field("filters")
    roll(field, 1)
    assert filters() == 16
    person.click(field)
    roll(field, 1)
    assert filters() == 17


def test_control_drag_duplicates(person: Person, hands: Hands) -> None:
    nodes = len(person.network.nodes)
    hands.drag(hands.on("conv2"), hands.on("conv2") + QPoint(0, 160), modifiers=CTRL)
    assert len(person.network.nodes) == nodes + 2, "the layer and its g"


def test_undo_and_redo_are_buttons_on_the_canvas(person: Person, hands: Hands) -> None:
    before = person.experiment
    hands.click(point_on(hands, "skip1", Part.EYE))
    after, toolbar = person.experiment, person.build.canvas.toolbar
    person.click(toolbar.undo)
    assert person.experiment == before
    person.click(toolbar.redo)
    assert person.experiment == after
    person.menu("Edit", "Undo: Skip connection off")
    assert person.experiment == before


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
def test_pan_zoom_and_fit(person: Person, hands: Hands, button: Qt.MouseButton) -> None:
    view, start = person.build.canvas.view, QPoint(300, 120)
    fitted = view.seen()
    hands.drag(start, start + QPoint(90, 30), button)
    assert view.seen().x < fitted.x
    assert view.seen().y < fitted.y
    zoom = view.zoom
    hands.wheel(start, 2)
    assert view.zoom > zoom
    person.click(person.build.canvas.toolbar.fit)
    assert view.seen() == pytest.approx(fitted)


def test_the_pace_is_chosen_in_the_transport(person: Person) -> None:
    pace = person.window.transport.pace
    person.click(pace)
    person.qtbot.waitUntil(pace.menu.isVisible, timeout=LONG)
    deed = next(each for each in pace.menu.actions() if "10 steps" in each.text())
    person.click(pace.menu, pace.menu.actionGeometry(deed).center())
    assert person.bench.run.pacing.pace == 10


def test_a_problem_is_gone_to_and_mended_with_clicks(person: Person, hands: Hands) -> None:
    broken = partial(set_setting, node_id="conv3", name="padding", value="valid")
    person.bench.editor.edit(sentence("Padding"), broken)
    hands.click(hands.on("input"))
    row = next(each for each in person.build.problems.rows if each.problem.severity == "error")
    person.click(row, QPoint(60, row.height() // 2))
    assert person.bench.editor.current == "conv3"
    row = next(each for each in person.build.problems.rows if each.problem.severity == "error")
    person.click(row.buttons[0])
    assert person.bench.report.ok


def test_training_is_started_and_paused_with_its_button(person: Person) -> None:
    run, button = person.bench.run, person.window.transport.train
    person.click(button)
    person.until(Phase.TRAINING)
    person.qtbot.waitUntil(lambda: run.step > 3 and button.text() == "Pause", timeout=LONG)
    person.click(button)
    person.until(Phase.PAUSED)
    assert QApplication.focusWidget() is person.window.train.canvas.view, "buttons leave the focus where it was"


def test_one_step_one_epoch_and_reset_are_buttons(person: Person) -> None:
    run, transport = person.bench.run, person.window.transport
    per_epoch = -(-person.bench.sizes[0] // person.experiment.training.batch_size)
    for button, step, phase in (
        (transport.step, 1, Phase.PAUSED),
        (transport.epoch, per_epoch, Phase.PAUSED),
        (transport.reset, 0, Phase.READY),
    ):
        person.click(button)
        person.qtbot.waitUntil(lambda step=step, phase=phase: (run.step, run.phase) == (step, phase), timeout=LONG)


def test_a_picture_is_enlarged_with_a_click(person: Person, watching: Hands) -> None:
    person.qtbot.waitUntil(lambda: bool(person.bench.run.newest and person.bench.run.newest.maps), timeout=LONG)
    person.window.train.draw_all()
    watching.click(watching.on("conv2", down=0.5))
    assert person.window.train.setup.picture.isVisible()


def test_lambda_is_dragged_and_one_drag_is_one_entry(person: Person, watching: Hands) -> None:
    assert watching.canvas.isVisible()
    slider, before = person.window.train.setup.lam.slider, person.experiment
    person.window.train.setup.ensureWidgetVisible(slider)
    start, end = (round(slider.x_of(slider.position_of(value))) for value in (0, 0.01))
    QTest.mousePress(slider, LEFT, NONE, QPoint(start, 12))
    for x in range(start, end, 9):
        QTest.mouseMove(slider, QPoint(x, 12))
    QTest.mouseMove(slider, QPoint(end, 12))
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(end, 12))
    assert person.experiment.training.l2 == pytest.approx(0.01, rel=0.1)
    person.click(person.window.train.canvas.toolbar.undo)
    assert person.experiment == before


def test_modes_theme_and_text_size_are_tabs_and_chips(person: Person) -> None:
    header = person.window.header
    person.click(header.modes.tabs["train"])
    assert person.window.mode is person.window.train
    person.click(header.modes.tabs["build"])
    assert person.window.mode is person.build
    person.click(header.theme)
    assert person.window.look.theme is DARK
    person.click(header.larger)
    assert person.window.strip.isVisible()


def test_help_is_in_its_menu(person: Person, hands: Hands) -> None:
    hands.click(hands.on("conv2"))
    person.menu("Help", "Help on this")
    assert person.build.inspector.note is not None


def test_leaving_the_canvas_with_the_mouse_leaves_no_mark(person: Person, hands: Hands) -> None:
    hands.move(hands.on("conv2"), Qt.MouseButton.NoButton, SHIFT)
    assert person.build.canvas.scene.pointing.hover
    QApplication.sendEvent(person.build.canvas.view, QEvent(QEvent.Type.Leave))
    assert not person.build.canvas.scene.pointing.hover
