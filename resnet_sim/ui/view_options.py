"""How the window looks, as people have chosen it and as it is remembered: theme, mathematics of the blocks."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QApplication

from resnet_sim.ui.actions import Actions
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.theme import THEMES, Look

THEME, MATHS = "theme", "maths"


class ViewOptions(QObject):
    """Joins the actions of the view menu, the chips of the header and what is remembered."""

    dressed = Signal()
    """There is another theme."""

    def __init__(
        self, look: Look, settings: QSettings, actions: Actions, header: Header, build: BuildMode, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._look, self._settings, self._actions, self._build = look, settings, actions, build
        actions["theme"].triggered.connect(self.switch_theme)
        header.theme_pressed.connect(self.switch_theme)
        actions["maths"].toggled.connect(self._show_maths)
        build.maths_wanted.connect(actions["maths"].toggle)

    def restore(self) -> None:
        """As it was when the window was closed; the theme as the system has it where nobody has chosen."""
        dark = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        of_system = THEMES["dark" if dark else "light"]
        self._look.use(THEMES.get(str(self._settings.value(THEME, "")), of_system))
        self._actions["maths"].setChecked(flag(self._settings, MATHS, True))
        self._show_maths(self._actions["maths"].isChecked())

    def switch_theme(self) -> None:
        """Light or dark, remembered."""
        self._look.use(self._look.other())
        self._settings.setValue(THEME, self._look.theme.name)
        self.dressed.emit()

    def _show_maths(self, shown: bool) -> None:
        self._build.maths.want(shown)
        self._build.maths_button.lit = shown
        self._build.maths_button.update()
        self._settings.setValue(MATHS, shown)


def flag(settings: QSettings, name: str, otherwise: bool) -> bool:
    """A switch as it is remembered; settings files keep words."""
    return str(settings.value(name, otherwise)).lower() == "true"
