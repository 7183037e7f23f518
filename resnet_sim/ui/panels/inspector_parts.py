"""What the pages of the inspector are made of: title, formulas, error box, table of facts, keys and badges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.network.problems import Fix, Problem
from resnet_sim.ui import formula, icons
from resnet_sim.ui.course_words import Said, spoken
from resnet_sim.ui.formula import MathLabel
from resnet_sim.ui.panels.controls import Button
from resnet_sim.ui.prose import MathProse, draw_line, line_width, plain
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()

FORMULA_PX, SMALLEST_PX = 16, 13
ROW = 24


def empty(box: QVBoxLayout | QHBoxLayout) -> None:
    """Take everything out of a layout; the widgets go when the present event is over."""
    while (item := box.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def column(owner: QWidget, spacing: int = 4, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical layout on `owner`."""
    box = QVBoxLayout(owner)
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    return box


class KeyCap(QWidget):
    """The name of a key on a small cap."""

    def __init__(self, look: Look, key: str) -> None:
        super().__init__()
        self._look, self._key = look, key
        self.setAccessibleName(_("Key {key}").format(key=key))
        self.setFixedSize(round(metrics(11).horizontalAdvance(key)) + 12, 20)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(theme.color("ink"))
        painter.setFont(font(11))
        painter.drawText(QPointF(6, 14), self._key)
        painter.end()


class Badge(QWidget):
    """How many errors there are here; hidden without any."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._text = look, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()
        look.changed.connect(self.update)

    def show_count(self, count: int) -> None:
        """Show another count."""
        self._text = _("1 error") if count == 1 else _("{n} errors").format(n=count)
        self.setAccessibleName(self._text)
        self.setVisible(count > 0)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(metrics(12, 500).horizontalAdvance(self._text)) + 38, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("err"), 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 6, 6)
        icons.draw(painter, "error", 9, 5, 14, theme.text("err"))
        painter.setPen(theme.text("err"))
        painter.setFont(font(12, 500))
        painter.drawText(QPointF(28, 16.4), self._text)
        painter.end()


class Head(QWidget):
    """The title of a page with its errors, and a line below it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.title = MathProse(look, "", 15, weight=600)
        self.badge = Badge(look)
        self.under = MathProse(look, "", 12, "ink2")
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.title, 1)
        line.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        box = column(self, 2)
        box.addLayout(line)
        box.addWidget(self.under)

    def show_words(self, title: str, under: str = "", errors: int = 0) -> None:
        """Show another title."""
        self.title.show_text(title)
        self.under.show_text(under)
        self.under.setVisible(bool(under))
        self.badge.show_count(errors)
        self.setAccessibleName(plain(title))


class FormulaCard(QFrame):
    """Formulas, large enough to read, and a sentence; hidden when there is nothing to say."""

    def __init__(self, look: Look, width: int) -> None:
        super().__init__()
        self._look, self._width = look, width - 24
        self._said: Said | None = None
        self.setObjectName("box")
        self.setAccessibleName(_("Formula"))
        self._box = column(self, 2, (12, 8, 12, 8))

    @property
    def formulas(self) -> tuple[str, ...]:
        """The formulas shown."""
        return self._said.formulas if self._said is not None else ()

    def show_said(self, said: Said) -> None:
        """Show other formulas."""
        if said == self._said:
            return
        self._said = said
        empty(self._box)
        for tex in said.formulas:
            for line, px in fitted(tex, self._width):
                self._box.addWidget(MathLabel(self._look, line, spoken(line), px))
        if said.note:
            self._box.addWidget(MathProse(self._look, said.note, 12, "ink2"))
        self.setVisible(bool(said.formulas or said.note))


def fitted(tex: str, width: float) -> list[tuple[str, int]]:
    """A formula as lines of at most `width` px: smaller if that is enough, else broken before a plus."""
    for px in range(FORMULA_PX, SMALLEST_PX - 1, -1):
        if formula.layout(tex, px).width <= width:
            return [(tex, px)]
    lines = [""]
    for part in _terms(tex):
        longer = lines[-1] + part
        if lines[-1] and formula.layout(longer, SMALLEST_PX).width > width:
            lines.append(r"\,\,\,\," + part)
        else:
            lines[-1] = longer
    return [(line, SMALLEST_PX) for line in lines]


def _terms(tex: str) -> list[str]:
    """The formula cut before every plus that stands in no braces."""
    found, depth = [""], 0
    for c in tex:
        depth += {"{": 1, "}": -1}.get(c, 0)
        if c == "+" and depth == 0:
            found.append("")
        found[-1] += c
    return found


