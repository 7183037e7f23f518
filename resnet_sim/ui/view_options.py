"""How the window looks, as people have chosen it and as it is remembered: theme, text size, maths, motion."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QStyle

from resnet_sim.assets import translator
from resnet_sim.ui import text_size
from resnet_sim.ui.actions import Actions
from resnet_sim.ui.modes.build import BuildMode
from resnet_sim.ui.modes.train import TrainMode
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.panels.strip import Choice, Message
from resnet_sim.ui.theme import THEMES, Look

_ = translator()

THEME, MATHS, REDUCED = "theme", "maths", "reduce_motion"
LEAST = (1120, 640)
"""The smallest window, in px at 100 %."""


class ViewOptions(QObject):
    """Joins the actions of the view menu, the chips of the header and what is remembered."""

    dressed = Signal()
    """There is another theme."""
    said = Signal(object)
    """A Message."""
    closing = Signal()
    """The program is to end, and to start again."""

    def __init__(
        self,
        look: Look,
        settings: QSettings,
        actions: Actions,
        header: Header,
        build: BuildMode,
        train: TrainMode,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._look, self._settings, self._actions, self._build = look, settings, actions, build
        self._canvases = build.canvas, train.canvas
        actions["theme"].triggered.connect(self.switch_theme)
        header.theme_pressed.connect(self.switch_theme)
        actions["maths"].toggled.connect(self._show_maths)
        actions["reduce_motion"].toggled.connect(self._reduce_motion)
        actions["text_size"].triggered.connect(self.next_size)
        header.size_pressed.connect(self.next_size)
        self.wants_new_start = False
        self._size = text_size.chosen(settings)
        build.maths_wanted.connect(actions["maths"].toggle)

    def restore(self) -> None:
        """As it was when the window was closed; theme and motion as the system has them where nobody has chosen."""
        dark = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        of_system = THEMES["dark" if dark else "light"]
        self._look.use(THEMES.get(str(self._settings.value(THEME, "")), of_system))
        self._actions["maths"].setChecked(flag(self._settings, MATHS, True))
        self._show_maths(self._actions["maths"].isChecked())
        self._actions["reduce_motion"].setChecked(flag(self._settings, REDUCED, still(QApplication.style())))

    def switch_theme(self) -> None:
        """Light or dark, remembered."""
        self._look.use(self._look.other())
        self._settings.setValue(THEME, self._look.theme.name)
        self.dressed.emit()

    def next_size(self, room: QSize | None = None) -> None:
        """The next text size that the screen has room for: told, remembered, and in force with the next start.

        room: that of the screen, as large as it is now.
        """
        if not isinstance(room, QSize):
            room = self._build.screen().availableSize()
        sizes = text_size.fitting(room, self._size, LEAST)
        before = text_size.chosen(self._settings)
        size = text_size.next_of(sizes, before)
        self._settings.setValue(text_size.KEPT, size)
        if size == before:
            self.said.emit(Message("info", _("This screen has no room for larger text: the window must fit on it.")))
        elif size == self._size:
            self.said.emit(Message("info", _("The text stays as large as it is.")))
        else:
            again = Choice(_("Start again now"), self._start_again)
            words = _("Text and everything else is drawn at {size} % from the next start on.").format(size=size)
            self.said.emit(Message("info", words, (again,)))

    def _start_again(self) -> None:
        self.wants_new_start = True
        self.closing.emit()

    def _reduce_motion(self, reduced: bool) -> None:
        for canvas in self._canvases:
            canvas.reduce_motion(reduced)
        if reduced is still(QApplication.style()):
            self._settings.remove(REDUCED)
        else:
            self._settings.setValue(REDUCED, reduced)

    def _show_maths(self, shown: bool) -> None:
        self._build.maths.want(shown)
        self._build.maths_button.lit = shown
        self._build.maths_button.update()
        self._settings.setValue(MATHS, shown)


def still(style: QStyle) -> bool:
    """Whether the system wants nothing to move, where it tells Qt so."""
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def flag(settings: QSettings, name: str, otherwise: bool) -> bool:
    """A switch as it is remembered; settings files keep words."""
    return str(settings.value(name, otherwise)).lower() == "true"
