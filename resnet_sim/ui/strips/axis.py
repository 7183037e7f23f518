"""The horizontal axis that strips share with the canvas: where on the strip the card of a part is."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QPointF, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from resnet_sim.ui.canvas.shapes import MEASURES
from resnet_sim.ui.canvas.view import View


class Axis(Protocol):
    """What a strip asks. All numbers are logical px of the strip, floats: a rounded one trembles while one zooms."""

    @property
    def mapped(self) -> SignalInstance:
        """Emitted when anything comes to stand elsewhere."""

    def place(self, part_id: str) -> float | None:
        """The middle of a part's card; None where it has none (inside a collapsed block)."""

    def pitch(self) -> float:
        """From one card to the next."""


class CanvasAxis(QObject):
    """The axis of a canvas, in the px of a strip that stands anywhere above or below it in the same window."""

    mapped = Signal()

    def __init__(self, view: View, strip: QWidget) -> None:
        super().__init__(strip)
        self._view, self._strip = view, strip
        view.mapped.connect(self.mapped)
        view.stage_scene.mirrored.connect(self.mapped)

    def place(self, part_id: str) -> float | None:
        """The very transform the card is painted with, and how far the two widgets stand apart."""
        scene = self._view.stage_scene
        if scene.plan.stands_for.get(part_id, part_id) in scene.collapsed:
            return None
        box = scene.plan.box(part_id)
        if box is None:
            return None
        shift = self._view.viewport().mapToGlobal(QPointF(0, 0)).x() - self._strip.mapToGlobal(QPointF(0, 0)).x()
        return self._view.viewportTransform().map(QPointF(box.middle, box.axis)).x() + shift

    def pitch(self) -> float:
        """At the level of detail that is shown."""
        return self._view.scale_now * MEASURES[self._view.stage_scene.detail].pitch
