"""What the strips share: a fixed height, the canvas's axis, a heading, selection, hover; only changes are painted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from resnet_sim.network.graph import Network
from resnet_sim.ui import formula
from resnet_sim.ui.strips.axis import Axis
from resnet_sim.ui.strips.places import LayerPlace, Places
from resnet_sim.ui.theme import Look, Theme, font, metrics

FULL_PITCH = 60.0
"""Px from card to card from which names and numbers have room."""
CROWDED_PITCH = 14.0
"""Below this only every third mark is drawn."""
HEAD = 28
"""Height of the heading row."""


@dataclass(frozen=True)
class Table:
    """The same data as words, for the Table view and for screen readers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Strip(QWidget):
    """A strip below the canvas. `chosen` tells the layer that was clicked."""

    chosen = Signal(str)

    tall: ClassVar[int]
    name: ClassVar[str]
    help: ClassVar[str]

    def __init__(self, look: Look, axis: Axis | None = None) -> None:
        super().__init__()
        self.look = look
        self.places = Places()
        self.selected = self.hovered = ""
        self._axis: Axis | None = None
        self._seen: dict[str, Hashable] = {}
        self._free = 0
        self.setFixedHeight(self.tall)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setAccessibleName(self.name)
        self.setAccessibleDescription(self.help)
        look.changed.connect(self.update)
        if axis is not None:
            self.follow(axis)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def follow(self, axis: Axis) -> None:
        """Stand under these cards from now on."""
        self._axis = axis
        axis.mapped.connect(self.update)
        self.update()

    def show_network(self, network: Network) -> None:
        """The layers of another network, or of the edited one."""
        places = Places.of(network)
        if places != self.places:
            self.places = places
            self.hovered = ""
            self._seen.clear()
            self.update()

    def keep_free(self, width: int) -> None:
        """Leave so many px at the right end of the heading to what stands on it."""
        if width != self._free:
            self._free = width
            self.update()

    @property
    def heading_width(self) -> int:
        """How much room the heading has."""
        return self.width() - self._free

    def select(self, id: str) -> None:
        """Mark the layer of this id and show its numbers; any other id marks none."""
        if id != self.selected:
            old, self.selected = self.selected, id
            self._update_columns(old, id)

    def table(self) -> Table:
        """One row per layer, all digits that were measured."""
        raise NotImplementedError

    def tip(self, layer: LayerPlace) -> str:
        """The numbers of one layer, as rich text; "" when there are none."""
        raise NotImplementedError

    def drawn(self) -> Mapping[str, Hashable]:
        """What of each layer can be seen, by id: equal values look the same."""
        raise NotImplementedError

    def paint(self, painter: QPainter, theme: Theme, rect: QRect) -> None:
        """Everything that touches `rect`, on the plain ground."""
        raise NotImplementedError

    # --- where ------------------------------------------------------------------------------------------------------

    def x_of(self, id: str) -> float | None:
        """The middle of a part's card in px of this strip, None where it has none."""
        return self._axis.place(id) if self._axis is not None else None

    @property
    def pitch(self) -> float:
        """Px from card to card."""
        return self._axis.pitch() if self._axis is not None else FULL_PITCH

    @property
    def band(self) -> float:
        """Half as wide as the ground behind the selected layer."""
        return max(4.0, min(44.0, self.pitch / 2 - 1))

    def shown_layers(self, rect: QRect, reach: float) -> list[tuple[float, LayerPlace]]:
        """(x, layer) of those at most `reach` px outside of `rect`."""
        low, high = rect.left() - reach, rect.right() + reach
        placed = ((self.x_of(layer.id), layer) for layer in self.places.layers)
        return [(x, layer) for x, layer in placed if x is not None and low <= x <= high]

    def layer_at(self, x: float) -> LayerPlace | None:
        """The layer whose column a point is in."""
        reach = max(6.0, min(44.0, self.pitch / 2))
        near = self.shown_layers(QRect(round(x), 0, 1, 1), reach + 1)
        found = min(near, key=lambda each: abs(each[0] - x), default=None)
        return found[1] if found is not None and abs(found[0] - x) <= reach else None

    def column(self, x: float) -> QRect:
        """All that may be drawn for one layer."""
        half = max(12, min(52, round(self.pitch / 2) + 8))
        return QRect(round(x) - half, 0, 2 * half, self.height())

    # --- changes ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Repaint the columns that look different now."""
        drawn = dict(self.drawn())
        self._update_columns(*(id for id in drawn.keys() | self._seen.keys() if drawn.get(id) != self._seen.get(id)))
        self._seen = drawn

    def _update_columns(self, *ids: str) -> None:
        for id in ids:
            x = self.x_of(id)
            if x is not None:
                self.update(self.column(x))

    # --- Qt ---------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(640, self.tall)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, self.tall)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme, rect = self.look.theme, event.rect()
        painter = QPainter(self)
        painter.fillRect(rect, theme.color("panel"))
        painter.fillRect(QRectF(rect.left(), 0, rect.width(), 1), theme.color("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.x_of(self.selected) if any(each.id == self.selected for each in self.places.layers) else None
        if x is not None:
            half = self.band
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("select"))
            painter.drawRoundedRect(QRectF(x - half, HEAD, 2 * half, self.height() - HEAD - 2), 5, 5)
        self.paint(painter, theme, rect)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Numbers of the layer under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            layer = self.layer_at(event.pos().x())
            text = self.tip(layer) if layer is not None else self.help
            QToolTip.showText(event.globalPos(), text or self.help, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        layer = self.layer_at(event.position().x())
        self._hover(layer.id if layer is not None else "")

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hover("")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        layer = self.layer_at(event.position().x())
        if layer is not None and event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(layer.id)

    def _hover(self, id: str) -> None:
        if id != self.hovered:
            old, self.hovered = self.hovered, id
            self._update_columns(old, id)


def write_heading(painter: QPainter, theme: Theme, parts: tuple[tuple[str, str], ...], width: float) -> None:
    """A row of (kind, text): strong and small words, maths, and the marks "dot", "square" and "triangle".

    What does not fit in `width` is left out from its mark on.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y = 12.0, 19.0
    for kind, text in parts:
        if kind == "strong" or kind == "small":
            px, weight, role, gap = (13, 600, "ink", 8) if kind == "strong" else (12, 400, "ink2", 14)
            wide = metrics(px, weight).horizontalAdvance(text)
            if x + wide > width - 8 and kind == "small":
                return
            painter.setFont(font(px, weight))
            painter.setPen(theme.color(role))
            painter.drawText(QPointF(x, y), text)
            x += wide + gap
        elif kind == "maths":
            x += formula.draw(painter, x, y, text, 14, theme) + 14
        else:
            following = metrics(12, 400).horizontalAdvance(text)
            if x + 15 + following > width - 8:
                return
            draw_mark(painter, theme, kind, QPointF(x + 5, y - 4.5), 4.2)
            painter.setFont(font(12))
            painter.setPen(theme.color("ink2"))
            painter.drawText(QPointF(x + 15, y), text)
            x += 15 + following + 14


def draw_mark(painter: QPainter, theme: Theme, kind: str, at: QPointF, r: float, ring: bool = False) -> None:
    """A mark of radius r around a point: total (dot), main part (square), skip part (triangle), undefined (cross).

    ring: the one that is selected.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind == "dot":
        painter.setPen(QPen(theme.color("ink"), 2) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("grad"))
        painter.drawEllipse(at, r + ring, r + ring)
    elif kind == "square":
        painter.setPen(QPen(theme.color("plain"), 1.6 if r > 3 else 1.2))
        side = 0.85 * r
        painter.drawRect(QRectF(at.x() - side, at.y() - side, 2 * side, 2 * side))
    elif kind == "triangle":
        painter.setPen(QPen(theme.color("panel"), 1))
        painter.setBrush(theme.color("skip"))
        points = [(0.0, -1.25), (-1.25, 0.95), (1.25, 0.95)]
        painter.drawPolygon(QPolygonF([QPointF(at.x() + dx * r, at.y() + dy * r) for dx, dy in points]))
    else:
        painter.setPen(QPen(theme.color("ink3"), 1.4))
        d = 0.8 * r
        painter.drawLine(at + QPointF(-d, -d), at + QPointF(d, d))
        painter.drawLine(at + QPointF(-d, d), at + QPointF(d, -d))
