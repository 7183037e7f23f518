"""The mathematics of the blocks, one line each, over the lower edge of the canvas; and what grey sizes mean."""

from __future__ import annotations

from itertools import accumulate
from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.network.graph import Block, Network
from resnet_sim.network.notation import activation_places
from resnet_sim.network.problems import Report
from resnet_sim.ui import formula
from resnet_sim.ui.canvas.callout import Callout
from resnet_sim.ui.course_words import Notation, block_number, spoken
from resnet_sim.ui.prose import MathProse, draw_line
from resnet_sim.ui.theme import Look

_ = translator()

ROWS, ROW, PX = 2, 30, 15
LEAST_HEIGHT = 420
"""A lower canvas has no room for it."""
NAME, GAP, MARGIN = 64, 34, 14


def block_formulas(network: Network, report: Report, block: Block) -> tuple[str, ...]:
    """What the layers of a block compute; z^{[l]} is left out where g follows it at once."""
    notation = Notation(network, report, activation_places(network))
    found: list[str] = []
    for id in block.nodes:
        if id in network.by_id and network.by_id[id].layer.weighted:
            found += _joined(notation.said(id).formulas)
    return tuple(found)


def _joined(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) == 2:
        z, _equal, made = lines[0].partition("=")
        a, _equal, rest = lines[1].partition("=")
        if rest == f"g({z})":
            return (f"{a}=g({made})",)
    return lines


class BlockMaths(QWidget):
    """Two blocks: the one that is selected, or the first, and the one behind it. Child of what it stands over."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._room, self._wanted = look, parent, True
        self._taken = QRect()
        self.rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self.setAccessibleName(_("Mathematics of the blocks"))
        look.changed.connect(self.update)
        self.hide()

    def want(self, wanted: bool) -> None:
        """Whether it is to be seen where there is something to say and room for it."""
        self._wanted = wanted
        self.place()

    def show_network(self, network: Network, report: Report, selected: str) -> None:
        """Show the blocks of a network around what is selected."""
        blocks = network.blocks
        skip = network.skip_by_id.get(selected)
        at = network.block_of.get(skip.target if skip is not None else selected)
        ids = [block.id for block in blocks]
        first = ids.index(at.id) if at is not None else ids.index(selected) if selected in ids else 0
        first = max(0, min(first, len(blocks) - ROWS))
        rows = tuple(
            (_("Block {n}").format(n=block_number(network, block)), block_formulas(network, report, block))
            for block in blocks[first : first + ROWS]
        )
        if rows != self.rows:
            self.rows = rows
            said = "; ".join(f"{name}: {', '.join(map(spoken, lines))}" for name, lines in rows)
            self.setAccessibleDescription(said)
            self.update()
        self.place()

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = sum(column + GAP for column in self._columns()) - GAP
        return QSize(ceil(MARGIN + NAME + max(wide, 0.0)) + MARGIN, ROW * len(self.rows) + 16)

    def place(self) -> None:
        """At the lower left, as wide as its formulas or as there is room beside the overview."""
        area = self._room.rect()
        size = self.sizeHint()
        wide = min(size.width(), area.width() - 240)
        self.setGeometry(16, area.height() - size.height() - 16, wide, size.height())
        roomy = area.height() >= LEAST_HEIGHT and not self.geometry().intersects(self._taken)
        self.setVisible(self._wanted and bool(self.rows) and roomy)

    def give_way(self, taken: QRect) -> None:
        """What stands there wins: a callout."""
        self._taken = taken
        self.place()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("line", 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 7, 7)
        for k, ((name, lines), shown) in enumerate(zip(self.rows, self.shown(), strict=True)):
            base = 8 + ROW * k + ROW / 2 + 5
            draw_line(painter, MARGIN, base, name, 12, theme, "skip", 600)
            for x, tex in zip(self._starts(), lines[:shown], strict=False):
                formula.draw(painter, x, base, tex, PX, theme)
            if shown < len(lines):
                draw_line(painter, self._starts()[shown], base, "…", 13, theme, "ink2")
        painter.end()

    def shown(self) -> tuple[int, ...]:
        """How many formulas of each row there is room for."""
        room = self.width() - MARGIN
        ends = [
            [x + formula.layout(tex, PX).width for x, tex in zip(self._starts(), lines, strict=False)]
            for _name, lines in self.rows
        ]
        return tuple(sum(end <= room for end in row) for row in ends)

    def _starts(self) -> list[float]:
        """Where each column begins, px."""
        return list(accumulate((column + GAP for column in self._columns()), initial=float(MARGIN + NAME)))

    def _columns(self) -> list[float]:
        """How wide each column is, px."""
        most = max((len(lines) for _name, lines in self.rows), default=0)
        return [
            max(formula.layout(lines[i], PX).width for _name, lines in self.rows if i < len(lines)) for i in range(most)
        ]


class AssumedNote(MathProse):
    """What grey sizes mean, once, beside the callout of the error they come from. Child of the view."""

    WIDTH = 252

    def __init__(self, look: Look, parent: QWidget) -> None:
        said = _("Grey sizes are computed as if the first fix were applied, so you can keep building.")
        super().__init__(look, said, 12, "ink3")
        self._view = parent
        self.setParent(parent)
        self.hide()

    def place(self, callout: Callout, assumed: bool) -> None:
        """Right of the callout, else left of it; hidden where neither has room, or nothing is assumed."""
        area, at = self._view.rect(), callout.geometry()
        error = callout.isVisible() and callout.offer is not None and callout.offer.error
        x = at.right() + 20
        if x + self.WIDTH > area.width() - 8:
            x = at.left() - 20 - self.WIDTH
        shown = error and assumed and x >= 8
        if shown:
            high = self.heightForWidth(self.WIDTH)
            self.setGeometry(x, at.center().y() - high // 2, self.WIDTH, high)
        self.setVisible(shown)
