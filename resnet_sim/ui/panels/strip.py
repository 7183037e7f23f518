"""The message strip above the transport: one at a time, closed with Esc, never a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui import icons
from resnet_sim.ui.panels.controls import Button
from resnet_sim.ui.theme import Look

_ = translator()


@dataclass(frozen=True)
class Choice:
    """A button on a strip: its words and what it does."""

    text: str
    act: Callable[[], None]


@dataclass(frozen=True)
class Message:
    """A message: kind (error, warning or info), one sentence, and at most two choices, the best first."""

    kind: str
    text: str
    choices: tuple[Choice, ...] = field(default=())


class Strip(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._kind = "info"
        self.text = QLabel("")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: list[Button] = []
        self.dismiss = Button(look, "", "close", height=28)
        self.dismiss.setFixedWidth(28)
        self.dismiss.setAccessibleName(_("Close the message"))
        self.dismiss.setToolTip(_("Close the message (Esc)"))
        self.dismiss.clicked.connect(self.close_message)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(48, 6, 14, 6)
        self._box.setSpacing(8)
        self._box.addWidget(self.text, 1)
        self._box.addWidget(self.dismiss)
        self.setMinimumHeight(44)
        self.setAccessibleName(_("Message"))
        self.hide()
        look.changed.connect(self.update)

    def show_message(self, message: Message) -> None:
        """Show a message instead of the one before, and say it aloud."""
        self._kind = message.kind
        self.text.setText(message.text)
        self.setAccessibleDescription(message.text)
        for button in self.buttons:
            self._box.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(choice, first=i == 0) for i, choice in enumerate(message.choices)]
        for i, button in enumerate(self.buttons):
            self._box.insertWidget(1 + i, button)
        self.show()
        self.update()
        self._listen(True)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, message.text))

    def close_message(self) -> None:
        """Nothing to say any more."""
        self._listen(False)
        self.hide()

    def _listen(self, listening: bool) -> None:
        """While there is a message, Esc closes it wherever the focus is."""
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        if listening:
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        inside = isinstance(watched, QWidget) and watched.window() is self.window()
        if event.key() != Qt.Key.Key_Escape or not inside or isinstance(watched, QLineEdit):
            return False
        self.close_message()
        return True

    def _button(self, choice: Choice, first: bool) -> Button:
        made = Button(self._look, choice.text, primary=first, height=30)

        def pressed() -> None:
            self.close_message()
            choice.act()

        made.clicked.connect(pressed)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        wrong = self._kind == "error"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.setPen(QPen(theme.color("err" if wrong else "border"), 1.2))
        painter.setBrush(theme.color("err_tint" if wrong else "canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(12.6, 3.6, -6.6, -3.6), 7, 7)
        color = theme.color("err_text" if wrong else "ink")
        icons.draw(painter, self._kind, 22, self.height() / 2 - 8, 16, color)
        painter.end()