class FixButton(Button):
    """A button with the words of a fix, in two lines where one is too narrow."""

    def __init__(self, look: Look, fix: Fix, primary: bool, room: int, act: Callable[[Fix], None]) -> None:
        super().__init__(look, fix.label.render(_), primary=primary, height=28)
        self.fix, self._room = fix, room
        self.clicked.connect(lambda: act(self.fix))

    def _lines(self) -> list[str]:
        lines = [""]
        for word in self.text().split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and metrics(13, self._weight).horizontalAdvance(longer) > self._room - 20:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = max(metrics(13, self._weight).horizontalAdvance(line) for line in self._lines())
        return QSize(min(round(wide) + 22, self._room), 10 + 18 * len(self._lines()))

    def _paint_face(self, painter: QPainter, ink: object) -> None:
        theme = self._look.theme
        lit = self._primary and self.isEnabled()
        painter.setPen(theme.color("on_primary" if lit else "ink" if self.isEnabled() else "ink3"))
        painter.setFont(font(13, self._weight))
        lines = self._lines()
        base = self.height() / 2 - 9 * (len(lines) - 1) + 4.7
        for i, line in enumerate(lines):
            wide = metrics(13, self._weight).horizontalAdvance(line)
            painter.drawText(QPointF((self.width() - wide) / 2, base + 18 * i), line)


class ErrorBox(QWidget):
    """An error where it belongs: the rule of sizes, the sentence and its fixes, the best one dark if it may be."""

    def __init__(
        self,
        look: Look,
        problem: Problem,
        rule: Sequence[str],
        width: int,
        dark: bool,
        act: Callable[[Fix], None],
        key: str = "",
    ) -> None:
        """dark, key: the first fix is the one to press, and the key that makes it."""
        super().__init__()
        self._look = look
        self.problem = problem
        said = problem.sentence.render(_)
        self.setAccessibleName(_("Error: {sentence}").format(sentence=plain(said)))
        box = column(self, 4, (12, 10, 12, 10))
        if rule:
            box.addWidget(MathLabel(look, r"\text{Output size  }⌊(n+2p-f)/s⌋+1", _("Output size"), 13))
            for tex in rule:
                box.addWidget(MathLabel(look, f"={tex}", spoken(tex), 13))
        box.addWidget(MathProse(look, said, 13))
        self.buttons = [FixButton(look, fix, dark and i == 0, width - 24, act) for i, fix in enumerate(problem.fixes)]
        self._place(box, width - 24, KeyCap(look, key) if key and self.buttons else None)
        look.changed.connect(self.update)

    def renew(self, problem: Problem) -> None:
        """The same error in another network: its fixes are edits of that one."""
        self.problem = problem
        for button, fix in zip(self.buttons, problem.fixes, strict=True):
            button.fix = fix

    def _place(self, box: QVBoxLayout, room: int, cap: KeyCap | None) -> None:
        """The buttons, as many in a line as fit; the key that does the same beside the first."""
        line, used = QHBoxLayout(), 0
        line.setSpacing(8)
        things: list[QWidget] = [*self.buttons]
        if cap is not None:
            things.insert(1, cap)
        box.addSpacing(4)
        for thing in things:
            wide = thing.sizeHint().width() if isinstance(thing, FixButton) else thing.width()
            if used and used + wide + 8 > room:
                line.addStretch(1)
                box.addLayout(line)
                line, used = QHBoxLayout(), 0
                line.setSpacing(8)
            line.addWidget(thing)
            used += wide + 8
        line.addStretch(1)
        box.addLayout(line)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("err_tint"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        painter.end()


@dataclass(frozen=True)
class Fact:
    """A line of a table: words and a value, both with maths between dollar signs."""

    label: str
    value: str
    role: str = "ink"
    strong: bool = False


class FactTable(QWidget):
    """Facts under each other, values at the right edge, digits of equal width."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.facts: tuple[Fact, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show other facts."""
        if tuple(facts) != self.facts:
            self.facts = tuple(facts)
            said = "; ".join(f"{plain(fact.label)}: {plain(fact.value)}" for fact in facts)
            self.setAccessibleDescription(said)
            self.setFixedHeight(ROW * len(self.facts))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, ROW * len(self.facts))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, fact in enumerate(self.facts):
            base = ROW * i + 16.5
            weight = 600 if fact.strong else 400
            left = draw_line(painter, 0.0, base, fact.label, 13, theme, "ink" if fact.strong else "ink2", weight)
            bold = 600 if fact.strong or fact.role == "err" else 400
            x = max(self.width() - line_width(fact.value, 13, bold), left + 8)
            draw_line(painter, x, base, fact.value, 13, theme, fact.role, bold)
        painter.end()
