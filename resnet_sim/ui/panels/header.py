"""The header: logo, menus, file name, and chips for device and theme."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QSizePolicy, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui import icons
from resnet_sim.ui.panels.controls import Chip, label, rule
from resnet_sim.ui.panels.mode_switch import ModeSwitch
from resnet_sim.ui.theme import Look

_ = translator()


class Logo(QWidget):
    """Three layers and an arc."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFixedSize(28, 24)
        self.setAccessibleName("ResNet Sim")
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        icons.logo(painter, 2, 3, 24, theme.color("ink"), theme.color("skip"), theme.color("panel"))
        painter.end()


class FileName(QLabel):
    """A name that shortens where it has no room, and is whole in its tool tip."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(min(60, self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        room = self.width()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()


class Header(QFrame):
    """Menus are filled by who has the actions."""

    theme_pressed = Signal()
    size_pressed = Signal()

    def __init__(self, look: Look, modes: tuple[tuple[str, str], ...]) -> None:
        """modes: (name, title) of each mode, in order."""
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName(_("Header"))
        self._look, self._speed = look, 0.0
        self.menus = QMenuBar()
        self.menus.setFixedHeight(28)
        self.menus.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.menus.setAccessibleName(_("Menu"))
        self.modes = ModeSwitch(look, modes)
        self.name, self.edited = FileName(), label("", "hint")
        self.name.setProperty("role", "strong")
        self.device = Chip(look, "", "chip", _("Device"), _("Where the network is computed."))
        self.larger = Chip(look, "AA", "", _("Text size"), _("How large everything is drawn"))
        self.theme = Chip(look, "", "moon", _("Theme"), _("Light or dark"))
        self.theme.setFixedWidth(36)
        divider = rule(vertical=True)
        divider.setFixedHeight(18)
        left, right = QWidget(), QWidget()
        for side in (left, right):
            side.setObjectName("plain")
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            inside = QHBoxLayout(side)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(8)
        box = left.layout()
        assert isinstance(box, QHBoxLayout)
        box.addWidget(Logo(look))
        box.addWidget(self.menus)
        for item in (divider, self.name, self.edited):
            box.addSpacing(4)
            box.addWidget(item)
        box.addStretch(1)
        self.chips = right.layout()
        assert isinstance(self.chips, QHBoxLayout)
        self.chips.addStretch(1)
        for chip in (self.device, self.larger, self.theme):
            self.chips.addWidget(chip)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(12, 0, 12, 0)
        whole.setSpacing(8)
        whole.addWidget(left, 1)  # as wide as the right side: the switch stands in the middle of the window
        whole.addWidget(self.modes)
        whole.addWidget(right, 1)
        self.setFixedHeight(44)
        self.theme.clicked.connect(self.theme_pressed)
        self.larger.clicked.connect(self.size_pressed)
        look.changed.connect(self._theme_changed)
        self.show_device("")

    def show_file(self, name: str, edited: bool) -> None:
        """The document's name, and whether it holds changes that are not on disk."""
        self.name.setText(name)
        self.name.setToolTip(name)
        self.edited.setText(_("edited") if edited else "")
        self.edited.setAccessibleName(_("Unsaved changes") if edited else _("No unsaved changes"))

    def show_device(self, text: str, speed: float = 0.0) -> None:
        """What computes, "" while it is starting; how fast, in steps per second, 0 if that is not known."""
        self._speed = speed or self._speed
        said = _("Where the network is computed. The choice stands under Setup in Train.")
        if self._speed:
            said = _("{device} Measured last: {speed:.0f} steps/s.").format(device=said, speed=self._speed)
        if said != self.device.toolTip():
            self.device.setToolTip(said)
            self.device.setAccessibleDescription(said)
        self.device.show_as(text or _("starting"), "chip")
        self.device.setAccessibleName(_("Device: {name}").format(name=text or _("starting")))

    def _theme_changed(self) -> None:
        self.theme.show_as("", "sun" if self._look.theme.dark else "moon")
        self.theme.setAccessibleName(_("Theme"))
