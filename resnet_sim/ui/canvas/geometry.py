"""Where everything stands: from a network, its writing and the moved cards to a plan of shapes. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.arrange import LANE, arrange, lanes
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Block, Connection, Network, Skip
from resnet_sim.network.wiring import is_add, is_input, is_output
from resnet_sim.ui.canvas.content import CardInk, Content, block_title
from resnet_sim.ui.canvas.shapes import (
    MEASURES,
    Box,
    CardShape,
    Detail,
    EdgeShape,
    GateShape,
    Key,
    Measures,
    MergeShape,
    Plan,
    RegionShape,
    Shape,
    SkipShape,
)

Width = Callable[[str, int], float]
"""How wide a text is in px at a font size (a formula if it starts with a backslash)."""

GLUE = 4.0
"""Between (+) and the g box behind it."""
STEM = 8.0
"""From the right side of a card to the arc that starts there."""
FAN = 6.0
"""Between arcs that share an end."""
BESIDE_BLOCK = 7.0
"""From the beginning of a block's arc to the block's ground."""
PILL_HEIGHT = 24.0
EYE = 24.0


def plan(
    network: Network,
    writing: Content,
    width: Width,
    *,
    layout: tuple[Position, ...] = (),
    collapsed: frozenset[str] = frozenset(),
    detail: Detail = Detail.FULL,
) -> Plan:
    """Everything of a network at one level. `layout`: cards that were moved, in scene units of the full level."""
    return _Planner(network, writing, width, collapsed, detail).plan(layout)


@dataclass
class _Planner:
    network: Network
    writing: Content
    width: Width
    collapsed: frozenset[str]
    detail: Detail

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
        self.inside = {id for id, key in self.stands_for.items() if key in self.collapsed}
        self.gate_of = {merge: g for g, merge in self.writing.glued.items()}
        self.lane_of = lanes(self.network)
        self.boxes: dict[str, Box] = {}
        self.shapes: dict[Key, Shape] = {}
        self.tops: dict[str, float] = {}

    # --- places ----------------------------------------------------------------------------------------------------

    def plan(self, layout: tuple[Position, ...]) -> Plan:
        arranged = self._arranged()
        self._place(self._moved(arranged, layout))
        drawn = tuple(self._skips())
        self._arcs(drawn)
        for block in self.network.blocks:
            if block.id not in self.collapsed:
                self._region(block)
        self._edges()
        self._cards()
        hidden = frozenset(self.network.skip_by_id) - {skip.id for skip in drawn}
        return Plan(self.shapes, self.stands_for, hidden, self._bounds(), self.detail, arranged)

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
            other = _Planner(self.network, self.writing, self.width, self.collapsed, Detail.FULL)
            full = other._arranged()
            across, down = scale_between(Detail.FULL, self.detail)
        for id, each in moved.items():
            x, y = arranged[id]
            places[id] = (x + (each.x - full[id][0]) * across, y + (each.y - full[id][1]) * down)
        return places

    def _place(self, places: Mapping[str, tuple[float, float]]) -> None:
        at = self.at
        order = self.network.order() or tuple(self.network.by_id)
        for id in order:
            if id in self.stands_for and id not in self.folded:
                continue
            node = self.network.by_id[id]
            x, y = places[id]
            axis = y + at.height / 2
            if id in self.folded:
                self.boxes[self.folded[id].id] = Box(x, y, at.card, at.height)
            elif is_add(node):
                if not self._own_width(id):
                    before = self.boxes.get(self._shown(self.network.main_input.get(id, "")))
                    moved = before is None or abs(x - before.x) > 1
                    x = x if moved or before is None else before.right + at.gap / 2 - at.merge
                self.boxes[id] = Box(x, axis - at.merge, 2 * at.merge, 2 * at.merge)
            elif isinstance(node.layer, Activation):
                if id in self.writing.glued:
                    host = self.boxes.get(self.writing.glued[id])
                    if host is None:
                        continue
                    x, axis = host.right + GLUE, host.axis
                    if not self._shows_gate:
                        self.stands_for[id] = self.writing.glued[id]
                        continue
                self.boxes[id] = Box(x, axis - at.gate / 2, at.gate, at.gate)
            else:
                self.boxes[id] = Box(x, y, self._own_width(id), at.height)

    @property
    def _shows_gate(self) -> bool:
        return self.detail in (Detail.FULL, Detail.SLIM)

    def _shown(self, id: str) -> str:
        return self.stands_for.get(id, id)

    # --- arcs ------------------------------------------------------------------------------------------------------

    def _skips(self) -> Iterator[Skip]:
        for skip in self.network.skips:
            ends = self._shown(skip.source), self._shown(skip.target)
            if skip.target not in self.inside and ends[0] != ends[1] and all(end in self.boxes for end in ends):
                yield skip

    def _ends(self, skips: tuple[Skip, ...]) -> dict[str, tuple[float, float]]:
        """skip id -> how far its ends are from the first arc's beginning and from the middle of (+)."""
        outer = sorted(skips, key=lambda each: -self.lane_of.get(each.id, 0))
        starts: dict[str, int] = {}
        stops: dict[str, list[Skip]] = {}
        fan = FAN if self._shows_gate else FAN / 3
        offsets: dict[str, float] = {}
        for skip in outer:
            source = self._shown(skip.source)
            offsets[skip.id] = fan * starts.get(source, 0)
            starts[source] = starts.get(source, 0) + 1
            stops.setdefault(skip.target, []).insert(0, skip)
        found: dict[str, tuple[float, float]] = {}
        for landing in stops.values():
            step = min(fan, 2 * self.at.merge / (len(landing) + 1))
            for k, skip in enumerate(landing):
                found[skip.id] = offsets[skip.id], step * (k - (len(landing) - 1) / 2)
        return found

    def _arcs(self, skips: tuple[Skip, ...]) -> None:
        ends = self._ends(skips)
        stem = STEM if self.at.stem else self.at.gap * 0.3
        placed: list[SkipShape] = []
        ceilings: list[tuple[float, float, float]] = []  # what arcs of a higher lane pass above
        for skip in sorted(skips, key=lambda each: self.lane_of.get(each.id, 0)):
            source, target = self.boxes[self._shown(skip.source)], self.boxes[skip.target]
            x0 = source.right + stem + ends[skip.id][0]
            x1 = target.middle + ends[skip.id][1]
            left, right = min(x0, x1), max(x0, x1)
            top = min(box.y for box in self._under(skip, source, target)) - self.at.rise
            if self.lane_of.get(skip.id, 0):
                above = [y for a, b, y in ceilings if a < right and left < b]
                top = min((top, *(y - self.at.lane for y in above)))
            ceilings.append((left, right, top))
            self.tops[skip.id] = top
            reach = (target.w / 2) ** 2 - ends[skip.id][1] ** 2
            y1 = target.axis - max(0.0, reach) ** 0.5
            placed.append(self._arc(skip, x0, source.axis, x1, y1, top))
        for shape in placed:
            self.shapes[shape.id] = shape

    def _arc(self, skip: Skip, x0: float, y0: float, x1: float, y1: float, top: float) -> SkipShape:
        across = min(self.at.bend[0], abs(x1 - x0) * 0.4)
        ink = self.writing.pills[skip.id]
        pill: Box | None = None
        if self._shows_gate:
            room = abs(x1 - x0) - across
            full = self.width(ink.tex, 14) + 20 + EYE
            wide = full if full <= room else self.width(ink.short, 14) + 20 + EYE
            pill = Box((x0 + x1 - wide) / 2, top - PILL_HEIGHT / 2, wide, PILL_HEIGHT)
        return SkipShape(skip.id, x0, y0, x1, y1, top, (across, self.at.bend[1]), pill, self.detail, ink)

    def _under(self, skip: Skip, source: Box, target: Box) -> list[Box]:
        """The cards an arc passes: both ends and what lies on the main path between them."""
        half = self.at.height / 2
        found = [Box(source.x, source.axis - half, source.w, 0), Box(target.x, target.axis - half, target.w, 0)]
        at = self.network.main_input.get(skip.target)
        seen: set[str] = set()
        while at is not None and at != skip.source and at not in seen:
            seen.add(at)
            box = self.boxes.get(self._shown(at))
            if box is not None:
                found.append(box)
            at = self.network.main_input.get(at)
        return found

    # --- blocks, connections, cards --------------------------------------------------------------------------------

    def _region(self, block: Block) -> None:
        inner = [self.boxes[key] for id in block.nodes if (key := self._shown(id)) in self.boxes]
        if not inner:
            return
        half, pad = self.at.height / 2, self.at.pad
        box = inner[0]
        for each in inner[1:]:
            box = box.united(each)
        top = min(each.axis for each in inner) - half
        bottom = max(each.axis for each in inner) + half + pad
        arcs = [skip.id for id in block.nodes for skip in self.network.skips_into.get(id, ()) if skip.id in self.tops]
        top = min((self.tops[id] for id in arcs), default=top - pad) - self.at.head
        left = box.x - pad / 2
        for id in arcs:
            shape = self.shapes[id]
            if isinstance(shape, SkipShape) and shape.x0 < box.x:
                left = min(left, shape.x0 + (BESIDE_BLOCK if self.at.stem else 1.5))
        self.shapes[block.id] = RegionShape(
            block.id,
            Box(left, top, box.right + (3 if self.at.stem else 2) - left, bottom - top),
            self.detail,
            block_title(self.network, block),
            block.kind == "plain",
            block.frozen,
        )

    def _edges(self) -> None:
        for each in self.network.connections:
            a, b = self._shown(each.source), self._shown(each.target)
            source, target = self.boxes.get(a), self.boxes.get(b)
            if source is None or target is None or a == b or self.writing.glued.get(each.target) == each.source:
                continue
            stems = [shape.x0 for skip in self.network.skips_from.get(each.source, ()) if (shape := self._arc_of(skip))]
            begin = max((x for x in stems if x < target.x), default=source.right)
            begin = max(begin, source.right)
            x1 = target.x
            label = (begin + x1 - (4 if begin == source.right else 0)) / 2 + (2 if begin > source.right else 0)
            self.shapes[each] = EdgeShape(
                each, source.right, source.axis, x1, target.axis, label, self.detail, self.writing.edges[each]
            )

    def _arc_of(self, skip: Skip) -> SkipShape | None:
        shape = self.shapes.get(skip.id)
        return shape if isinstance(shape, SkipShape) else None

    def _cards(self) -> None:
        wrong = self.writing.trouble
        for id, box in self.boxes.items():
            node = self.network.by_id.get(id)
            if node is None:
                ink: CardInk = self.writing.blocks[id]
                self.shapes[id] = CardShape(id, box, self.detail, ink)
            elif is_add(node):
                gate = self.boxes.get(self.gate_of.get(id, ""))
                behind = gate.x if gate is not None else None
                self.shapes[id] = MergeShape(id, box, self.detail, behind, id in wrong.merges)
            elif isinstance(node.layer, Activation):
                block = self.network.block_of.get(id)
                frozen = node.frozen or (block is not None and block.frozen)
                self.shapes[id] = GateShape(id, box, self.detail, node.layer.function, frozen, id in wrong.cards)
            else:
                ink = self.writing.cards[id]
                self.shapes[id] = CardShape(id, box, self.detail, ink, not is_input(node), not is_output(node))

    def _bounds(self) -> Box:
        found: Box | None = None
        for shape in self.shapes.values():
            box = extent(shape)
            found = box if found is None else found.united(box)
        return found if found is not None else Box(0, 0, self.at.card, self.at.height)


def out_of(network: Network, writing: Content, id: str) -> str:
    """The node whose output a^{[l]} leaves the card of `id`: its g if it shows one."""
    for after in network.outgoing.get(id, ()):
        if writing.absorbed.get(after) == id or writing.glued.get(after) == id:
            return after
    return id


def scale_between(a: Detail, b: Detail) -> tuple[float, float]:
    """By how much a way at level `a` is longer at level `b`, across and down."""
    return MEASURES[b].pitch / MEASURES[a].pitch, MEASURES[b].height / MEASURES[a].height


def extent(shape: Shape) -> Box:
    """All the room a shape takes."""
    if isinstance(shape, EdgeShape):
        left, right = min(shape.x0, shape.x1), max(shape.x0, shape.x1)
        return Box(left, min(shape.y0, shape.y1), right - left, abs(shape.y1 - shape.y0))
    if isinstance(shape, SkipShape):
        left, right = min(shape.x0, shape.x1), max(shape.x0, shape.x1)
        box = Box(left, shape.top, right - left, max(shape.y0, shape.y1) - shape.top)
        return box.united(shape.pill) if shape.pill is not None else box
    return shape.box
