"""Where the arcs of the skip connections run: their ends, how high they are, and where their pills have room."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from resnet_sim.network.graph import Block, Skip
from resnet_sim.network.wiring import is_add
from resnet_sim.ui.canvas.placing import FAN, Placing
from resnet_sim.ui.canvas.shapes import Box, SkipShape

STEM = 8.0
"""From the right side of a card to the arc that starts there."""
PILL_HEIGHT = 24.0
EYE = 24.0


class Arcs:
    """The arcs of one level, by skip id, the lowest lane first."""

    def __init__(self, placing: Placing) -> None:
        self.placing, self.network, self.at = placing, placing.network, placing.at
        self.inside = {id for id, key in placing.stands_for.items() if key in placing.collapsed}
        self.drawn = tuple(self._drawn())
        lane = placing.lane_of
        self._by_lane = sorted(self.drawn, key=lambda each: lane.get(each.id, 0))
        self._offsets = self._ends()
        self.shapes: dict[str, SkipShape] = {}

    def _drawn(self) -> Iterator[Skip]:
        boxes, shown = self.placing.boxes, self.placing.shown
        for skip in self.network.skips:
            ends = shown(skip.source), shown(skip.target)
            if skip.target not in self.inside and ends[0] != ends[1] and all(end in boxes for end in ends):
                yield skip

    def _ends(self) -> dict[str, tuple[float, float]]:
        """skip id -> how far its ends are from the first arc's beginning and from the middle of (+)."""
        starts: dict[str, int] = {}
        stops: dict[str, list[Skip]] = {}
        fan = FAN if self.placing.shows_gate else FAN / 3
        offsets: dict[str, float] = {}
        lane = self.placing.lane_of
        for skip in sorted(self.drawn, key=lambda each: -lane.get(each.id, 0)):
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

    # --- placing ---------------------------------------------------------------------------------------------------

    def place(self) -> None:
        """All of them."""
        self._place(self._by_lane)

    def move(self, changed: set[str]) -> list[str]:
        """Those that run elsewhere because these boxes do, and those that overlap them or each other. Their ids.

        An arc decides how high the arcs are that it overlaps, and where their pills are; no other depends on it.
        """
        touched = {id for key in changed for id in self._over.get(key, ())}
        if not touched:
            return []
        found: set[str] = set()
        group: list[str] = []
        end = float("-inf")
        for left, right, id in sorted(self._reach(id, id in touched) for id in self.shapes):
            if left >= end:
                found.update(group if touched.intersection(group) else ())
                group = []
            group.append(id)
            end = max(end, right)
        found.update(group if touched.intersection(group) else ())
        return self._place([skip for skip in self._by_lane if skip.id in found])

    def _reach(self, id: str, touched: bool) -> tuple[float, float, str]:
        """From where to where an arc runs, and ran before it was touched."""
        shape = self.shapes[id]
        ends = (shape.x0, shape.x1, *(self._run(self.network.skip_by_id[id]) if touched else ()))
        return min(ends), max(ends), id

    @cached_property
    def _over(self) -> Mapping[str, list[str]]:
        """key of a box -> the arcs that begin, end or pass there."""
        found: dict[str, list[str]] = {}
        for skip in self.drawn:
            ends = self.placing.shown(skip.source), self.placing.shown(skip.target)
            for key in dict.fromkeys((*ends, *self._passed(skip))):
                found.setdefault(key, []).append(skip.id)
        return found

    def _run(self, skip: Skip) -> tuple[float, float]:
        """Where an arc begins and ends."""
        key, (out, into) = self.placing.shown(skip.source), self._offsets[skip.id]
        source, target = self.placing.boxes[key], self.placing.boxes[skip.target]
        if not self.at.stem and is_add(self.network.by_id.get(key)):
            return source.middle, target.middle + into  # there is no room behind (+) at the small levels
        return source.right + (STEM if self.at.stem else self.at.gap * 0.3) + out, target.middle + into

    def _place(self, skips: Iterable[Skip]) -> list[str]:
        boxes, lane, head = self.placing.boxes, self.placing.lane_of, self.at.head
        placed: list[SkipShape] = []
        ceilings: list[tuple[float, float, float, Block | None]] = []  # what arcs of a higher lane pass above
        for skip in skips:
            source, target = boxes[self.placing.shown(skip.source)], boxes[skip.target]
            x0, x1 = self._run(skip)
            left, right = (x0, x1) if x0 < x1 else (x1, x0)
            top = self._height(skip, source, target) - self.at.rise
            mine = self.network.block_of.get(skip.target)
            if lane.get(skip.id, 0):
                over = head + self.at.lane * 0.45  # above the ground of another block
                below = [(y, block) for a, b, y, block in ceilings if a < right and left < b]
                top = min((top, *(y - (self.at.lane if block in (None, mine) else over) for y, block in below)))
            ceilings.append((left, right, top, mine))
            reach = (target.w / 2) ** 2 - self._offsets[skip.id][1] ** 2
            placed.append(self._arc(skip, (x0, source.axis), (x1, target.axis - max(0.0, reach) ** 0.5), top))
        rises = sorted((x, shape.top) for shape in placed for x in (shape.x0, shape.x1))
        for shape in placed:
            pill = beside_rises(shape, rises) if shape.pill else None
            self.shapes[shape.id] = shape._replace(pill=pill) if pill != shape.pill else shape
        return [shape.id for shape in placed]

    def _arc(self, skip: Skip, begin: tuple[float, float], end: tuple[float, float], top: float) -> SkipShape:
        (x0, y0), (x1, y1) = begin, end
        across = min(self.at.bend[0], abs(x1 - x0) * 0.4)
        ink = self.placing.writing.pills[skip.id]
        pill: Box | None = None
        if self.placing.shows_gate:
            room = abs(x1 - x0) - 0.7 * across  # the ends of the pill may cover where the arc bends
            widths = [self.placing.width(tex, 14) + 20 + EYE for tex in ink.options]
            wide = next((each for each in widths if each <= room), widths[-1])
            pill = Box((x0 + x1 - wide) / 2, top - PILL_HEIGHT / 2, wide, PILL_HEIGHT)
        return SkipShape(skip.id, x0, y0, x1, y1, top, (across, self.at.bend[1]), pill, self.placing.detail, ink)

    def _passed(self, skip: Skip) -> Iterator[str]:
        """The keys of what lies on the main path under an arc."""
        main, shown = self.network.main_input, self.placing.shown
        at = main.get(skip.target)
        seen: set[str] = set()
        while at is not None and at != skip.source and at not in seen:
            seen.add(at)
            yield shown(at)
            at = main.get(at)

    def _height(self, skip: Skip, source: Box, target: Box) -> float:
        """The top of the cards an arc passes: both ends and what lies on the main path between them."""
        boxes = self.placing.boxes
        under = [box.y for key in self._passed(skip) if (box := boxes.get(key)) is not None]
        return min(source.axis - self.at.height / 2, target.axis - self.at.height / 2, *under)


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
