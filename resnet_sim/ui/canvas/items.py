"""What all items of the canvas share: each shows one shape of the plan, with one mark. Parts may stand in a corner."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsItem

from resnet_sim.ui.canvas.shapes import Mark, Shape
from resnet_sim.ui.canvas.symbols import Stage


class ShapeItem(QGraphicsItem):
    """The base. The mouse is answered by the view, which asks the plan what is where."""

    above: ClassVar[float] = 0.0
    """Items that are further above cover the others."""

    shown: Shape

    def __init__(self, stage: Stage, shape: Shape) -> None:
        super().__init__()
        self._stage = stage
        self.mark = Mark.NONE
        self.shown = shape
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(self.above)

    def show_shape(self, shape: Shape) -> bool:
        """Look like this from now on. False for a shape of another kind."""
        if type(shape) is not type(self.shown):
            return False
        if shape != self.shown:
            self._change(shape)
        self.shown = shape  # the very object of the plan: a mirror then sees at once that nothing is new
        return True

    def _change(self, shape: Shape) -> None:
        """Become another shape of the same kind."""
        self.prepareGeometryChange()
        self.shown = shape
        self.update()

    def set_mark(self, mark: Mark) -> None:
        """What the mouse and the keyboard do to it."""
        if mark != self.mark:
            self.mark = mark
            self.update()

    @property
    def _focus_pen(self) -> QPen:
        return QPen(self._stage.theme.color("ink"), 2.4, Qt.PenStyle.DashLine)
