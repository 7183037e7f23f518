"""The page of the keyboard shortcuts: every command with its keys, to be pressed anew."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QKeySequenceEdit, QScrollArea, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import Button, label, row, say
from resnet_sim.ui.prose import MathProse
from resnet_sim.ui.shortcuts import Shortcuts
from resnet_sim.ui.theme import Look

_ = translator()

FIELD_WIDTH, WORDS_WIDTH, COLUMNS = 130, 194, 3


class KeyField(QKeySequenceEdit):
    """Takes the next keys that are pressed. Esc leaves it, Tab goes on, Backspace takes the keys away."""

    left = Signal()
    taken = Signal(QKeySequence)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setMaximumSequenceLength(1)
        self.setFixedWidth(FIELD_WIDTH)
        say(self, name, _("Press the new keys. Backspace takes them away, Tab goes on, Esc closes the page."))
        self.editingFinished.connect(lambda: self.taken.emit(self.keySequence()))
        for inside in self.findChildren(QWidget):
            inside.setAccessibleName(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Backspace and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.taken.emit(QKeySequence())
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Tab)
        else:
            super().keyPressEvent(event)


class ShortcutPage(QWidget):
    """Stands where the mode stood. `done`: it was closed."""

    done = Signal()
    keys_words = _("Press the new keys for a command   Backspace takes them away   Tab next   Esc closes")
    """What the keys do here, for the status line."""

    def __init__(self, look: Look, shortcuts: Shortcuts) -> None:
        super().__init__()
        self._shortcuts = shortcuts
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Keyboard shortcuts"))
        self.fields: dict[str, KeyField] = {}
        self.message = MathProse(look, "", 13, "err", lines=1)
        self.close_button = Button(look, _("Close"), key=_("Esc"), primary=True)
        self.reset = Button(look, _("All as usual"))
        inside = QWidget()
        inside.setObjectName("panel")
        columns = [QGridLayout() for _k in range(COLUMNS)]
        self._fill(columns)
        across = QGridLayout(inside)
        across.setContentsMargins(24, 0, 24, 24)
        across.setHorizontalSpacing(32)
        for k, column in enumerate(columns):
            across.addLayout(column, 0, k, Qt.AlignmentFlag.AlignTop)
        across.setColumnStretch(COLUMNS, 1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setAccessibleName(_("Commands and their keys"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 16, 0, 0)
        box.setSpacing(8)
        head = row(
            label(_("Keyboard shortcuts"), "heading"), None, self.reset, self.close_button, margins=(24, 0, 24, 0)
        )
        said = _(
            "Click a field and press the new keys. Letters that change the network work while the canvas has the "
            "focus, those of a run everywhere but in a text field."
        )
        box.addWidget(head)
        box.addWidget(row(label(said, "small"), None, margins=(24, 0, 24, 0)))
        box.addWidget(row(self.message, margins=(24, 0, 24, 0)))
        box.addWidget(scroll, 1)
        self.close_button.clicked.connect(self.done)
        self.reset.clicked.connect(self._reset)
        shortcuts.changed.connect(self.refresh)
        self._say("")
        self.refresh()

    def _fill(self, columns: list[QGridLayout]) -> None:
        groups: dict[str, list[str]] = {}
        for command in self._shortcuts.commands.values():
            groups.setdefault(command.group, []).append(command.name)
        total, used = sum(len(names) + 2 for names in groups.values()), 0
        for group, names in groups.items():
            column = columns[min(COLUMNS - 1, used * COLUMNS // total)]
            used += len(names) + 2
            line = column.rowCount()
            column.setVerticalSpacing(4)
            heading = label(group, "strong")
            heading.setContentsMargins(0, 10, 0, 0)
            column.addWidget(heading, line, 0)
            for k, name in enumerate(names, line + 1):
                command = self._shortcuts.commands[name]
                words = label(command.words)
                words.setFixedWidth(WORDS_WIDTH)
                field = self.fields[name] = KeyField(command.words)
                field.taken.connect(partial(self._pressed, name))
                field.left.connect(self.done)
                column.addWidget(words, k, 0)
                column.addWidget(field, k, 1)

    def refresh(self) -> None:
        """Show the keys in force."""
        for name, field in self.fields.items():
            field.blockSignals(True)
            field.setKeySequence(QKeySequence(self._shortcuts.keys(name)))
            field.blockSignals(False)
        self.reset.setEnabled(not self._shortcuts.is_usual)

    def open(self) -> None:
        """Seen, with the first field ready."""
        self._say("")
        self.show()
        next(iter(self.fields.values())).setFocus(Qt.FocusReason.TabFocusReason)

    def _pressed(self, name: str, sequence: QKeySequence) -> None:
        problem = self._shortcuts.choose(name, sequence.toString(QKeySequence.SequenceFormat.PortableText))
        self._say(problem.render(_) if problem is not None else "")
        self.refresh()

    def _say(self, words: str) -> None:
        self.message.show_text(words)
        self.message.setAccessibleName(words or _("No key is wanted twice"))
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _reset(self) -> None:
        self._shortcuts.reset()
        self._say("")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit()
        else:
            super().keyPressEvent(event)
