"""Sentences with maths in them, wrapped to the width there is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from resnet_sim.ui import formula
from resnet_sim.ui.theme import Look, Theme, font, metrics

_MATHS = re.compile(r"\$([^$]+)\$|\b(d?[azWb])\[(\d+)\]|\bW_s\b")
_LETTER_ROLES = {"W": "wt", "b": "wt", "dW": "grad", "da": "grad", "dz": "grad"}


@dataclass(frozen=True)
class Piece:
    """Words, or a formula, that stay on one line; `width` in px, `space` before it if it is not the first."""

    text: str
    maths: bool
    width: float
    space: bool


@lru_cache(2048)
def pieces(text: str, px: int, weight: int) -> tuple[tuple[Piece, ...], ...]:
    """The words of a sentence; each is a run of pieces that belong together, such as a formula and its comma."""
    words: list[tuple[Piece, ...]] = []
    word: list[Piece] = []

    def put(part: str, maths: bool) -> None:
        width = formula.layout(part, px + 1).width if maths else metrics(px, weight).horizontalAdvance(part)
        word.append(Piece(part, maths, width, not word))

    def words_of(part: str) -> None:
        for i, each in enumerate(part.split(" ")):
            if i and word:
                words.append(tuple(word))
                word.clear()
            if each:
                put(each, False)

    at = 0
    for hit in _MATHS.finditer(text):
        words_of(text[at : hit.start()])
        put(_tex(hit), True)
        at = hit.end()
    words_of(text[at:])
    if word:
        words.append(tuple(word))
    return tuple(words)


def _tex(hit: re.Match[str]) -> str:
    if hit[1]:
        return hit[1]
    if hit[0] == "W_s":
        return r"\skip{W_s}"
    return rf"\{_LETTER_ROLES.get(hit[2], 'act')}{{{hit[2]}^{{[{hit[3]}]}}}}"


def line_width(text: str, px: int, weight: int = 400) -> float:
    """Px of a sentence on one line."""
    words = pieces(text, px, weight)
    space = metrics(px, weight).horizontalAdvance(" ")
    return sum(piece.width for word in words for piece in word) + space * max(0, len(words) - 1)


def draw_line(
    painter: QPainter, x: float, y: float, text: str, px: int, theme: Theme, role: str = "ink", weight: int = 400
) -> float:
    """Draw a sentence on one line with its baseline at y; returns where it ends."""
    for i, word in enumerate(pieces(text, px, weight)):
        x += metrics(px, weight).horizontalAdvance(" ") if i else 0.0
        for piece in word:
            draw_piece(painter, x, y, piece, px, theme, role, weight)
            x += piece.width
    return x


def draw_piece(
    painter: QPainter, x: float, y: float, piece: Piece, px: int, theme: Theme, role: str, weight: int
) -> None:
    """Draw one piece with its baseline at y."""
    if piece.maths:
        formula.draw(painter, x, y, piece.text, px + 1, theme, role)
        return
    painter.setPen(theme.text(role))
    painter.setFont(font(px, weight))
    painter.drawText(QPointF(x, y), piece.text)


def plain(text: str) -> str:
    """The sentence without its dollar signs and colours, for a screen reader."""
    return re.sub(
        r"\$([^$]+)\$", lambda hit: re.sub(r"\\(act|wt|skip|grad|text)|[{}\\]", "", hit[1]).replace("^[", "["), text
    )


class MathProse(QWidget):
    """A sentence that wraps. `role` is an ink or a quantity; `lines` 0 is as many as it takes."""

    def __init__(
        self, look: Look, text: str = "", px: int = 13, role: str = "ink", weight: int = 400, lines: int = 0
    ) -> None:
        super().__init__()
        self._look, self._px, self._role, self._weight, self._lines = look, px, role, weight, lines
        self._text = ""
        self._height = round(px * 1.42)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(lines != 1)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_text(text)
        look.changed.connect(self.update)

    @property
    def text(self) -> str:
        """The sentence as a screen reader says it."""
        return plain(self._text)

    def show_text(self, text: str, role: str = "") -> None:
        """Show another sentence."""
        if (text, role or self._role) == (self._text, self._role):
            return
        self._text, self._role = text, role or self._role
        self.setAccessibleName(plain(text))
        self.updateGeometry()
        self.update()

    def natural_width(self) -> int:
        """Px of the sentence on one line."""
        return round(line_width(self._text, self._px, self._weight)) + 2

    def sizeHint(self) -> QSize:  # noqa: N802
        width = self.natural_width()
        return QSize(width if self._lines == 1 else min(width, 240), self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(40, self._height)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        if self._lines == 1:
            return self._height
        placed = self._placed(width)
        return self._height * (placed[-1][0] + 1 if placed else 1)

    def _placed(self, width: float) -> list[tuple[int, float, Piece]]:
        """(line, x, piece) of every piece."""
        found: list[tuple[int, float, Piece]] = []
        line, x, space = 0, 0.0, metrics(self._px, self._weight).horizontalAdvance(" ")
        for word in pieces(self._text, self._px, self._weight):
            wide = sum(piece.width for piece in word)
            if x > 0 and x + space + wide > width and self._lines != 1:
                line, x = line + 1, 0.0
            elif x > 0:
                x += space
            for piece in word:
                found.append((line, x, piece))
                x += piece.width
        return found

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme, px, weight = self._look.theme, self._px, self._weight
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        placed = self._placed(self.width())
        rows = placed[-1][0] + 1 if placed else 1
        top = max(0, self.height() - rows * self._height) // 2
        cut = self._lines == 1 and self.natural_width() - 2 > self.width()
        for line, x, piece in placed:
            base = top + line * self._height + round(self._height / 2 + px * 0.36)
            if cut and x + piece.width > self.width() - px:
                draw_piece(painter, x, base, Piece("…", False, 0.0, False), px, theme, self._role, weight)
                break
            draw_piece(painter, x, base, piece, px, theme, self._role, weight)
        painter.end()
