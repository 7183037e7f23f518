"""A note of help at the top of the inspector: a title and lines, closed with its button or F1."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import Button, row, say
from resnet_sim.ui.prose import MathProse, plain
from resnet_sim.ui.theme import Look

_ = translator()


class HelpNote(QFrame):
    """Shows lines, the first as its title; maths stands between dollar signs."""

    def __init__(self, look: Look, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.lines = lines
        self.setObjectName("box")
        self.close_button = Button(look, "", "close", height=26)
        self.close_button.setFixedWidth(26)
        say(self.close_button, _("Close the help"), _("Close the help (F1)"))
        title = MathProse(look, lines[0], 13, weight=600)
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 6, 8, 10)
        box.setSpacing(4)
        box.addWidget(row(title, self.close_button))
        for each in lines[1:]:
            box.addWidget(MathProse(look, each, 12, "ink2"))
        self.setAccessibleName(_("Help"))
        self.setAccessibleDescription(" ".join(map(plain, lines)))
