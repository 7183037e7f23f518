"""What a press of the mouse begins: each gesture is an object with start, move, finish and cancel."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, Qt

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.network import edits
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Connection
from resnet_sim.ui.canvas import deeds
from resnet_sim.ui.canvas.desk import Desk
from resnet_sim.ui.canvas.drafting import SkipDraft
from resnet_sim.ui.canvas.ghosts import Ghost, Point
from resnet_sim.ui.canvas.hits import Part, edge_at, hit, ring_at
from resnet_sim.ui.canvas.placing import scale_between
from resnet_sim.ui.canvas.shapes import Box, CardShape, Detail, GateShape, MergeShape

_ = translator()

THRESHOLD = 4.0
"""Screen px the mouse must move before a press becomes a drag."""


class Gesture:
    """The base: it does nothing. Points are in scene units of the level shown."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, desk: Desk, begin: Point) -> None:
        self.desk = desk
        self.begin = begin

    def start(self) -> None:
        """The mouse has moved far enough to mean it."""

    def move(self, at: Point) -> None:
        """The mouse is here now."""

    def finish(self, at: Point) -> None:
        """The mouse was let go."""

    def cancel(self) -> None:
        """Esc: everything as before."""


class MoveCards(Gesture):
    """Cards go with the mouse; a single one let go on a connection is put on it."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, desk: Desk, begin: Point, ids: tuple[str, ...], copy: bool = False) -> None:
        super().__init__(desk, begin)
        self.ids = ids
        self.copy = copy
        self._places: dict[str, Point] = {}
        self._onto: Connection | None = None
        self._own: frozenset[str] = frozenset()

    def start(self) -> None:
        layout = {each.id: (each.x, each.y) for each in self.desk.editor.experiment.layout}
        arranged = self.desk.scene.planned(Detail.FULL).arranged
        if len(self.ids) == 1 and self.ids[0] in self.desk.network.by_id:
            self._own = frozenset((self.ids[0], deeds.shown_g(self.desk.network, self.ids[0])))
        self._places = {id: layout.get(id, arranged[id]) for id in self._nodes() if id in arranged}
        if self.copy:
            self.desk.says.emit(_("Let go to duplicate. Esc cancels."))
        else:
            self.desk.says.emit(_("Let go to place it; on a connection it is put in there. Esc cancels."))

    def _nodes(self) -> tuple[str, ...]:
        network = self.desk.network
        groups = {block.id: block.nodes for block in network.blocks}
        found: dict[str, None] = {}
        for id in self.ids:
            found.update(dict.fromkeys(groups.get(id, (id,))))
        return tuple(found)

    def _positions(self, at: Point) -> tuple[Position, ...]:
        across, down = scale_between(self.desk.scene.detail, Detail.FULL)
        dx, dy = (at[0] - self.begin[0]) * across, (at[1] - self.begin[1]) * down
        return tuple(Position(id, round(x + dx, 1), round(y + dy, 1)) for id, (x, y) in self._places.items())

    def move(self, at: Point) -> None:
        scene = self.desk.scene
        if self.copy:
            box = scene.plan.box(self.ids[-1])
            if box is not None:
                scene.ghost.show_ghost(
                    Ghost(box=Box(box.x + at[0] - self.begin[0], box.y + at[1] - self.begin[1], box.w, box.h))
                )
        else:
            scene.drag(self._positions(at))
        self._onto = self._under(at)
        scene.point(target=self._onto if self._onto is not None else "")

    def _under(self, at: Point) -> Connection | None:
        network = self.desk.network
        if len(self.ids) != 1 or not (self.copy or deeds.is_movable(network, self.ids[0])):
            return None
        found = edge_at(self.desk.scene.plan, *at, 12 / self.desk.view.scale_now)
        free = found is not None and (self.copy or not {found.source, found.target} & self._own)
        return found if free else None

    def finish(self, at: Point) -> None:
        self.move(at)
        onto, positions = self._onto, self._positions(at)
        self.cancel()
        if self.copy:
            self.desk.select(*self.ids)
            self.desk.duplicate(onto)
        elif onto is not None:
            id = self.ids[0]
            edit = partial(deeds.card_moved, id=id, on=onto)
            self.desk.edit(sentence("Move a layer"), edit, select=lambda _before, _after: (id,), forget=(id,))
        else:
            self.desk.place(positions)

    def cancel(self) -> None:
        self._onto = None
        self.desk.scene.ghost.show_ghost(None)
        self.desk.scene.point(target="")
        self.desk.scene.drag(())


class DrawSkip(Gesture):
    """From the green ring of a card to a later layer or its (+)."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, desk: Desk, begin: Point, card: str) -> None:
        super().__init__(desk, begin)
        self.card = card
        self._draft: SkipDraft | None = None

    def start(self) -> None:
        self._draft = SkipDraft(self.desk, self.card)
        self.desk.says.emit(_("Let go on a later layer: (+) appears there. Esc cancels."))

    def move(self, at: Point) -> None:
        draft, scene = self._draft, self.desk.scene
        if draft is None:
            return
        found = hit(scene.plan, *at)
        preview = scene.preview
        if preview is not None and found.id in preview.ghosts:
            return  # on the (+) that is not made yet: the aim stays
        on_card = found.part in (Part.CARD, Part.SIGN, Part.MERGE, Part.PORT_IN, Part.PORT_OUT, Part.RING)
        aimed = draft.aim(found.id if on_card and found.id != self.card else "")
        if not aimed:
            box = scene.plan.box(self.card)
            scene.ghost.show_ghost(Ghost(arc=(ring_at(box) if box is not None else self.begin, at)))

    def finish(self, at: Point) -> None:
        self.move(at)
        if self._draft is not None:
            self._draft.land()

    def cancel(self) -> None:
        if self._draft is not None:
            self._draft.cancel()


