"""The problems of the network: each with its place, its sentence and the buttons that mend it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.network.problems import Fix, Problem
from resnet_sim.ui import icons
from resnet_sim.ui.canvas.trouble import places
from resnet_sim.ui.course_words import place_words
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import Button, label, say
from resnet_sim.ui.panels.inspector_parts import empty
from resnet_sim.ui.prose import MathProse, plain
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()

PLACE_WIDTH = 144
HEIGHT, COMPACT_HEIGHT = 96, 36


class Count(QWidget):
    """A sign and how many there are of it."""

    def __init__(self, look: Look, icon: str) -> None:
        super().__init__()
        self._look, self._icon, self._text = look, icon, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    @property
    def text(self) -> str:
        """1 error."""
        return self._text

    def show_count(self, text: str) -> None:
        """Show another count; "" hides it."""
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(metrics(12).horizontalAdvance(self._text)) + 22, 20)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        role = "err" if self._icon == "error" else "ink2"
        icons.draw(painter, self._icon, 0, 3, 14, theme.text(role))
        painter.setPen(theme.text(role))
        painter.setFont(font(12))
        painter.drawText(QPointF(20, 14.4), self._text)
        painter.end()


class ProblemRow(QFrame):
    """One problem. A click, Enter or Space goes to its place; its buttons mend it."""

    chosen = Signal()

    def __init__(
        self, look: Look, problem: Problem, place: str, dark: bool, act: Callable[[Fix], None], most: int = 3
    ) -> None:
        """dark: the first fix is the one to press."""
        super().__init__()
        self._look, self.problem, self._wrong = look, problem, problem.severity == "error"
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        said = problem.sentence.render(_)
        words = _("Error. {place}: {sentence}") if self._wrong else _("Note. {place}: {sentence}")
        words = words.format(place=place, sentence=plain(said))
        say(self, words)
        self.setAccessibleDescription(_("Enter goes there, Tab reaches the buttons that mend it."))
        self.place = MathProse(look, place, 13, "ink", 600, lines=1)
        self.place.setFixedWidth(PLACE_WIDTH)
        self.place.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.sentence = MathProse(look, said, 13)
        self.buttons: list[Button] = []
        box = QHBoxLayout(self)
        box.setContentsMargins(36, 3, 12, 3)
        box.setSpacing(8)
        box.addWidget(self.place)
        box.addWidget(self.sentence, 1)
        for i, fix in enumerate(problem.fixes[:most]):
            button = Button(look, fix.label.render(_), primary=dark and i == 0, height=26)
            button.setAccessibleDescription(words)
            button.clicked.connect(lambda _on=False, i=i: act(self.problem.fixes[i]))
            self.buttons.append(button)
            box.addWidget(button)
        look.changed.connect(self.update)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(theme.pen("ink", 1.5, Qt.PenStyle.DashLine) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("select"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 6, 6)
        colour = theme.text("err" if self._wrong else "ink2")
        icons.draw(painter, "error" if self._wrong else "info", 12, self.height() / 2 - 8, 16, colour)
        painter.end()


class Problems(QWidget):
    """The list. `done`: Esc was pressed, the canvas takes the focus."""

    done = Signal()

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self._editor, self._look, self._compact = editor, look, False
        self._known: frozenset[tuple[str, str]] | None = None
        self._drawn: object = None
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Problems"))
        self.errors, self.notes = Count(look, "error"), Count(look, "info")
        self.fine = Count(look, "tick")
        self.rows: list[ProblemRow] = []
        self.head = QWidget()
        self.head.setObjectName("plain")
        head = QHBoxLayout(self.head)
        head.setContentsMargins(12, 8, 12, 2)
        head.setSpacing(16)
        for part in (label(_("Problems"), "strong"), self.errors, self.notes, self.fine):
            head.addWidget(part)
        head.addStretch(1)
        inside = QWidget()
        inside.setObjectName("panel")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 6)
        self._list.setSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(_("Problems"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.head)
        box.addWidget(self._scroll, 1)
        editor.changed.connect(self._changed)

    def set_compact(self, compact: bool) -> None:
        """One line: the worst problem and its best fix."""
        if compact != self._compact:
            self._compact = compact
            self.head.setVisible(not compact)
            self._list.setContentsMargins(0, 0, 0, 0 if compact else 6)
            never, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
            self._scroll.setVerticalScrollBarPolicy(never if compact else needed)
            self.setMaximumHeight(COMPACT_HEIGHT if compact else 16_777_215)
            self._drawn = None
            self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, COMPACT_HEIGHT if self._compact else HEIGHT)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if self.rows:
            self.rows[0].setFocus(Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def refresh(self) -> None:
        """Show the problems as they are now, and say new errors aloud."""
        report = self._editor.report
        errors, notes = len(report.errors), len(report.notes)
        self.errors.show_count(_counted(errors, _("1 error"), _("{n} errors")))
        self.notes.show_count(_counted(notes, _("1 note"), _("{n} notes")))
        self.fine.show_count("" if errors else _("the network can be trained") if notes else self._all_well())
        drawn = (*map(self._looks, report.problems), self._compact)
        if drawn == self._drawn:
            for row, problem in zip(self.rows, self._shown(), strict=True):
                row.problem = problem  # its fixes are edits of the network as it is now
        else:
            self._drawn = drawn
            focused = any(row.hasFocus() or row.isAncestorOf(self.focusWidget()) for row in self.rows)
            self._draw()
            if focused and self.rows:
                self.rows[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self._announce()

    def _looks(self, problem: Problem) -> tuple[object, ...]:
        """What of a problem can be seen."""
        place = place_words(self._editor.network, self._editor.report.numbers, self.place_of(problem))
        return (problem.severity, place, problem.sentence, tuple(fix.label for fix in problem.fixes))

    def _shown(self) -> list[Problem]:
        worst = self.worst()
        if self._compact:
            return [worst] if worst is not None else []
        return [*self._editor.report.errors, *self._editor.report.notes]

    def _draw(self) -> None:
        report, network = self._editor.report, self._editor.network
        empty(self._list)
        self.rows = []
        for i, problem in enumerate(self._shown()):
            place = place_words(network, report.numbers, self.place_of(problem))
            dark = i == 0 and problem.severity == "error"
            row = ProblemRow(self._look, problem, place, dark, self.fix, most=1 if self._compact else 3)
            row.chosen.connect(lambda row=row: self.go_to(row.problem))
            self.rows.append(row)
            self._list.addWidget(row)
        if self._compact and not self.rows:
            self._list.addWidget(
                MathProse(
                    self._look, sentence("Problems: {words}", words=self._all_well()).render(_), 13, "ink2", lines=1
                )
            )
        self._list.addStretch(1)

    def _all_well(self) -> str:
        if self._editor.data is None:
            return _("none seen; sizes are not known without a data set")
        return _("none: the network can be trained")

    def worst(self) -> Problem | None:
        """The first error, else the first note."""
        return next(iter((*self._editor.report.errors, *self._editor.report.notes)), None)

    def place_of(self, problem: Problem) -> str:
        """The id one selects to be at a problem: the layer that its best fix changes, else its place."""
        known = self._editor.network.ids
        return next((id for id in places(self._editor.network, problem) if id in known), "")

    def go_to(self, problem: Problem) -> None:
        """Select the place of a problem."""
        place = self.place_of(problem)
        self._editor.select(*([place] if place else []))

    def fix(self, fix: Fix) -> None:
        """Make a fix, as one step that can be undone."""
        self._editor.edit(fix.label, fix.edit)

    def _changed(self, change: object) -> None:
        if change is None:
            self._known = None  # another document: its errors were there before
        self.refresh()

    def _announce(self) -> None:
        found = {(each.place, each.sentence.render(_)): each for each in self._editor.report.errors}
        before, self._known = self._known, frozenset(found)
        if before is None:
            return
        for key in found.keys() - before:
            text = sentence("Error: {sentence}", sentence=plain(key[1])).render(_)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))


def _counted(n: int, one: str, several: str) -> str:
    return "" if n == 0 else one if n == 1 else several.format(n=n)
