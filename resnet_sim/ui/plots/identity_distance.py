"""Distance from identity over time: how far each block is from copying its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from resnet_sim.assets import translator
from resnet_sim.errors import EditError
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.network.blocks import block_ends
from resnet_sim.network.graph import Block, Network
from resnet_sim.state.record import Record, Series
from resnet_sim.ui.plots.base import Plot, Shown
from resnet_sim.ui.plots.before import Before
from resnet_sim.ui.plots.chart import DASHES, Chart, Floats, nice_top
from resnet_sim.ui.plots.labels import EndLabel
from resnet_sim.ui.plots.lines import ALL_NAMED, Line
from resnet_sim.ui.plots.thinning import sampled
from resnet_sim.ui.theme import Look, font, metrics

_ = translator()

SERIES = "identity_distance/"
COPIES = _("0: the block copies its input")
ONLY_SHORTCUT = _("0: the block passes only its shortcut")
WITH_NORM = _("batch norm inside: a small W is no identity")


@dataclass(frozen=True)
class PlotBlock:
    """A block as this plot knows it. nodes: selecting one of these marks its line.

    copies: at distance 0 it gives its input; else only what its W_s or its zero padding gives. plain: it has no skip.
    """

    id: str
    number: int
    nodes: frozenset[str] = frozenset()
    copies: bool = True
    batch_norm: bool = False
    plain: bool = False


def plot_blocks(network: Network) -> tuple[PlotBlock, ...]:
    """The blocks of a network, numbered as everywhere; those that are not whole yet are left out."""
    found = (_plot_block(network, block, number) for number, block in enumerate(network.blocks, 1))
    return tuple(each for each in found if each is not None)


def _plot_block(network: Network, block: Block, number: int) -> PlotBlock | None:
    try:
        skip = block_ends(network, block).skip
    except EditError:
        return None
    norm = any(isinstance(network.by_id[id].layer, BatchNorm) for id in block.nodes if id in network.by_id)
    copies = skip is None or not skip.enabled or skip.shortcut == "identity"
    return PlotBlock(block.id, number, frozenset({block.id, *block.nodes}), copies, norm, skip is None)


class ZeroMark(pg.GraphicsObject):
    """What distance 0 means, in words below the upper edge, where few curves come, and behind them."""

    LINE = 15

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self._chart = chart
        self._lines: tuple[str, ...] = ()
        self.setZValue(-40)
        self.setParentItem(chart.box)
        chart.box.sigResized.connect(self._resized)

    def _resized(self, *_: Any) -> None:
        self.prepareGeometryChange()
        self.update()

    def say(self, *lines: str) -> None:
        """Show these, the first one highest."""
        if lines != self._lines:
            self._lines = lines
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(0, 0, self._chart.box.width(), self._chart.box.height())

    def paint(self, painter: QPainter, *_: Any) -> None:
        theme, width = self._chart.look.theme, self._chart.box.width()
        painter.setFont(font(11))
        painter.setPen(theme.color("ink2"))
        wide = metrics(11).horizontalAdvance
        for i, text in enumerate(each for each in self._lines if wide(each) <= width - 12):
            y = 15 + i * self.LINE
            painter.fillRect(QRectF(6, y - 11, wide(text) + 4, self.LINE), theme.color("card"))
            painter.drawText(QPointF(8, y), text)


class IdentityDistancePlot(Plot):
    """||a^{[l+2]} - a^{[l]}|| / ||a^{[l]}|| of every block. Up to five differ by dash; more are one thin group."""

    name: ClassVar[str] = "identity_distance"
    title: ClassVar[str] = _("Distance from identity")
    tex: ClassVar[str] = r"\|\act{a^{[l+2]}}-\act{a^{[l]}}\|/\|\act{a^{[l]}}\|"
    words: ClassVar[str] = _("norm of a of layer l plus 2 minus a of layer l, divided by the norm of a of layer l")
    help: ClassVar[str] = _(
        "How much each block changes its input, over epochs. 0 means that the block copies its input; with W_s or zero "
        "padding, that it passes only its shortcut. With batch norm inside, a small W alone does not make a block an "
        "identity. Pale: the run before the last reset."
    )
    order: ClassVar[int] = 5

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._blocks: dict[str, PlotBlock] = {}
        self._zero = ZeroMark(self.chart)
        self._before = Before(self.chart, "skip")
        self._few: list[Any] = [self.chart.curve("skip", 1.6, dash) for dash in DASHES]
        self._many = self.chart.curve("skip", 1.0, smooth=False)
        self._chosen = self.chart.curve("skip", 2.6)

    def make_chart(self) -> Chart:
        return Chart(self.look, margin=58)

    def show_blocks(self, blocks: tuple[PlotBlock, ...]) -> None:
        """What the blocks of the record are. Without it they are numbered as they come, and said to copy."""
        self._blocks = {each.id: each for each in blocks}

    def lines(self, shown: Shown) -> tuple[Line, ...]:
        return tuple(
            Line(
                SERIES + block.id,
                _("block {n}").format(n=block.number),
                _("block {n}").format(n=block.number),
                _token(block),
                shown.record.series.get(SERIES + block.id, Series()),
                strong=shown.selected in block.nodes,
            )
            for block in self._known(shown)
        )

    def draw(self, shown: Shown) -> None:
        blocks = self._known(shown)
        points = max(40, self.chart.columns // (4 if len(blocks) <= ALL_NAMED else 8))
        lines = [(block, *_line(shown, block, points)) for block in blocks]
        lines = [(block, x, y) for block, x, y in lines if np.isfinite(y).any()]
        chosen = next((block for block, _, _ in lines if shown.selected in block.nodes), None)
        self._draw_lines(lines, chosen)
        top = max((float(np.nanmax(y)) for _, _, y in lines), default=0.0)
        top = max(top, self._draw_before(shown, blocks, points))
        self.set_time_range(shown, 0.0, nice_top(top * 1.02))
        last = len(lines) - 1
        named = [each for i, each in enumerate(lines) if len(lines) <= ALL_NAMED or i in (0, last) or each[0] is chosen]
        self.chart.ends.show_labels(tuple(_label(block, x, y, block is chosen) for block, x, y in named))
        self._explain([block for block, _, _ in lines])

    def _draw_before(self, shown: Shown, blocks: list[PlotBlock], points: int) -> float:
        """The same blocks in the run before the last reset; of many only the first and the last."""
        before = shown.before
        few = blocks if len(blocks) <= ALL_NAMED else [blocks[0], blocks[-1]]

        def lines(_record: Record) -> Iterator[tuple[Floats, Floats]]:
            if before is not None:
                yield from (_line(before, block, points) for block in few)

        key = (points, tuple(few))
        return self._before.show(before.record if before is not None else None, key, lines)

    def _known(self, shown: Shown) -> list[PlotBlock]:
        ids = [name.removeprefix(SERIES) for name in shown.record.series if name.startswith(SERIES)]
        if any(id in self._blocks for id in ids):
            return [block for id, block in self._blocks.items() if id in ids]
        return [PlotBlock(id, number, frozenset({id})) for number, id in enumerate(ids, 1)]

    def _draw_lines(self, lines: list[tuple[PlotBlock, Floats, Floats]], chosen: PlotBlock | None) -> None:
        none: Floats = np.zeros(0)
        few = lines if len(lines) <= len(DASHES) else []
        for i, (item, dash) in enumerate(zip(self._few, DASHES, strict=True)):
            if i < len(few):
                block, x, y = few[i]
                self.chart.restyle_curve(item, _token(block), 2.6 if block is chosen else 1.6, dash)
                item.setData(x, y, connect="finite")
            else:
                item.setData(none, none)
        if few or not lines:
            self._many.setData(none, none)
            self._chosen.setData(none, none)
            return
        gap = np.array([np.nan])
        x = np.concatenate([part for _, x, _ in lines for part in (x, gap)])
        y = np.concatenate([part for _, _, y in lines for part in (y, gap)])
        self.chart.restyle_curve(self._many, _token(lines[0][0]), 1.0, ())
        self._many.setData(x, y, connect="finite")
        thick = [(x, y) for block, x, y in lines if block is chosen]
        self._chosen.setData(*(thick[0] if thick else (none, none)), connect="finite")

    def _explain(self, blocks: list[PlotBlock]) -> None:
        if not blocks:
            self._zero.say()
            return
        meaning = COPIES if all(block.copies for block in blocks) else ONLY_SHORTCUT
        norm = any(block.batch_norm for block in blocks)
        self._zero.say(*([WITH_NORM] if norm else []), meaning)


def _token(block: PlotBlock) -> str:
    return "plain" if block.plain else "skip"


def _line(shown: Shown, block: PlotBlock, points: int) -> tuple[Floats, Floats]:
    x, y = sampled(shown.record.series.get(SERIES + block.id, Series()), points)
    return shown.epochs.of_steps(x), y


def _label(block: PlotBlock, x: Floats, y: Floats, strong: bool) -> EndLabel:
    at = np.flatnonzero(np.isfinite(y))[-1]
    text = _("block {n}").format(n=block.number)
    return EndLabel(float(x[-1]), float(y[at]), text, _token(block), strong=strong)
