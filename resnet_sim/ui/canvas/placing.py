"""Where cards, (+) and g stand: arranged from left to right, then moved as people have moved them. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.network.arrange import columns, topology
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Block, Connection, Network
from resnet_sim.network.wiring import is_add, is_input
from resnet_sim.ui.canvas.content import Content
from resnet_sim.ui.canvas.shapes import MEASURES, Box, Detail, Measures

Width = Callable[[str, int], float]
"""How wide a text is in px at a font size (a formula if it has a backslash)."""

GLUE = 4.0
"""Between (+) and the g box behind it."""
NARROW = 6.0
"""Width of what learns nothing at the smallest level: the bars of the layers that learn have the room."""
FAN = 6.0
"""Between arcs that share an end."""


@dataclass(frozen=True)
class Standing:
    """What does not change while cards are dragged: where each is arranged, the order, and the lanes of the arcs."""

    arranged: dict[str, tuple[float, float]]
    order: tuple[str, ...]
    lanes: dict[str, int]
    sound: bool
    """Whether the order is one: there is no loop."""


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
        self._layout: dict[str, Position] = {}
        self._places = self.standing.arranged

    def shown(self, id: str) -> str:
        """The key of what shows a node."""
        return self.stands_for.get(id, id)

    @property
    def shows_gate(self) -> bool:
        """Whether g has a box of its own behind (+) at this level."""
        return self.detail in (Detail.FULL, Detail.SLIM)

    def place(self, layout: tuple[Position, ...]) -> None:
        """Fill `boxes`."""
        self._layout = {each.id: each for each in layout}
        self._places = self._moved()
        for id in self.standing.order:
            self._box(id)

    def move(self, layout: tuple[Position, ...]) -> set[str]:
        """Bring `boxes` to another layout. The keys of those that are different now. Only where the order is sound."""
        before, self._layout = self._layout, {each.id: each for each in layout}
        todo = [id for id in {**before, **self._layout} if before.get(id) != self._layout.get(id)]
        self._places = self._moved()
        changed: set[str] = set()
        while todo:
            id = todo.pop()
            key = self.folded[id].id if id in self.folded else id
            old = self.boxes.get(key)
            self._box(id)
            if self.boxes.get(key) != old:
                changed.add(key)
                todo += self._leaning.get(key, ())
        return changed

    @cached_property
    def _leaning(self) -> Mapping[str, list[str]]:
        """key of a box -> the nodes that stand where they stand because of it."""
        found: dict[str, list[str]] = {}
        for id in self.standing.order:
            if id in self.writing.glued:
                found.setdefault(self.writing.glued[id], []).append(id)
            elif is_add(self.network.by_id[id]) and not self._own_width(id):
                found.setdefault(self.shown(self.network.main_input.get(id, "")), []).append(id)
        return found

    def _stand(self) -> Standing:
        found = topology(self.network)
        left = columns(found, ((id, self._room(id)) for id in found.order), self.at.gap)
        rows = self._rows(found.branch, found.lanes)
        arranged = {node.id: (left[node.id], rows[found.branch[node.id]]) for node in self.network.nodes}
        return Standing(arranged, found.order, found.lanes, found.sound)

    def _rows(self, row: Mapping[str, int], lane: Mapping[str, int]) -> Mapping[int, float]:
        """Branch number -> top of its cards, with room for its arcs above it."""
        head = dict.fromkeys(row.values(), 0.0)
        for skip in self.network.skips:
            if skip.target in row:
                at = min(row[skip.target], row.get(skip.source, 0))
                room = self.at.rise + lane.get(skip.id, 0) * self.at.lane + self.at.head
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
        own = self._own_width(id)
        return own + self._extra(id) if own else 0.0

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
        if self.detail is Detail.TINY and not node.layer.weighted:
            return NARROW
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
        return max((self.width(line, 12) for line in ink.lines), default=0.0) if ink is not None else 0.0

    def out_of(self, id: str) -> str:
        """The node whose output leaves the shape of `id`: the g it shows, the last of a collapsed block."""
        if id in self.folded:
            return [each for each in self.folded[id].nodes if each in self.network.by_id][-1]
        return out_of(self.network, self.writing, id)

    def _moved(self) -> dict[str, tuple[float, float]]:
        arranged = self.standing.arranged
        moved = {each.id: each for each in self._layout.values() if each.id in arranged}
        if not moved:
            return arranged
        places = dict(arranged)
        full, across, down = arranged, 1.0, 1.0
        if self.detail is not Detail.FULL:
            if self.full is None:
                self.full = Placing(self.network, self.writing, self.width, self.collapsed, Detail.FULL).standing
            full = self.full.arranged
            across, down = scale_between(Detail.FULL, self.detail)
        for id, each in moved.items():
            x, y = arranged[id]
            places[id] = (x + (each.x - full[id][0]) * across, y + (each.y - full[id][1]) * down)
        return places

    def _box(self, id: str) -> None:
        if id in self.stands_for and id not in self.folded:
            return
        at, node = self.at, self.network.by_id[id]
        x, y = self._places[id]
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
                    return
                x, axis = host.right + GLUE, host.axis
                if not self.shows_gate:
                    self.stands_for[id] = self.writing.glued[id]
                    return
            self.boxes[id] = Box(x, axis - at.gate / 2, at.gate, at.gate)
        else:
            self.boxes[id] = Box(x, y, self._own_width(id), at.height)


def least_width(network: Network, collapsed: frozenset[str], detail: Detail) -> float:
    """How wide a network is at least at a level, before anything is placed: as its columns of cards."""
    folded = {id for block in network.blocks if block.id in collapsed for id in block.nodes}
    ranks = topology(network).ranks
    filled = {
        ranks[node.id] for node in network.nodes if not (isinstance(node.layer, Activation | Add) or node.id in folded)
    }
    return max(0, len(filled) - 1) * MEASURES[detail].pitch


def out_of(network: Network, writing: Content, id: str) -> str:
    """The node whose output a^{[l]} leaves the card of `id`: its g if it shows one."""
    for after in network.outgoing.get(id, ()):
        if writing.absorbed.get(after) == id or writing.glued.get(after) == id:
            return after
    return id


def scale_between(a: Detail, b: Detail) -> tuple[float, float]:
    """By how much a way at level `a` is longer at level `b`, across and down."""
    return MEASURES[b].pitch / MEASURES[a].pitch, MEASURES[b].height / MEASURES[a].height
