r"""The course's notation set as mathematics: a^{[l]}, W_s, \hat{y}, \alpha laid out by hand from one font.

A formula is a line of LaTeX: letters become italics, `^` and `_` raise and lower, `\hat{y}`, Greek names, `\|` for the
norm bar, `\text{...}` upright words, and \act{} \grad{} \wt{} \skip{} give a part the colour of its quantity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from resnet_sim.ui.theme import MATHS, TEXT, Look, Theme, font, metrics

_COMMANDS = {
    "alpha": "𝛼",
    "beta": "𝛽",
    "gamma": "𝛾",
    "lambda": "𝜆",
    "theta": "𝜃",
    "varepsilon": "𝜀",
    "sigma": "𝜎",
    "mu": "𝜇",
    "|": "‖",
    "cdot": " · ",
    "times": "×",
    "approx": " ≈ ",
    "to": " → ",
    "ne": " ≠ ",
    "coloneq": " ≔ ",
    "sum": "∑",
    ",": "\u2009",
}
_ROLES = frozenset({"act", "grad", "wt", "skip", "err", "ink", "ink2", "ink3"})
_SPACED = {"=": " = ", "+": " + ", "-": " − ", "<": " < ", ">": " > "}
_TIGHT = {"-": "−", "*": "∗"}
_SMALLEST = 9


@dataclass(frozen=True)
class Run:
    """Text at (x, y) from the start of the baseline, in px; `hat` is the width of a letter that gets a hat, else 0."""

    text: str
    x: float
    y: float
    px: int
    role: str
    family: str = MATHS
    hat: float = 0.0


@dataclass(frozen=True)
class Line:
    """A formula laid out: its runs and its width in px."""

    runs: tuple[Run, ...]
    width: float


@lru_cache(4096)
def layout(tex: str, px: int, role: str = "ink") -> Line:
    """Lay out a formula. Raises ValueError for an unknown command or an open brace."""
    setter = _Setter(px)
    setter.set(tex, px, 0.0, role, spaced=True)
    return Line(tuple(setter.runs), setter.x)


class _Setter:
    """Sets a formula from left to right, joining neighbours of one size, height and colour into one run."""

    def __init__(self, px: int) -> None:
        self.base = px
        self.runs: list[Run] = []
        self.x = 0.0

    def set(self, tex: str, px: int, y: float, role: str, spaced: bool) -> None:
        i = 0
        while i < len(tex):
            c = tex[i]
            if c == "\\":
                i = self._command(tex, i, px, y, role, spaced)
            elif c in "^_":
                group, i = _group(tex, i + 1)
                small = max(_SMALLEST, round(px * 0.72))
                self.set(group, small, y + (-round(px * 0.36) if c == "^" else round(px * 0.2)), role, spaced=False)
                self.x += px * 0.04
            else:
                self._put(_glyph(c, spaced), px, y, role)
                i += 1

    def _command(self, tex: str, i: int, px: int, y: float, role: str, spaced: bool) -> int:
        found = re.compile(r"\\(\||,|[A-Za-z]+)").match(tex, i)
        if found is None:
            raise ValueError(f"a lone backslash in {tex!r}")
        name, i = found.group(1), found.end()
        if name in _ROLES:
            group, i = _group(tex, i)
            self.set(group, px, y, name, spaced)
        elif name == "text":
            group, i = _group(tex, i)
            self._put(group, px - 1, y, role, TEXT)
        elif name == "hat":
            group, i = _group(tex, i)
            start = self.x
            self._put(_glyph(group, spaced), px, y, role)
            self.runs.append(Run("", start, y, px, role, hat=self.x - start))
        elif name in _COMMANDS:
            sign = _COMMANDS[name]
            self._put(sign if spaced else sign.strip(" "), px, y, role)
            i += tex[i : i + 1] == " "
        else:
            raise ValueError(f"unknown command \\{name} in {tex!r}")
        return i

    def _put(self, text: str, px: int, y: float, role: str, family: str = MATHS) -> None:
        last = self.runs[-1] if self.runs else None
        if last is not None and not last.hat and (last.y, last.px, last.role, last.family) == (y, px, role, family):
            self.runs.pop()
            text, self.x = last.text + text, last.x
        self.runs.append(Run(text, self.x, y, px, role, family))
        self.x += metrics(px, 400, family).horizontalAdvance(text)


def _glyph(c: str, spaced: bool) -> str:
    if c == "h":
        return "ℎ"
    if "a" <= c <= "z":
        return chr(0x1D44E + ord(c) - ord("a"))
    if "A" <= c <= "Z":
        return chr(0x1D434 + ord(c) - ord("A"))
    return _SPACED.get(c, _TIGHT.get(c, c)) if spaced else _TIGHT.get(c, c)


def _group(tex: str, i: int) -> tuple[str, int]:
    """The group that starts at i ({...} or one character) and where it ends."""
    if tex[i : i + 1] != "{":
        return tex[i : i + 1], i + 1
    depth, j = 1, i + 1
    while depth:
        if j >= len(tex):
            raise ValueError(f"an open brace in {tex!r}")
        depth += {"{": 1, "}": -1}.get(tex[j], 0)
        j += 1
    return tex[i + 1 : j - 1], j


def draw(painter: QPainter, x: float, y: float, tex: str, px: int, theme: Theme, role: str = "ink") -> float:
    """Draw a formula with its baseline at y; returns its width."""
    line = layout(tex, px, role)
    for run in line.runs:
        painter.setPen(theme.text(run.role))
        if run.hat:
            _draw_hat(painter, x + run.x + run.hat * 0.58, y + run.y - run.px * 0.62, run.px)
        else:
            painter.setFont(font(run.px, 400, run.family))
            painter.drawText(QPointF(x + run.x, y + run.y), run.text)
    return line.width


def _draw_hat(painter: QPainter, middle: float, y: float, px: int) -> None:
    painter.setPen(QPen(painter.pen().color(), px * 0.065))
    wing, rise = px * 0.17, px * 0.13
    painter.drawPolyline([QPointF(middle - wing, y), QPointF(middle, y - rise), QPointF(middle + wing, y)])


class MathLabel(QWidget):
    """A formula in a panel. `words` is what a screen reader says."""

    def __init__(self, look: Look, tex: str, words: str, px: int = 14, role: str = "ink") -> None:
        super().__init__()
        self._look, self._tex, self._px, self._role = look, tex, px, role
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    @property
    def tex(self) -> str:
        """The formula shown."""
        return self._tex

    def show_formula(self, tex: str, words: str) -> None:
        """Show another formula."""
        if tex != self._tex:
            self._tex = tex
            self.setAccessibleName(words)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(layout(self._tex, self._px, self._role).width) + 3, round(self._px * 1.7))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        baseline = round(self.height() / 2 + self._px * 0.36)
        draw(painter, 1, baseline, self._tex, self._px, self._look.theme, self._role)
        painter.end()


def draw_centred(painter: QPainter, rect: QRectF, tex: str, px: int, theme: Theme, role: str = "ink") -> None:
    """Draw a formula in the middle of `rect`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width = layout(tex, px, role).width
    draw(painter, rect.center().x() - width / 2, rect.center().y() + px * 0.36, tex, px, theme, role)