class DrawConnection(Gesture):
    """From the output port of a card to another card, or from an input port back to one."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, desk: Desk, begin: Point, card: str, backwards: bool = False) -> None:
        super().__init__(desk, begin)
        self.card = card
        self.backwards = backwards

    def start(self) -> None:
        self.desk.says.emit(_("Let go on a layer whose input is free. Esc cancels."))

    def move(self, at: Point) -> None:
        self.desk.scene.ghost.show_ghost(Ghost(line=(self.begin, at)))
        found = hit(self.desk.scene.plan, *at)
        self.desk.scene.point(target=found.id if found.id != self.card and found.connection is None else "")

    def finish(self, at: Point) -> None:
        found = hit(self.desk.scene.plan, *at)
        self.cancel()
        network = self.desk.network
        if found.id not in network.by_id or found.id == self.card:
            return
        ends = (found.id, self.card) if self.backwards else (self.card, found.id)
        source = deeds.end_of(network, ends[0])
        self.desk.edit(sentence("Connect"), partial(edits.connect, source_id=source, target_id=ends[1]))

    def cancel(self) -> None:
        self.desk.scene.ghost.show_ghost(None)
        self.desk.scene.point(target="")


class BoxSelect(Gesture):
    """All that a box touches; with Ctrl in addition to what is selected."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, desk: Desk, begin: Point, add: bool) -> None:
        super().__init__(desk, begin)
        self._before = desk.editor.selection
        self._add = add

    def move(self, at: Point) -> None:
        box = self._box(at)
        self.desk.scene.ghost.show_ghost(Ghost(box=box))
        touched = [
            shape.id
            for shape in self.desk.scene.plan.shapes.values()
            if isinstance(shape, CardShape | GateShape | MergeShape) and shape.box.meets(box)
        ]
        self.desk.select(*((*self._before, *touched) if self._add else touched))

    def _box(self, at: Point) -> Box:
        (x0, y0), (x1, y1) = self.begin, at
        return Box(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))

    def finish(self, at: Point) -> None:
        self.move(at)
        self.desk.scene.ghost.show_ghost(None)

    def cancel(self) -> None:
        self.desk.scene.ghost.show_ghost(None)
        self.desk.select(*self._before)


class Pan(Gesture):
    """The whole canvas goes with the mouse. Works in screen px, as scene units move away under it."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, desk: Desk, begin: Point, screen: QPointF) -> None:
        super().__init__(desk, begin)
        self._last = screen
        self._whole = QPointF(0, 0)

    def move_by(self, screen: QPointF) -> None:
        """The mouse is at this point of the viewport."""
        way = screen - self._last
        self._last = screen
        self._whole += way
        self.desk.view.pan(way.x(), way.y())

    def cancel(self) -> None:
        self.desk.view.pan(-self._whole.x(), -self._whole.y())


def begun(desk: Desk, at: Point, ctrl: bool) -> Gesture:
    """The gesture that a drag from this point is."""
    found = hit(desk.scene.plan, *at, 1 / desk.view.scale_now)
    if found.part is Part.RING:
        return DrawSkip(desk, at, found.id)
    if found.part in (Part.PORT_OUT, Part.PORT_IN):
        return DrawConnection(desk, at, found.id, found.part is Part.PORT_IN)
    if found.part in (Part.CARD, Part.SIGN, Part.MERGE, Part.TITLE):
        selected = found.id in desk.editor.selection and not ctrl
        ids = (
            tuple(id for id in desk.editor.selection if id not in desk.network.skip_by_id) if selected else (found.id,)
        )
        return MoveCards(desk, at, ids, ctrl)
    return BoxSelect(desk, at, ctrl)
