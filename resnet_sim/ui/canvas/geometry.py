"""From a network, its writing and the moved cards to a plan: every shape in its place. No widgets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Block, Network, Skip
from resnet_sim.network.wiring import is_add, is_input, is_output
from resnet_sim.ui.canvas.content import CardInk, Content
from resnet_sim.ui.canvas.placing import FAN, Placing, Standing, Width
from resnet_sim.ui.canvas.shapes import (
    Box,
    CardShape,
    Detail,
    EdgeShape,
    GateShape,
    Key,
    MergeShape,
    Plan,
    RegionShape,
    Shape,
    SkipShape,
)

STEM = 8.0
"""From the right side of a card to the arc that starts there."""
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
    known: Standing | None = None,
    full: Standing | None = None,
) -> Plan:
    """Everything of a network at one level. `layout`: cards that were moved, in scene units of the full level.

    known, full: where the cards of the same network are arranged at this and at the full level, if that was kept.
    """
    placing = Placing(network, writing, width, collapsed, detail, known, full)
    placing.place(layout)
    return _Planner(placing).plan()


def standing(network: Network, writing: Content, width: Width, collapsed: frozenset[str], detail: Detail) -> Standing:
    """Where the cards of a network are arranged."""
    return Placing(network, writing, width, collapsed, detail).standing


class _Planner:
    def __init__(self, placing: Placing) -> None:
        self.placing = placing
        self.network, self.writing, self.at = placing.network, placing.writing, placing.at
        self.detail, self.boxes, self.lane_of = placing.detail, placing.boxes, placing.lane_of
        self.inside = {id for id, key in placing.stands_for.items() if key in placing.collapsed}
        self.shapes: dict[Key, Shape] = {}
        self.tops: dict[str, float] = {}

    def plan(self) -> Plan:
        drawn = tuple(self._skips())
        self._arcs(drawn)
        for block in self.network.blocks:
            if block.id not in self.placing.collapsed:
                self._region(block)
        self._edges()
        self._cards()
        hidden = frozenset(self.network.skip_by_id) - {skip.id for skip in drawn}
        stands_for = self.placing.stands_for
        return Plan(self.shapes, stands_for, hidden, self._bounds(), self.detail, self.placing.standing.arranged)

    # --- arcs ------------------------------------------------------------------------------------------------------

    def _skips(self) -> Iterator[Skip]:
        for skip in self.network.skips:
            ends = self.placing.shown(skip.source), self.placing.shown(skip.target)
            if skip.target not in self.inside and ends[0] != ends[1] and all(end in self.boxes for end in ends):
                yield skip

    def _ends(self, skips: tuple[Skip, ...]) -> dict[str, tuple[float, float]]:
        """skip id -> how far its ends are from the first arc's beginning and from the middle of (+)."""
        outer = sorted(skips, key=lambda each: -self.lane_of.get(each.id, 0))
        starts: dict[str, int] = {}
        stops: dict[str, list[Skip]] = {}
        fan = FAN if self.placing.shows_gate else FAN / 3
        offsets: dict[str, float] = {}
        for skip in outer:
            source = self.placing.shown(skip.source)
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
        ceilings: list[tuple[float, float, float, Block | None]] = []  # what arcs of a higher lane pass above
        for skip in sorted(skips, key=lambda each: self.lane_of.get(each.id, 0)):
            source, target = self.boxes[self.placing.shown(skip.source)], self.boxes[skip.target]
            x0 = source.right + stem + ends[skip.id][0]
            if not self.at.stem and is_add(self.network.by_id.get(self.placing.shown(skip.source))):
                x0 = source.middle  # there is no room behind (+) at the small levels
            x1 = target.middle + ends[skip.id][1]
            left, right = min(x0, x1), max(x0, x1)
            top = min(box.y for box in self._under(skip, source, target)) - self.at.rise
            mine = self.network.block_of.get(skip.target)
            if self.lane_of.get(skip.id, 0):
                over = self.at.head + self.at.lane * 0.45  # above the ground of another block
                below = [(y, block) for a, b, y, block in ceilings if a < right and left < b]
                top = min((top, *(y - (self.at.lane if block in (None, mine) else over) for y, block in below)))
            ceilings.append((left, right, top, mine))
            self.tops[skip.id] = top
            reach = (target.w / 2) ** 2 - ends[skip.id][1] ** 2
            y1 = target.axis - max(0.0, reach) ** 0.5
            placed.append(self._arc(skip, x0, source.axis, x1, y1, top))
        rises = sorted((x, shape.top) for shape in placed for x in (shape.x0, shape.x1))
        for shape in placed:
            self.shapes[shape.id] = replace(shape, pill=beside_rises(shape, rises)) if shape.pill else shape

    def _arc(self, skip: Skip, x0: float, y0: float, x1: float, y1: float, top: float) -> SkipShape:
        across = min(self.at.bend[0], abs(x1 - x0) * 0.4)
        ink = self.writing.pills[skip.id]
        pill: Box | None = None
        if self.placing.shows_gate:
            room = abs(x1 - x0) - 0.7 * across  # the ends of the pill may cover where the arc bends
            widths = [self.placing.width(tex, 14) + 20 + EYE for tex in ink.options]
            wide = next((each for each in widths if each <= room), widths[-1])
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
            box = self.boxes.get(self.placing.shown(at))
            if box is not None:
                found.append(box)
            at = self.network.main_input.get(at)
        return found

    # --- blocks, connections, cards --------------------------------------------------------------------------------

    def _region(self, block: Block) -> None:
        inner = [self.boxes[key] for id in block.nodes if (key := self.placing.shown(id)) in self.boxes]
        if not inner:
            return
        half, pad = self.at.height / 2, self.at.pad
        box = inner[0]
        for each in inner[1:]:
            box = box.united(each)
        top = min(each.axis for each in inner) - half
        bottom = max(each.axis for each in inner) + half + pad
        arcs = [skip.id for id in block.nodes for skip in self.network.skips_into.get(id, ()) if skip.id in self.tops]
        top = min((self.tops[id] - self.at.head for id in arcs), default=top - self.at.head * 0.75)
        left = box.x - self.at.rim[0]
        for id in arcs:
            shape = self.shapes[id]
            if isinstance(shape, SkipShape) and shape.x0 < box.x:
                left = min(left, shape.x0 + BESIDE_BLOCK) if self.at.stem else left
        self.shapes[block.id] = RegionShape(
            block.id,
            Box(left, top, box.right + self.at.rim[1] - left, bottom - top),
            self.detail,
            self.writing.titles[block.id],
            block.kind == "plain",
            block.frozen,
        )

    def _edges(self) -> None:
        for each in self.network.connections:
            a, b = self.placing.shown(each.source), self.placing.shown(each.target)
            source, target = self.boxes.get(a), self.boxes.get(b)
            if source is None or target is None or a == b or self.writing.glued.get(each.target) == each.source:
                continue
            stems = [shape.x0 for skip in self.network.skips_from.get(each.source, ()) if (shape := self._arc_of(skip))]
            begin = max((x for x in stems if x < target.x), default=source.right)
            begin = max(begin, source.right)
            x1 = target.x
            label = (begin + x1) / 2 + (2 if begin > source.right or source.w < self.at.card / 2 else -1)
            self.shapes[each] = EdgeShape(
                each, source.right, source.axis, x1, target.axis, label, begin, self.detail, self.writing.edges[each]
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
                gate = self.boxes.get(self.placing.gate_of.get(id, ""))
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
        grounds = [shape for shape in self.shapes.values() if isinstance(shape, RegionShape)]
        boxes = [*self.boxes.values(), *(ground.box for ground in grounds)]
        if not boxes:
            return Box(0, 0, self.at.card, self.at.height)
        arcs = [shape for shape in self.shapes.values() if isinstance(shape, SkipShape)]
        half = PILL_HEIGHT / 2 if self.placing.shows_gate else 2.0
        left = min(box.x for box in boxes)
        right = max(max(box.x + box.w for box in boxes), max((max(arc.x0, arc.x1) for arc in arcs), default=left))
        top = min(min(box.y for box in boxes), min((arc.top - half for arc in arcs), default=float("inf")))
        return Box(left, top, right - left, max(box.y + box.h for box in boxes) - top)


def beside_rises(shape: SkipShape, rises: Sequence[tuple[float, float]]) -> Box | None:
    """The pill, moved along its arc to where no higher arc rises or falls through it. rises: (x, top), sorted."""
    pill = shape.pill
    if pill is None:
        return None
    left, right = min(shape.x0, shape.x1) + 14, max(shape.x0, shape.x1) - 14
    inside = rises[bisect_left(rises, (left, float("-inf"))) : bisect_left(rises, (right, float("-inf")))]
    walls = [left, *(x for x, top in inside if top < shape.top - 1), right]
    best = pill
    far = float("inf")
    for a, b in pairwise(walls):
        if b - a >= pill.w + 8:
            x = min(max(pill.x, a + 4), b - 4 - pill.w)
            if abs(x - pill.x) < far:
                far, best = abs(x - pill.x), pill._replace(x=x)
    return best
