"""Mouse and keyboard for the tests of the canvas, and the networks they work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from resnet_sim.layers.base import DataShape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network import edits
from resnet_sim.network.blocks import BlockSpec, insert_block
from resnet_sim.network.document import Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.skips import add_skip
from resnet_sim.network.templates import empty
from resnet_sim.ui.canvas.canvas import Canvas
from resnet_sim.ui.canvas.drops import MIME
from resnet_sim.ui.canvas.hits import ring_at
from resnet_sim.ui.canvas.shapes import EdgeShape
from resnet_sim.ui.editor import Editor

DIGITS = DataShape((8, 8, 1), 10, "classification")
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def two_blocks(padding: str = "same") -> Network:
    """conv1 relu1 | conv2 relu2 conv3 (+) | conv4 (stride 2, W_s) relu conv5 (+) | pool, fc1, softmax."""
    network = empty()
    for layer in (Conv2D(8), Activation()):
        network = edits.append(network, layer)
    network = insert_block(network, BlockSpec(layer="conv2d", width=8), after="relu1")
    wide = BlockSpec(layer="conv2d", width=16, stride=2, shortcut="learned")
    network = insert_block(network, wide, after=network.blocks[0].nodes[-1])
    network = edits.append(edits.append(network, AveragePool()), Dense(10))
    return edits.set_setting(network, "conv3", "padding", padding)


def chain(*widths: int) -> Network:
    """Convolutions with ReLU, one behind the other."""
    network = empty()
    for filters in widths:
        network = edits.append(edits.append(network, Conv2D(filters)), Activation())
    return edits.append(edits.append(network, AveragePool()), Dense(10))


def nested() -> Network:
    """Skip connections within and across each other."""
    network = chain(4, 4, 4, 4, 4)
    for source, target in (("relu1", "conv2"), ("relu1", "conv4"), ("relu2", "conv4"), ("relu2", "conv5")):
        network = add_skip(network, source, target)
    return network


def editor_of(network: Network) -> Editor:
    """An editor of that network on 8x8 digits."""
    made = Editor()
    made.show(Document(Experiment(network, DataReference("digits"))), DIGITS)
    return made


class Hands:
    """What a person does to a canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.editor = canvas.editor
        self.viewport = canvas.view.viewport()

    @property
    def network(self) -> Network:
        return self.editor.network

    # --- where ------------------------------------------------------------------------------------------------------

    def at(self, x: float, y: float) -> QPoint:
        return self.canvas.view.viewport_point(x, y)

    def on(self, id: str, right: float = 0.5, down: float = 0.72) -> QPoint:
        """A point on the item of an id; shares of its box."""
        box = self.canvas.scene.plan.box(id)
        assert box is not None, f"{id} is not on the canvas"
        return self.at(box.x + box.w * right, box.y + box.h * down)

    def ring(self, id: str) -> QPoint:
        box = self.canvas.scene.plan.box(id)
        assert box is not None
        x, y = ring_at(box)
        return self.at(x + 2, y - 2)

    def port(self, id: str, out: bool = True) -> QPoint:
        box = self.canvas.scene.plan.box(id)
        assert box is not None
        return self.at(box.right + 3 if out else box.x - 3, box.axis)

    def edge(self, source: str, target: str) -> QPoint:
        shape = self.canvas.scene.plan.shapes[Connection(source, target)]
        assert isinstance(shape, EdgeShape)
        return self.at((shape.x0 + shape.x1) / 2, (shape.y0 + shape.y1) / 2)

    # --- mouse ------------------------------------------------------------------------------------------------------

    def press(self, at: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.viewport, button, modifiers, at)

    def move(self, at: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        glob = QPointF(self.viewport.mapToGlobal(at))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), glob, none, button, modifiers)
        QApplication.sendEvent(self.viewport, event)

    def release(self, at: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.viewport, button, modifiers, at)

    def click(self, at: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.viewport, button, modifiers, at)

    def drag(
        self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE
    ) -> None:
        """Press, move over three points, let go."""
        self.press(start, button, modifiers)
        for share in (0.2, 0.6, 1.0):
            way = QPointF(start) + (QPointF(end) - QPointF(start)) * share
            self.move(way.toPoint(), button, modifiers)
        self.release(end, button, modifiers)

    def wheel(self, at: QPoint, steps: int, modifiers: Qt.KeyboardModifier = CTRL) -> None:
        glob = QPointF(self.viewport.mapToGlobal(at))
        phase = Qt.ScrollPhase.NoScrollPhase
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(QPointF(at), glob, QPoint(0, 0), QPoint(0, 120 * steps), none, modifiers, phase, False)
        QApplication.sendEvent(self.viewport, event)

    # --- keys, drops --------------------------------------------------------------------------------------------------

    def key(self, *keys: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        for key in keys:
            target = self.canvas.focusWidget() or self.canvas.view
            QTest.keyClick(target, key, modifiers)

    def drop(self, name: str, at: QPoint, mime: str = MIME) -> bool:
        """What Qt sends when something from the palette is dropped. Whether it was taken."""
        data = QMimeData()
        data.setData(mime, name.encode())
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(at, copy, data, LEFT, NONE)
        QApplication.sendEvent(self.viewport, enter)
        event = QDropEvent(QPointF(at), copy, data, LEFT, NONE)
        event.ignore()
        QApplication.sendEvent(self.viewport, event)
        return event.isAccepted()

    @contextmanager
    def one_step(self) -> Iterator[None]:
        """What happens inside is one entry of the history, and undo leads back to an equal document."""
        document = self.editor.document
        before, position = document.experiment, document.position
        yield
        after, selection = document.experiment, self.editor.selection
        assert document.position == position + 1, [str(each) for each in document.history[position:]]
        self.key(Qt.Key.Key_Z, modifiers=CTRL)
        assert document.experiment == before
        assert_mirrored(self.canvas)
        document.redo()
        assert document.experiment == after
        assert_mirrored(self.canvas)
        self.editor.select(*selection)


def assert_mirrored(canvas: Canvas) -> None:
    """The scene holds exactly what the network holds."""
    scene, network = canvas.scene, canvas.editor.network
    assert scene.preview is None
    assert scene.plan.ids | scene.collapsed == network.ids | scene.collapsed
    assert scene.keys == set(scene.plan.shapes)
    shown = {item for item in scene.items() if item.isVisible()}
    assert {scene.item(key) for key in scene.keys} | {scene.ghost} >= shown
