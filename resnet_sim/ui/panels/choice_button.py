"""A button that says which of a few things holds, and opens a menu of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QPainter
from PySide6.QtWidgets import QMenu

from resnet_sim.ui import kind_icons
from resnet_sim.ui.panels.controls import Button, say
from resnet_sim.ui.theme import Look, metrics

ARROW = 18
"""Room for the arrow."""


class ChoiceButton(Button):
    """`chosen` carries the value picked from the menu. As wide as the longest of its words: nothing beside it moves."""

    chosen = Signal(str)

    def __init__(
        self, look: Look, name: str, description: str, choices: Iterable[tuple[str, str, str]], height: int = 32
    ) -> None:
        """choices: (value, words in the menu, words on the button)."""
        super().__init__(look, "", height=height)
        self._name = name
        self._faces: dict[str, str] = {}
        self._deeds: dict[str, QAction] = {}
        self.menu = QMenu(self)
        self.menu.setAccessibleName(name)
        group = QActionGroup(self.menu)
        for value, words, face in choices:
            self._faces[value] = face
            deed = self._deeds[value] = self.menu.addAction(words)
            deed.setCheckable(True)
            group.addAction(deed)
            deed.triggered.connect(lambda _on=False, value=value: self.chosen.emit(value))
        say(self, name, description)
        self.clicked.connect(self.open)

    def show_value(self, value: str) -> None:
        """Which of them holds."""
        self._deeds[value].setChecked(True)
        if self.text() != self._faces[value]:
            self.show_as(self._faces[value], "")
            self.setAccessibleName(f"{self._name}: {self._faces[value]}")

    def open(self) -> None:
        """Show the menu above the button, on what holds."""
        size = self.menu.sizeHint()
        above = QPoint(0, -size.height() - 2)
        self.menu.popup(self.mapToGlobal(above))
        held = next((deed for deed in self._deeds.values() if deed.isChecked()), None)
        if held is not None:
            self.menu.setActiveAction(held)

    def sizeHint(self) -> QSize:  # noqa: N802
        widest = max((metrics(13, self._weight).horizontalAdvance(face) for face in self._faces.values()), default=0.0)
        return QSize(round(widest) + 22 + ARROW, self._height)

    def _paint_face(self, painter: QPainter, ink: QColor) -> None:
        super()._paint_face(painter, ink)
        kind_icons.draw(painter, "more", self.width() - ARROW - 6, self.height() / 2 - 8, 16, ink)
