"""Steps a second: a number, and a triangle that offers help when they are fewer than two."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QVBoxLayout

from resnet_sim.assets import translator
from resnet_sim.ui import icons
from resnet_sim.ui.panels.controls import label, say
from resnet_sim.ui.theme import Look

_ = translator()

SIGN = 13


class SpeedChip(QAbstractButton):
    """Can be pressed only while it is slow. As large whether slow or not: nothing beside it moves."""

    def __init__(self, look: Look, number: QLabel) -> None:
        super().__init__()
        self._look, self._slow = look, False
        self._word = label(_("steps/s"), "micro")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addStretch(1)
        for each in (self._word, number):
            each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._box.addWidget(each)
        self._box.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        look.changed.connect(self.update)
        self.show_slow(False)

    def show_slow(self, slow: bool) -> None:
        """Fewer than two steps a second, or not."""
        self._slow = slow
        self.setEnabled(slow)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if slow else Qt.FocusPolicy.NoFocus)
        said = _("Fewer than two steps a second. Press to see what makes them faster.") if slow else ""
        say(self, _("Steps a second"))
        self.setToolTip(said)
        self.setAccessibleDescription(said)
        self.update()

    @property
    def slow(self) -> bool:
        """Whether the triangle is shown."""
        return self._slow

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._box.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._slow:
            painter = QPainter(self)
            x = self._word.x() + self._word.sizeHint().width() + 4
            middle = self._word.geometry().center().y()
            icons.draw(painter, "warning", x, middle - SIGN / 2, SIGN, self._look.theme.color("ink"))
            painter.end()
