"""Cards that stand elsewhere after an edit glide there: for the eye alone, the plan has the new places at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer

from resnet_sim.ui.canvas.item_kinds import Item
from resnet_sim.ui.canvas.shapes import (
    MEASURES,
    Box,
    CardShape,
    EdgeShape,
    GateShape,
    Key,
    MergeShape,
    Plan,
    RegionShape,
    Shape,
    SkipShape,
)
from resnet_sim.ui.canvas.view import View

LASTS = 0.12
"""Seconds."""
FRAME_MS = 16
MOST = 60
"""With more cards in sight they stand in their new places at once."""
Way = tuple[float, float]
STAYS: Way = (0.0, 0.0)


@dataclass
class Moving:
    """An item on its way: how it looks at the end, and how it looks now. born: it was not there before."""

    item: Item
    final: Shape
    now: Shape
    born: bool = False


class Glide(QObject):
    """Moves the items of one view. What hits, scrolls and lays out asks the plan, and never waits for it."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._view, self._scene = view, view.stage_scene
        self._reduced = False
        self._seen: Plan = self._scene.plan
        """The plan that was last on screen: a drag that is let go first goes back, then is an edit, unseen."""
        self._moving: dict[Key, Moving] = {}
        self._before: Mapping[Key, Shape] = {}
        self._ways: dict[str, Way] = {}
        self._began: float | None = None
        self._clock = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._frame)
        self._note = QTimer(self, interval=0, singleShot=True)
        self._note.timeout.connect(self._noted)
        self._scene.mirrored.connect(self._note.start)

    @property
    def running(self) -> bool:
        """Whether something is on its way."""
        return self._clock.isActive()

    def reduce_motion(self, reduced: bool) -> None:
        """Whether everything stands in its new place at once."""
        self._reduced = reduced
        if reduced:
            self._end()

    def mirror(self) -> None:
        """Bring the scene to what the network is now, and let what is in sight glide there."""
        now = {key: each.now for key, each in self._moving.items()}
        self._end()
        before = self._seen
        self._scene.mirror()
        plan = self._scene.plan
        if self._reduced or not self._view.isVisible() or before.detail is not plan.detail or self._many(plan):
            return
        self._before = {**before.shapes, **now}
        self._ways = self._found_ways(plan)
        if not self._ways:
            return
        for key, shape in plan.shapes.items():
            item = self._scene.item(key) if self._is_touched(key, shape) else None
            if item is not None:
                self._moving[key] = Moving(item, item.shown, item.shown, key not in self._before)
        self._began = None
        self._clock.start()
        self._show(1.0)

    def _noted(self) -> None:
        self._seen = self._scene.plan

    def _many(self, plan: Plan) -> bool:
        seen, at = self._view.seen(), MEASURES[plan.detail]
        if plan.cards <= MOST:
            return False
        cards = (each for each in plan.shapes.values() if isinstance(each, CardShape) and each.box.meets(seen))
        return seen.w > 2 * MOST * at.pitch or sum(1 for _each in cards) > MOST

    def _found_ways(self, plan: Plan) -> dict[str, Way]:
        """From where to where what stands by itself goes, as far as it is in sight at either end."""
        seen = self._view.seen().grown(MEASURES[plan.detail].pitch)
        found: dict[str, Way] = {}
        for key, shape in plan.shapes.items():
            old = self._before.get(key)
            if isinstance(shape, CardShape | GateShape | MergeShape) and type(old) is type(shape) and old is not shape:
                was = old.box
                way = was.x - shape.box.x, was.y - shape.box.y
                if way != STAYS and (shape.box.meets(seen) or was.meets(seen)):
                    found[shape.id] = way
        return found

    def _is_touched(self, key: Key, shape: Shape) -> bool:
        """Whether a shape moves, is pulled along or is new."""
        if key not in self._before:
            return True
        if isinstance(shape, RegionShape):
            return shape != self._before[key]
        return any(way != STAYS for way in self._ends(shape))

    def _ends(self, shape: Shape) -> tuple[Way, Way]:
        """The ways of the beginning and the end of a shape: of an arc its own, it may begin at another card now."""
        if isinstance(shape, EdgeShape):
            ends = shape.connection.source, shape.connection.target
        elif isinstance(shape, SkipShape):
            old = self._before.get(shape.id)
            if isinstance(old, SkipShape):
                return (old.x0 - shape.x0, old.y0 - shape.y0), (old.x1 - shape.x1, old.y1 - shape.y1)
            skip = self._scene.network.skip_by_id[shape.id]
            ends = skip.source, skip.target
        else:
            return self._ways.get(shape.id, STAYS), STAYS
        shown = self._scene.plan.stands_for
        begin, end = (self._ways.get(shown.get(id, id), STAYS) for id in ends)
        return begin, end

    # --- moving ----------------------------------------------------------------------------------------------------

    def _frame(self) -> None:
        now = perf_counter()
        if self._began is None:  # the edit may have kept the window busy for longer than it all lasts
            self._began = now
        share = 1.0 - (now - self._began) / LASTS
        if share <= 0.0:
            self._end()
        else:
            self._show(share**3)

    def _show(self, share: float) -> None:
        """Everything where it is while that share of its way is left."""
        for key, each in list(self._moving.items()):
            item = each.item
            if self._scene.item(key) is not item:
                del self._moving[key]
                continue
            if item.shown is not each.now:  # it became something else meanwhile
                each.final = item.shown
            if each.born:
                item.setOpacity(1.0 - share)
            each.now = self._between(key, each.final, share)
            item.show_shape(each.now)

    def _end(self) -> None:
        self._clock.stop()
        moving, self._moving = self._moving, {}
        for key, each in moving.items():
            if self._scene.item(key) is each.item:
                each.item.setOpacity(1.0)
                if each.item.shown is each.now:
                    each.item.show_shape(each.final)

    def _between(self, key: Key, final: Shape, share: float) -> Shape:
        (ax, ay), (bx, by) = ((x * share, y * share) for x, y in self._ends(final))
        old = self._before.get(key)
        if isinstance(final, EdgeShape):
            return final._replace(
                x0=final.x0 + ax,
                y0=final.y0 + ay,
                x1=final.x1 + bx,
                y1=final.y1 + by,
                label=final.label + (ax + bx) / 2,
                begin=final.begin + ax,
            )
        if isinstance(final, SkipShape):
            lift = share * (old.top - final.top) if isinstance(old, SkipShape) else 0.0
            pill = final.pill and final.pill._replace(x=final.pill.x + (ax + bx) / 2, y=final.pill.y + lift)
            ended = final._replace(x1=final.x1 + bx, y1=final.y1 + by, top=final.top + lift, pill=pill)
            return ended._replace(x0=final.x0 + ax, y0=final.y0 + ay)
        if isinstance(final, RegionShape):
            if not isinstance(old, RegionShape):
                return final
            sides = (to + share * (was - to) for was, to in zip(old.box, final.box, strict=True))
            return final._replace(box=Box(*sides))
        box = final.box._replace(x=final.box.x + ax, y=final.box.y + ay)
        if isinstance(final, MergeShape):
            return final._replace(box=box, behind=None if final.behind is None else final.behind + ax)
        return final._replace(box=box)
