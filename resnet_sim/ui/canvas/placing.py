"""Where cards, (+) and g stand: arranged from left to right, then moved as people have moved them. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.arrange import LANE, arrange, lanes
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Block, Connection, Network
from resnet_sim.network.wiring import is_add, is_input
from resnet_sim.ui.canvas.content import Content
from resnet_sim.ui.canvas.shapes import MEASURES, Box, Detail, Measures

Width = Callable[[str, int], float]
"""How wide a text is in px at a font size (a formula if it has a backslash)."""

GLUE = 4.0
"""Between (+) and the g box behind it."""
FAN = 6.0
"""Between arcs that share an end."""


@dataclass(frozen=True)
class Standing:
    """What does not change while cards are dragged: where each is arranged, the order, and the lanes of the arcs."""

    arranged: dict[str, tuple[float, float]]
    order: tuple[str, ...]
    lanes: dict[str, int]


@dataclass
class Placing:
    """The places of one network at one level. Boxes are by node id, or by block id for a collapsed block."""

    network: Network
    writing: Content
    width: Width
    collapsed: frozenset[str]
    detail: Detail
    known: Standing | None = None
    full: Standing | None = None

    def __post_init__(self) -> None:
        self.at: Measures = MEASURES[self.detail]
        self.stands_for: dict[str, str] = {}
        self.folded: dict[str, Block] = {}
        for block in self.network.blocks:
            members = [id for id in block.nodes if id in self.network.by_id]
            if block.id in self.collapsed and members:
                self.folded[members[0]] = block
                self.stands_for.update(dict.fromkeys(members, block.id))
        for g, host in self.writing.absorbed.items():
            self.stands_for.setdefault(g, self.stands_for.get(host, host))
        self.gate_of = {merge: g for g, merge in self.writing.glued.items()}
        self.standing = self.known if self.known is not None else self._stand()
        self.lane_of = self.standing.lanes
        self.boxes: dict[str, Box] = {}

    def shown(self, id: str) -> str:
        """The key of what shows a node."""
        return self.stands_for.get(id, id)

    @property
    def shows_gate(self) -> bool:
        """Whether g has a box of its own behind (+) at this level."""
        return self.detail in (Detail.FULL, Detail.SLIM)

    def place(self, layout: tuple[Position, ...]) -> None:
        """Fill `boxes`."""
        self._box(self._moved(self.standing.arranged, layout))

    def _stand(self) -> Standing:
        self.lane_of = lanes(self.network)
        order = self.network.order() or tuple(self.network.by_id)
        return Standing(self._arranged(), order, self.lane_of)

    def _arranged(self) -> dict[str, tuple[float, float]]:
        rows = self._rows()
        found = arrange(self.network, lambda _network, node: self._room(node.id), self.at.gap)
        return {each.id: (each.x, rows[round(each.y / LANE)]) for each in found}

    def _rows(self) -> Mapping[int, float]:
        """Branch number -> top of its cards, with room for its arcs above it."""
        found = arrange(self.network, lambda _network, _node: 1.0, 0.0)
        row = {each.id: round(each.y / LANE) for each in found}
        head = dict.fromkeys(row.values(), 0.0)
        for skip in self.network.skips:
            if skip.target in row:
                at = min(row[skip.target], row.get(skip.source, 0))
                room = self.at.rise + self.lane_of.get(skip.id, 0) * self.at.lane + self.at.head
                head[at] = max(head[at], room)
        tops: dict[int, float] = {}
        y = 0.0
        for at in sorted(head):
            y += head[at] if at else 0.0
            tops[at] = y
            y += self.at.height + 2 * self.at.pad + 10
        return tops

    def _room(self, id: str) -> float:
        """How wide the column of a node is, with what stands behind it before the gap."""
        if id in self.stands_for and id not in self.folded:
            return 0.0
        return self._own_width(id) + self._extra(id) if self._own_width(id) else 0.0

    def _own_width(self, id: str) -> float:
        node = self.network.by_id[id]
        small = self.detail in (Detail.MID, Detail.TINY)
        if id in self.folded:
            return self.at.card
        if is_add(node):
            glued = id in self.gate_of
            return 0.0 if small else 2 * self.at.merge + (GLUE + self.at.gate if glued else 0.0)
        if isinstance(node.layer, Activation):
            return 0.0 if id in self.writing.glued else self.at.gate
        return 56.0 if self.detail is Detail.SLIM and is_input(node) else self.at.card

    def _extra(self, id: str) -> float:
        """Room behind a node for the beginning of an arc and for a long size on the connection."""
        if self.detail in (Detail.MID, Detail.TINY):
            return 0.0
        out = self.out_of(id)
        starting = self.network.skips_from.get(out, ())
        room = self.at.stem + FAN * max(0, len(starting) - 1) if starting else 0.0
        label = max((self._label_width(out, each) for each in self.network.outgoing.get(out, ())), default=0.0)
        return room + max(0.0, label + 8 - self.at.gap)

    def _label_width(self, source: str, target: str) -> float:
        ink = self.writing.edges.get(Connection(source, target))
        return max((self.width(line, 11) for line in ink.lines), default=0.0) if ink is not None else 0.0

    def out_of(self, id: str) -> str:
        """The node whose output leaves the shape of `id`: the g it shows, the last of a collapsed block."""
        if id in self.folded:
            return [each for each in self.folded[id].nodes if each in self.network.by_id][-1]
        return out_of(self.network, self.writing, id)

    def _moved(
        self, arranged: Mapping[str, tuple[float, float]], layout: tuple[Position, ...]
    ) -> dict[str, tuple[float, float]]:
        places = dict(arranged)
        moved = {each.id: each for each in layout if each.id in places}
        if not moved:
            return places
        full, across, down = arranged, 1.0, 1.0
        if self.detail is not Detail.FULL:
            other = self.full
            if other is None:
                other = Placing(self.network, self.writing, self.width, self.collapsed, Detail.FULL).standing
            full = other.arranged
            across, down = scale_between(Detail.FULL, self.detail)
        for id, each in moved.items():
            x, y = arranged[id]
            places[id] = (x + (each.x - full[id][0]) * across, y + (each.y - full[id][1]) * down)
        return places

    def _box(self, places: Mapping[str, tuple[float, float]]) -> None:
        at = self.at
        for id in self.standing.order:
            if id in self.stands_for and id not in self.folded:
                continue
            node = self.network.by_id[id]
            x, y = places[id]
            axis = y + at.height / 2
            if id in self.folded:
                self.boxes[self.folded[id].id] = Box(x, y, at.card, at.height)
            elif is_add(node):
                if not self._own_width(id):
                    before = self.boxes.get(self.shown(self.network.main_input.get(id, "")))
                    moved = before is None or abs(x - before.x) > 1
                    x = x if moved or before is None else before.right + at.gap / 2 - at.merge
                self.boxes[id] = Box(x, axis - at.merge, 2 * at.merge, 2 * at.merge)
            elif isinstance(node.layer, Activation):
                if id in self.writing.glued:
                    host = self.boxes.get(self.writing.glued[id])
                    if host is None:
                        continue
                    x, axis = host.right + GLUE, host.axis
                    if not self.shows_gate:
                        self.stands_for[id] = self.writing.glued[id]
                        continue
                self.boxes[id] = Box(x, axis - at.gate / 2, at.gate, at.gate)
            else:
                self.boxes[id] = Box(x, y, self._own_width(id), at.height)


def out_of(network: Network, writing: Content, id: str) -> str:
    """The node whose output a^{[l]} leaves the card of `id`: its g if it shows one."""
    for after in network.outgoing.get(id, ()):
        if writing.absorbed.get(after) == id or writing.glued.get(after) == id:
            return after
    return id


def scale_between(a: Detail, b: Detail) -> tuple[float, float]:
    """By how much a way at level `a` is longer at level `b`, across and down."""
    return MEASURES[b].pitch / MEASURES[a].pitch, MEASURES[b].height / MEASURES[a].height
