"""The canvas as a widget: the view with its toolbar and minimap."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.view import View
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.theme import Look


class Canvas(QWidget):
    def __init__(self, editor: Editor, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene(editor, look, self)
        self.view = View(self.scene, self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.view)
        editor.changed.connect(lambda _c: self.scene.mirror())
        editor.selected.connect(self.scene.mark)
