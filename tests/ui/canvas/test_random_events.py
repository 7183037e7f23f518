"""Whatever mouse and keys do in whatever order: nothing raises, and the scene holds what the network holds."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from network.editing import check_whole
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from ui.canvas.hands import CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, Hands, assert_mirrored, two_blocks

from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import BLOCK_KINDS

MakeHands = Callable[..., Hands]
Key = Qt.Key
PLAIN = [getattr(Key, f"Key_{letter}") for letter in "CFGPANBSM123"] + [
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End,
    Key.Key_Return, Key.Key_Escape, Key.Key_Delete, Key.Key_F8,
]  # fmt: skip
WITH_CTRL = [getattr(Key, f"Key_{letter}") for letter in "ZZZDCVLA0"] + [Key.Key_Plus, Key.Key_Minus, Key.Key_Left]
MOST = 60
"""Nodes from which on the run undoes instead of growing."""


@contextmanager
def nothing_raised() -> Iterator[None]:
    """Exceptions in Qt's callbacks go to the hook: there must be none."""
    caught: list[BaseException] = []
    before = sys.excepthook
    sys.excepthook = lambda kind, value, trace: caught.append(value)
    try:
        yield
    finally:
        sys.excepthook = before
    if caught:
        raise caught[0]


class Person:
    """Does anything, by a seed."""

    def __init__(self, hands: Hands, seed: int) -> None:
        self.hands = hands
        self.any = random.Random(seed)
        self.names = [*layer_kinds(), *(f"block:{kind}" for kind in BLOCK_KINDS)]

    def somewhere(self) -> QPoint:
        hands, plan = self.hands, self.hands.canvas.scene.plan
        if plan.shapes and self.any.random() < 0.85:
            ids = [key for key in plan.shapes if isinstance(key, str)]
            id = self.any.choice(ids) if ids else ""
            box = plan.box(id)
            if box is not None:
                spot = self.any.choice(((0.5, 0.6), (1.0, 0.0), (1.02, 0.5), (-0.02, 0.5), (0.85, 0.08), (0.3, 0.03)))
                return hands.at(box.x + spot[0] * box.w, box.y + spot[1] * box.h)
        return QPoint(self.any.randrange(1600), self.any.randrange(800))

    def act(self) -> None:
        deeds: list[tuple[float, Callable[[], None]]] = [
            (4, self.type), (2, self.type_with_control), (3, self.click), (4, self.drag), (1, self.half_a_drag),
            (1, self.wheel), (1, self.drop), (0.4, self.double), (0.5, self.undo), (0.4, self.choose),
        ]  # fmt: skip
        if len(self.hands.network.nodes) > MOST:
            deeds = [(1, self.undo), (1, self.delete)]
        self.any.choices([deed for _weight, deed in deeds], [weight for weight, _deed in deeds])[0]()

    def type(self) -> None:
        modifiers = self.any.choice((NONE, NONE, NONE, SHIFT))
        self.hands.key(self.any.choice(PLAIN), modifiers=modifiers)

    def type_with_control(self) -> None:
        self.hands.key(self.any.choice(WITH_CTRL), modifiers=self.any.choice((CTRL, CTRL, CTRL | SHIFT)))

    def click(self) -> None:
        self.hands.click(self.somewhere(), self.any.choice((LEFT, LEFT, LEFT, MIDDLE)), self.any.choice((NONE, CTRL)))

    def drag(self) -> None:
        button = self.any.choice((LEFT, LEFT, LEFT, LEFT, RIGHT))
        self.hands.drag(self.somewhere(), self.somewhere(), button, self.any.choice((NONE, NONE, NONE, CTRL)))

    def half_a_drag(self) -> None:
        start = self.somewhere()
        self.hands.press(start)
        self.hands.move(start + QPoint(30, 20))
        self.hands.move(self.somewhere())
        self.any.choice((self.undo, self.type, lambda: self.hands.key(Key.Key_Escape)))()
        self.hands.move(self.somewhere())
        self.hands.release(self.somewhere())

    def wheel(self) -> None:
        self.hands.wheel(self.somewhere(), self.any.choice((-3, -1, 1, 3)), self.any.choice((CTRL, NONE, SHIFT)))

    def drop(self) -> None:
        self.hands.drop(self.any.choice(self.names), self.somewhere())

    def double(self) -> None:
        from PySide6.QtTest import QTest

        at = self.somewhere()
        QTest.mouseDClick(self.hands.viewport, LEFT, NONE, at)
        self.hands.release(at)

    def undo(self) -> None:
        self.any.choice((self.hands.editor.undo, self.hands.editor.undo, self.hands.editor.redo))()

    def delete(self) -> None:
        self.hands.key(Key.Key_A, modifiers=CTRL)
        self.hands.key(Key.Key_Delete)

    def choose(self) -> None:
        callout = self.hands.canvas.callout
        if callout.isVisible() and callout.buttons:
            self.any.choice(callout.buttons).click()


def live_through(hands: Hands, seed: int, events: int) -> None:
    person = Person(hands, seed)
    with nothing_raised():
        for k in range(events):
            person.act()
            check_whole(hands.network)
            if k % 10 == 0:
                QApplication.processEvents()
                if hands.canvas.scene.preview is None:
                    assert_mirrored(hands.canvas)
        hands.canvas.view.setFocus()
        hands.key(Key.Key_Escape, Key.Key_Escape)
        assert_mirrored(hands.canvas)
        document = hands.editor.document
        while document.undo():
            pass
        assert document.experiment.network == two_blocks()
        assert_mirrored(hands.canvas)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nothing_breaks_whatever_one_does(hands_on: MakeHands, seed: int) -> None:
    live_through(hands_on(two_blocks()), seed, 260)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 15))
def test_nothing_breaks_whatever_one_does_for_long(hands_on: MakeHands, seed: int) -> None:
    live_through(hands_on(two_blocks()), seed, 1000)
