"""Where the keyboard is: F6 from panel to panel, Esc back to the canvas, and the status line that says what keys do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.key_line import key_line
from resnet_sim.ui.modes.base import Mode, next_stop
from resnet_sim.ui.panels.header import Header
from resnet_sim.ui.panels.shortcut_page import ShortcutPage
from resnet_sim.ui.panels.status_line import StatusLine
from resnet_sim.ui.panels.strip import Strip
from resnet_sim.ui.panels.transport import Transport
from resnet_sim.ui.workbench import Workbench

_ = translator()


class FocusDesk(QObject):
    """Asks the mode that is shown where the focus may go, and what the keys do there."""

    def __init__(
        self,
        bench: Workbench,
        mode: Callable[[], Mode],
        around: tuple[Header, Transport, Strip, StatusLine],
        page: ShortcutPage,
        parent: QObject,
    ) -> None:
        """around: what stands around every mode. page: what may stand in place of one."""
        super().__init__(parent)
        self._bench, self._mode, self._page = bench, mode, page
        self._header, self._transport, self._strip, self._status = around
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._follows = app.focusChanged.connect(self.say_keys)

    def close(self) -> None:
        """The window is left: the focus still moves while its panels go, one after the other."""
        QObject.disconnect(self._follows)

    def next_panel(self) -> None:
        """F6: the panels of the mode, transport, header, and round again."""
        around = [(self._transport, self._transport.train), (self._header, self._header.device)]
        stop = next_stop([*self._mode().stops(), *around], QApplication.focusWidget())
        if stop is not None:
            stop.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> None:
        """Esc that nothing else took: close the message, else back to the canvas."""
        if self._strip.isVisible():
            self._strip.close_message()
        else:
            self._mode().home().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def say_keys(self, *_widgets: QWidget | None) -> None:
        """The status line: what the keys do where the focus is."""
        mode, focus = self._mode(), QApplication.focusWidget()
        text = self._page.keys_words if self._page.isVisible() else mode.keys(focus)
        if not text and mode.shows_run and self._bench.why_not:
            text = self._bench.why_not
        elif not text and focus is not None and focus.inherits("QLineEdit"):
            text = _("↑ ↓ change the number   Enter takes it   Esc leaves it as it was")
        elif not text:
            panel = (mode.in_force.get("next_panel", ""), _("next panel"))
            text = key_line((_("Space"), _("presses the button that has the focus")), ("Tab", _("next")), panel)
        self._status.keys.setText(text)
