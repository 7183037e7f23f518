"""The pictures of the live canvas: of the chosen example, at once also while paused, and only of what is seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from ui.canvas.hands import Hands
from ui.person import CTRL, LONG, Key, Person

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.training import TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import identity_stack
from resnet_sim.ui.app import EXAMPLE, path_of
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.shapes import Detail
from resnet_sim.ui.live_cards import LiveCards
from resnet_sim.ui.live_pictures import picture
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.theme import Look

DIGITS = data_set(DataReference("digits")).load()


@pytest.fixture
def person(qtbot: QtBot, window: MainWindow) -> Person:
    window.show_mode("train")
    return Person(qtbot, window)


def cards(person: Person) -> LiveCards:
    return person.window.train.cards


def shown(person: Person, id: str) -> QImage:
    """The picture on a card."""
    item = person.window.train.canvas.scene.item(id)
    assert isinstance(item, CardItem)
    live = item.live
    assert live is not None
    assert live.picture is not None
    return live.picture


def sees(person: Person, row: int) -> None:
    """Wait until the pictures are those of an example of the training set."""
    wanted = picture(DIGITS.train_x[row].transpose(2, 0, 1), person.window.look.theme)
    person.qtbot.waitUntil(lambda: shown(person, "input") == wanted, timeout=LONG)


def test_another_example_is_chosen_with_mouse_and_keys_and_seen_at_once(person: Person) -> None:
    chooser = cards(person).chooser
    sees(person, 0)
    before = shown(person, "conv1")
    person.click(chooser.on)
    sees(person, 1)
    assert shown(person, "conv1") != before
    assert chooser.field.text() == "2"
    person.key(Key.Key_X)
    sees(person, 2)
    person.key(Key.Key_X, modifiers=Qt.KeyboardModifier.ShiftModifier)
    sees(person, 1)
    person.click(chooser.back)
    person.click(chooser.back)
    sees(person, len(DIGITS.train_x) - 1)
    person.click(chooser.field)
    person.write("100")
    person.key(Key.Key_Return)
    sees(person, 99)
    person.click(chooser.any)
    assert chooser.row != 99
    sees(person, chooser.row)
    assert person.bench.run.step == 0
    assert person.bench.run.phase is Phase.READY


def test_the_chooser_says_the_label_and_what_the_network_answers(person: Person) -> None:
    chooser = cards(person).chooser
    run = TrainingRun(person.experiment, DIGITS)
    for row in (3, 4):
        chooser.choose(row)
        yhat = run.predict(DIGITS.train_x[row : row + 1].astype("float32"))[0]
        label, best = int(DIGITS.train_y[row].argmax()), int(yhat.argmax())
        wanted = rf"label {label}, $\act{{\hat{{y}}}}$: {best} at {100 * yhat[best]:.0f} %"
        person.qtbot.waitUntil(lambda wanted=wanted: chooser.answer.words == wanted, timeout=LONG)


def test_before_the_first_step_the_pictures_are_a_preview(person: Person) -> None:
    def word() -> str:
        return next(each.text() for each in cards(person).chooser.findChildren(QLabel) if each.text())

    assert word() == "Preview"
    person.key(Key.Key_Period)
    person.qtbot.waitUntil(lambda: person.bench.run.phase is Phase.PAUSED, timeout=LONG)
    assert word() == "Example"
    person.key(Key.Key_R)
    person.until(Phase.READY)
    assert word() == "Preview"


def test_no_other_number_moves_when_another_example_is_shown(person: Person) -> None:
    person.key(Key.Key_Period)
    person.qtbot.waitUntil(lambda: person.bench.run.step == 1 and not person.bench.training, timeout=LONG)
    sees(person, 0)
    before = {name: person.bench.run.record.last(name) for name in person.bench.run.record.series}
    person.key(Key.Key_X)
    sees(person, 1)
    assert {name: person.bench.run.record.last(name) for name in person.bench.run.record.series} == before


def test_a_wrong_number_chooses_nothing(person: Person) -> None:
    chooser = cards(person).chooser
    for text in ("0", "99999", "x"):
        person.click(chooser.field)
        person.write(text)
        person.key(Key.Key_Return)
        assert chooser.row == 0
        person.key(Key.Key_Escape)
    assert chooser.field.text() == "1"


def test_data_without_classes_have_no_label(person: Person) -> None:
    person.bench.show_new(Experiment(identity_stack(1), DataReference("identity-vectors")))
    person.until(Phase.READY)
    person.qtbot.waitUntil(lambda: cards(person).chooser.answer.words == "", timeout=LONG)
    assert cards(person).chooser.isEnabled()


def test_only_pictures_that_can_be_seen_are_asked_for(person: Person) -> None:
    view, scene = person.window.train.canvas.view, person.window.train.canvas.scene

    def pictured() -> set[str]:
        newest = person.bench.run.newest
        return set(newest.maps) if newest is not None else set()

    person.qtbot.waitUntil(lambda: {"input", "conv1", "fc1", "output"} <= pictured(), timeout=LONG)
    view.set_zoom(3.0)
    view.centre_on(0, 0)
    person.qtbot.waitUntil(lambda: "input" in pictured() and "fc1" not in pictured(), timeout=LONG)
    view.set_zoom(0.2)
    assert scene.detail is Detail.TINY
    person.qtbot.waitUntil(lambda: pictured() == {"output"}, timeout=LONG)


def test_fifty_six_layers_are_alive_when_all_of_them_are_in_sight(person: Person) -> None:
    assert person.bench.open(path_of(EXAMPLE + "digits-mlp-residual-56"))
    person.until(Phase.READY)
    scene = person.window.train.canvas.scene
    assert scene.detail is Detail.TINY
    layers = [layer.id for layer in person.bench.layers]
    assert len(layers) == 56

    def heights() -> list[tuple[int, int]]:
        items = [scene.item(id) for id in layers]
        return [each.bars[:2] for each in items if isinstance(each, CardItem) and each.bars is not None]

    person.qtbot.waitUntil(lambda: len(heights()) == 56, timeout=LONG)
    start = heights()
    assert max(forward for forward, _back in start) == 64
    record = person.bench.run.record
    sizes = np.array([record.last(f"activation_norm/{id}") for id in layers], float)
    sizes /= [math.sqrt(math.prod(person.bench.report.shapes[id])) for id in layers]  # root mean square of the values
    assert [forward for forward, _back in start] == [int(np.ceil(64 * each)) for each in sizes / sizes.max()]
    person.key(Key.Key_Space)
    person.qtbot.waitUntil(lambda: heights() != start, timeout=LONG)
    person.key(Key.Key_Space)
    person.until(Phase.PAUSED)


@pytest.mark.parametrize("width", [1120, 1280, 1440])
def test_the_chooser_leaves_room_to_the_tools_of_the_canvas(person: Person, width: int) -> None:
    window = person.window
    window.resize(width, 720)
    person.qtbot.waitUntil(lambda: window.train.width() == width, timeout=LONG)
    chooser, tools = cards(person).chooser, window.train.canvas.toolbar
    person.qtbot.waitUntil(lambda: chooser.answer.words.startswith("label"), timeout=LONG)
    assert not chooser.geometry().intersects(tools.geometry())
    assert chooser.geometry().right() < window.train.canvas.width()
    for each in (chooser.field, chooser.back, chooser.on, chooser.any):
        assert each.isVisible()
        assert each.width() >= each.minimumWidth()
    assert chooser.toolTip().startswith("label")


def cells(image: QImage) -> list[list[str]]:
    return [[image.pixelColor(x, y).name().upper() for x in range(image.width())] for y in range(image.height())]


def test_the_last_cell_of_a_convolution_shows_a_filter_of_w(look: Look) -> None:
    theme = look.theme
    channels = np.ones((16, 8, 8), np.float32)
    W = np.array([[1, 0, -1], [0, 1, 0], [0, 0, 0]], np.float32)
    plain, found = cells(picture(channels, theme)), cells(picture(channels, theme, W))
    assert (len(found), len(found[0])) == (26, 26)
    assert [row[:17] for row in found] == [row[:17] for row in plain], "eight channels as before"
    last = [row[18:] for row in found[18:]]
    assert last[1][1:7] == [theme.wt] * 2 + [theme.card] * 2 + [theme.ink] * 2  # 3x3, twice as large, in the middle
    assert last[3][1:7] == [theme.card] * 2 + [theme.wt] * 2 + [theme.card] * 2
    assert {*last[0], *last[7], *last[5]} == {theme.card}


@pytest.mark.parametrize(("channels", "size"), [(1, (17, 8)), (4, (26, 17)), (8, (26, 26))])
def test_a_filter_has_a_cell_beside_few_channels(look: Look, channels: int, size: tuple[int, int]) -> None:
    image = picture(np.ones((channels, 8, 8), np.float32), look.theme, np.ones((3, 3), np.float32))
    assert (image.width(), image.height()) == size


def test_a_filter_that_has_no_room_in_a_cell_leaves_it_to_a_channel(look: Look) -> None:
    channels = np.arange(9 * 4, dtype=np.float32).reshape(9, 2, 2)
    assert picture(channels, look.theme, np.ones((3, 3), np.float32)) == picture(channels, look.theme)
    bars = np.arange(5, dtype=np.float32)
    assert picture(bars, look.theme, np.ones((3, 3), np.float32)) == picture(bars, look.theme), "rows of other units"


def test_a_dense_layer_shows_w_beside_its_bars_row_by_row(look: Look) -> None:
    theme = look.theme
    W = np.array([[1, -1], [0, 1], [0, 0]], np.float32)
    found = cells(picture(np.array([1, -0.5, 0], np.float32), theme, W))
    assert [row[:13] for row in found[::2]] == [
        [theme.act] * 13,
        [theme.ink] * 6 + [theme.card] * 7,
        [theme.card] * 13,
    ]
    assert [row[14:] for row in found] == [
        *[[theme.wt] * 6 + [theme.ink] * 6] * 2,
        *[[theme.card] * 6 + [theme.wt] * 6] * 2,
        *[[theme.card] * 12] * 2,
    ]


def test_a_filter_that_is_0_or_no_number_is_drawn_as_0(look: Look) -> None:
    for value in (0.0, math.nan):
        image = picture(np.zeros((8, 8, 8), np.float32), look.theme, np.full((3, 3), value, np.float32))
        assert {name for row in cells(image) for name in row} == {look.theme.card}


def test_a_card_with_room_shows_a_little_of_w_of_this_step(person: Person) -> None:
    canvas = person.window.train.canvas
    sees(person, 0)
    assert canvas.scene.detail is Detail.MID
    hands = Hands(canvas)
    hands.move(hands.on("conv1"), Qt.MouseButton.NoButton)
    assert "purple" not in hands.viewport.toolTip()
    person.window.actions_["layers"].trigger()
    person.key(Key.Key_0, modifiers=CTRL)
    assert canvas.scene.detail is not Detail.MID
    hands.move(hands.on("conv1"), Qt.MouseButton.NoButton)
    newest = person.bench.run.newest
    assert newest is not None
    assert set(newest.weights) == {node.id for node in person.network.nodes if node.layer.weighted}
    start = newest.weights["conv1"].array()
    wanted = picture(newest.maps["conv1"].array(), person.window.look.theme, start)
    person.qtbot.waitUntil(lambda: shown(person, "conv1") == wanted, timeout=LONG)
    assert "one filter of W" in hands.viewport.toolTip()
    hands.move(hands.on("fc1"), Qt.MouseButton.NoButton)
    assert "purple: W, thinned" in hands.viewport.toolTip()
    hands.move(hands.on("output"), Qt.MouseButton.NoButton)
    assert "purple" not in hands.viewport.toolTip()
    person.key(Key.Key_Period)
    person.qtbot.waitUntil(lambda: person.bench.run.step == 1 and not person.bench.training, timeout=LONG)
    after = person.bench.run.newest
    assert after is not None
    assert not np.array_equal(after.weights["conv1"].array(), start)
