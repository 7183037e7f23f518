"""From a network, its writing and the moved cards to a plan: every shape in its place. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.check import wired_alike
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Block, Connection, Network
from resnet_sim.network.wiring import is_add, is_input, is_output
from resnet_sim.ui.canvas.arcs import PILL_HEIGHT, Arcs
from resnet_sim.ui.canvas.content import Content
from resnet_sim.ui.canvas.placing import Placing, Standing, Width
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

BESIDE_BLOCK = 7.0
"""From the beginning of a block's arc to the block's ground."""
Extent = tuple[float, float, float, float]
"""Left, top, right, bottom."""
NOWHERE: Extent = (float("inf"), float("inf"), float("-inf"), float("-inf"))


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
    return Planner(Placing(network, writing, width, collapsed, detail)).plan(layout)


def standing(network: Network, writing: Content, width: Width, collapsed: frozenset[str], detail: Detail) -> Standing:
    """Where the cards of a network are arranged."""
    return Placing(network, writing, width, collapsed, detail).standing


def stands_alike(before: tuple[Network, Content], after: tuple[Network, Content]) -> bool:
    """Whether two networks differ in nothing but what is written on cards, so that everything stands where it stood."""
    (a, old), (b, new) = before, after
    return (
        wired_alike(a, b)
        and (old.absorbed, old.glued, old.titles) == (new.absorbed, new.glued, new.titles)
        and list(old.edges.values()) == list(new.edges.values())
        and list(old.pills.values()) == list(new.pills.values())
    )


class Planner:
    """Plans one network at one level. While only cards are moved, what they touch is planned anew, the rest is kept."""

    def __init__(self, placing: Placing) -> None:
        self.placing = placing
        self.network, self.writing, self.at = placing.network, placing.writing, placing.at
        self.detail, self.boxes = placing.detail, placing.boxes
        self._layout: tuple[Position, ...] = ()
        self._shapes: dict[Key, Shape] = {}
        self._plan: Plan | None = None
        self._rest: tuple[frozenset[Key], Extent] = (frozenset(), NOWHERE)

    def plan(self, layout: tuple[Position, ...]) -> Plan:
        """The plan with cards moved. Shapes that stay are the same objects as in the plan before."""
        if self._plan is None or not self.placing.standing.sound:
            self._plan = self._whole(layout)
        elif layout != self._layout:
            self._plan = self._moved(layout, self._plan)
        self._layout = layout
        return self._plan

    def rewrite(self, network: Network, writing: Content) -> None:
        """Plan another network instead, in which all stands alike (`stands_alike`): only what is written is new."""
        self.network = self.placing.network = self.arcs.network = network
        self.writing = self.placing.writing = writing
        before = self._plan
        if before is None:
            return
        self._shapes = dict(before.shapes)
        self._bodies(self.boxes)
        written = frozenset(key for key in self.boxes if self._shapes[key] != before.shapes[key])
        self._shapes = {**before.shapes, **{key: self._shapes[key] for key in written}}
        moved = before.version, written
        self._plan = replace(before, shapes=self._shapes, version=object(), moved=moved)

    def _whole(self, layout: tuple[Position, ...]) -> Plan:
        self._shapes = {}
        self.boxes.clear()
        self.placing.place(layout)
        self.arcs = Arcs(self.placing)
        self.arcs.place()
        self._shapes.update(self.arcs.shapes)
        self._regions(self.network.blocks)
        self._edges(self.network.connections)
        self._bodies(self.boxes)
        hidden = frozenset(self.network.skip_by_id) - frozenset(self.arcs.shapes)
        bounds = self._bounds(self._extent(self._shapes))
        cards = sum(isinstance(shape, CardShape) for shape in self._shapes.values())
        arranged = self.placing.standing.arranged
        return Plan(self._shapes, self.placing.stands_for, hidden, bounds, self.detail, arranged, cards)

    def _moved(self, layout: tuple[Position, ...], before: Plan) -> Plan:
        changed = self.placing.move(layout)
        if not changed:
            return before
        self._shapes = dict(before.shapes)
        arcs = self.arcs.move(changed)
        self._shapes.update((id, self.arcs.shapes[id]) for id in arcs)
        skips = [self.network.skip_by_id[id] for id in arcs]
        near = {*changed, *(skip.target for skip in skips)}
        regions = self._regions({block.id: block for key in near for block in self._blocks_at.get(key, ())}.values())
        edges = {each for key in changed for each in self._edges_at.get(key, ())}
        edges.update(each for skip in skips for each in self._edges_from.get(skip.source, ()))
        self._edges(edges)
        self._bodies(changed)
        moved = frozenset((*changed, *arcs, *regions))
        if self._rest[0] != moved:
            self._rest = moved, self._extent(key for key in self._shapes if key not in moved)
        bounds = self._bounds(_around(self._rest[1], self._extent(moved)))
        keys = (moved | edges) & self._shapes.keys()
        return replace(before, shapes=self._shapes, bounds=bounds, version=object(), moved=(before.version, keys))

    # --- what stands where: asked once cards are moved ---------------------------------------------------------------

    @cached_property
    def _blocks_at(self) -> Mapping[str, list[Block]]:
        found: dict[str, list[Block]] = {}
        for block in self.network.blocks:
            for key in dict.fromkeys((*block.nodes, *(self.placing.shown(id) for id in block.nodes))):
                found.setdefault(key, []).append(block)
        return found

    @cached_property
    def _edges_at(self) -> Mapping[str, list[Connection]]:
        found: dict[str, list[Connection]] = {}
        for each in self.network.connections:
            for key in {self.placing.shown(each.source), self.placing.shown(each.target)}:
                found.setdefault(key, []).append(each)
        return found

    @cached_property
    def _edges_from(self) -> Mapping[str, list[Connection]]:
        found: dict[str, list[Connection]] = {}
        for each in self.network.connections:
            found.setdefault(each.source, []).append(each)
        return found

    # --- blocks, connections, cards --------------------------------------------------------------------------------

    def _regions(self, blocks: Iterable[Block]) -> list[str]:
        return [block.id for block in blocks if block.id not in self.placing.collapsed and self._region(block)]

    def _region(self, block: Block) -> bool:
        shown, boxes = self.placing.shown, self.boxes
        inner = [box for id in block.nodes if (box := boxes.get(shown(id))) is not None]
        if not inner:
            return False
        half, pad = self.at.height / 2, self.at.pad
        x = min([box.x for box in inner])
        right = max([box.x + box.w for box in inner])
        axes = [box.axis for box in inner]
        landing = self.network.skips_into
        arcs = [arc for id in block.nodes for skip in landing.get(id, ()) if (arc := self.arcs.shapes.get(skip.id))]
        head = self.at.head
        top = min((arc.top - head for arc in arcs), default=min(axes) - half - head * 0.75)
        left = x - self.at.rim[0]
        if self.at.stem:
            left = min(left, min((arc.x0 + BESIDE_BLOCK for arc in arcs if arc.x0 < x), default=left))
        box = Box(left, top, right + self.at.rim[1] - left, max(axes) + half + pad - top)
        title = self.writing.titles[block.id]
        self._shapes[block.id] = RegionShape(block.id, box, self.detail, title, block.kind == "plain", block.frozen)
        return True

    def _edges(self, connections: Iterable[Connection]) -> None:
        shown, boxes, glued = self.placing.stands_for.get, self.boxes.get, self.writing.glued.get
        inks, leaving, arcs = self.writing.edges, self.network.skips_from.get, self.arcs.shapes.get
        wide, detail = self.at.card / 2, self.detail
        for each in connections:
            a, b = shown(each.source, each.source), shown(each.target, each.target)
            source, target = boxes(a), boxes(b)
            if source is None or target is None or a == b or glued(each.target) == each.source:
                continue
            x0, x1 = source.right, target.x
            begin = x0
            for skip in leaving(each.source, ()):
                arc = arcs(skip.id)
                if arc is not None and begin < arc.x0 < x1:
                    begin = arc.x0
            label = (begin + x1) / 2 + (2 if begin > x0 or source.w < wide else -1)
            ink = inks[each]
            self._shapes[each] = EdgeShape(each, x0, source.axis, x1, target.axis, label, begin, detail, ink)

    def _bodies(self, keys: Iterable[str]) -> None:
        wrong, detail = self.writing.trouble, self.detail
        nodes, cards = self.network.by_id, self.writing.cards
        for id in keys:
            box, node = self.boxes[id], nodes.get(id)
            if node is None:
                self._shapes[id] = CardShape(id, box, detail, self.writing.blocks[id])
            elif is_add(node):
                gate = self.boxes.get(self.placing.gate_of.get(id, ""))
                behind = gate.x if gate is not None else None
                self._shapes[id] = MergeShape(id, box, detail, behind, id in wrong.merges)
            elif isinstance(node.layer, Activation):
                block = self.network.block_of.get(id)
                frozen = node.frozen or (block is not None and block.frozen)
                self._shapes[id] = GateShape(id, box, detail, node.layer.function, frozen, id in wrong.cards)
            else:
                self._shapes[id] = CardShape(id, box, detail, cards[id], not is_input(node), not is_output(node))

    # --- how large it all is ---------------------------------------------------------------------------------------

    def _extent(self, keys: Iterable[Key]) -> Extent:
        """Around cards, blocks and arcs; of an arc, what is lower or further left than the cards does not count."""
        half = PILL_HEIGHT / 2 if self.placing.shows_gate else 2.0
        left, top, right, bottom = NOWHERE
        for key in keys:
            shape = self._shapes[key]
            if isinstance(shape, EdgeShape):
                continue
            if isinstance(shape, SkipShape):
                right, top = max(right, shape.x0, shape.x1), min(top, shape.top - half)
                continue
            x, y, w, h = shape.box
            left, top = min(left, x), min(top, y)
            right, bottom = max(right, x + w), max(bottom, y + h)
        return left, top, right, bottom

    def _bounds(self, extent: Extent) -> Box:
        left, top, right, bottom = extent
        return Box(left, top, right - left, bottom - top) if self.boxes else Box(0, 0, self.at.card, self.at.height)


def _around(a: Extent, b: Extent) -> Extent:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
