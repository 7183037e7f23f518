"""The canvas's axis: strips stand below their cards whatever is zoomed, panned, moved or folded."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from ui.strips.standing import record_of, residual

from resnet_sim.layers.base import DataShape
from resnet_sim.network.document import Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.notation import activation_places
from resnet_sim.network.templates import he_cifar
from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.view import View
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.strips.axis import CanvasAxis
from resnet_sim.ui.strips.gradient_strip import GradientStrip
from resnet_sim.ui.strips.places import Places
from resnet_sim.ui.theme import Look


@pytest.fixture
def column(qtbot: QtBot, look: Look) -> QWidget:
    """A canvas, and a strip below it that begins 30 px further to the right."""
    network = residual(3)
    made = QWidget()
    editor = Editor(made)
    editor.show(Document(Experiment(network, DataReference("digits-600"))), DataShape((8, 8, 1), 10, "classification"))
    view = View(Scene(editor, look, made), made)
    view.stage_scene.mirror()
    strip = GradientStrip(look)
    strip.follow(CanvasAxis(view, strip))
    strip.show_network(network)
    strip.show_record(record_of(network))
    box = QVBoxLayout(made)
    box.setContentsMargins(30, 0, 0, 0)
    box.setSpacing(0)
    box.addWidget(view)
    box.addWidget(strip)
    made.resize(1200, 500)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    view.fit()
    return made


def parts_of(column: QWidget) -> tuple[View, GradientStrip]:
    view, strip = column.findChild(View), column.findChild(GradientStrip)
    assert view is not None
    assert strip is not None
    return view, strip


def check_aligned(column: QWidget) -> None:
    view, strip = parts_of(column)
    for layer in strip.places.layers:
        box = view.stage_scene.plan.box(layer.id)
        assert box is not None
        x = strip.x_of(layer.id)
        assert x is not None
        on_screen = view.viewport().mapToGlobal(view.viewport_point(box.middle, box.axis)).x()
        assert strip.mapToGlobal(strip.rect().topLeft()).x() + x == pytest.approx(on_screen, abs=1.0)


def test_marks_stay_below_their_cards(qtbot: QtBot, column: QWidget) -> None:
    view, strip = parts_of(column)
    check_aligned(column)
    for zoom in (1.0, 0.75, 0.5, 0.2, 1.7):
        with qtbot.waitSignal(view.mapped):
            view.set_zoom(zoom)
        check_aligned(column)
        assert strip.pitch == pytest.approx(124 * zoom, rel=0.01)
    with qtbot.waitSignal(view.mapped):
        view.pan(-73, 0)
    check_aligned(column)
    column.resize(900, 500)
    check_aligned(column)


def test_layers_of_a_folded_block_have_no_place(qtbot: QtBot, column: QWidget) -> None:
    view, strip = parts_of(column)
    inside = [id for id in residual(3).blocks[1].nodes if id.startswith("fc")]
    view.stage_scene.collapse("block2", True)
    assert [strip.x_of(id) for id in inside] == [None, None]
    assert strip.x_of("fc1") is not None
    assert not strip.grab().isNull()
    view.stage_scene.collapse("block2", False)
    assert strip.x_of(inside[0]) is not None
    assert strip.x_of("nowhere") is None


def test_the_parts_of_a_blocks_gradient_stand_under_the_layer_that_gives_its_input() -> None:
    network = residual(2)
    places = Places.of(network)
    assert [each.number for each in places.layers] == [1, 2, 3, 4, 5, 6]
    assert [(each.id, each.number, each.under, each.layer) for each in places.blocks] == [
        ("block1", 1, "fc1", 1),
        ("block2", 2, "fc3", 3),
    ]


def test_shortcut_layers_have_no_number_of_their_own() -> None:
    network = he_cifar(1)
    places = Places.of(network)
    assert [each.id for each in places.layers] == list(activation_places(network))
    assert len(places.blocks) == 3
    assert Places.of(residual(0)).blocks == ()
