"""The mirror: one item for each shape of the plan, found by id; every change is a comparison of two plans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError
from resnet_sim.network.check import check
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Connection, Network
from resnet_sim.network.problems import Report
from resnet_sim.ui.canvas.cards import CardItem, Live
from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.content import Content, content
from resnet_sim.ui.canvas.far import FarItem, Given
from resnet_sim.ui.canvas.geometry import Planner, standing, stands_alike
from resnet_sim.ui.canvas.ghosts import GhostItem
from resnet_sim.ui.canvas.item_kinds import Item, as_broken, item_for
from resnet_sim.ui.canvas.live import NO_LANES, NO_SKIP, EdgeLive, LiveNumbers, SkipLive
from resnet_sim.ui.canvas.near import Near
from resnet_sim.ui.canvas.placing import Placing, Standing, least_width
from resnet_sim.ui.canvas.pointing import Pointing, Preview
from resnet_sim.ui.canvas.shapes import Box, Detail, Key, Mark, Plan
from resnet_sim.ui.canvas.skips import SkipItem, live_ink
from resnet_sim.ui.canvas.symbols import Stage
from resnet_sim.ui.canvas.text_width import text_width
from resnet_sim.ui.editor import Edit, Editor
from resnet_sim.ui.theme import Look

_ = translator()


class Scene(QGraphicsScene):
    """The items of the editor's network. Views of it never keep an item: they ask by id."""

    mirrored = Signal()
    """The plan is another one."""

    def __init__(self, editor: Editor, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.stage = Stage(look)
        self.pointing = Pointing()
        self.collapsed: frozenset[str] = frozenset()
        self.detail = Detail.FULL
        self._editor = editor
        self._preview: Preview | None = None
        self._dragged: tuple[Position, ...] = ()
        self._items: dict[Key, Item] = {}
        self._live: dict[str, Live] = {}
        self._numbers: LiveNumbers | None = None
        self._diverged = self._diverged_words = ""
        self._leaving: list[QGraphicsItem] = []
        self._written: tuple[Network, Report, Content] | None = None
        self._live_writing: tuple[Content, Content] | None = None
        self._standing: dict[tuple[Detail, frozenset[str]], Standing] = {}
        self._planners: dict[tuple[Detail, frozenset[str]], Planner] = {}
        self._mirrored: tuple[object, str] = (None, "")
        """The version of the plan that the items show, and what is red in it."""
        self._marks: dict[Key, Mark] = {}
        self.ghost = GhostItem(self.stage)
        self.addItem(self.ghost)
        self._near = Near()
        self._far, self._far_state = FarItem(self.stage), (object(), 0.0, frozenset[tuple[Key, Mark]](), "")
        self.addItem(self._far)
        self.plan = self._planned(self.detail)
        self.mirror()

    # --- what is shown ---------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network shown: the editor's, or a preview of an edit."""
        return self._preview.network if self._preview is not None else self._editor.network

    @property
    def report(self) -> Report:
        """Its report."""
        return self._preview.report if self._preview is not None else self._editor.report

    @property
    def writing(self) -> Content:
        """What is written on it."""
        network, report = self.network, self.report
        if self._written is None or self._written[0] is not network or self._written[1] is not report:
            before, writing = self._written, content(network, report)
            self._written = network, report, writing
            if before is None or not stands_alike((before[0], before[2]), (network, writing)):
                self._standing.clear()
                self._planners.clear()
        return self._written[2]

    @property
    def is_moved(self) -> bool:
        """Whether cards stand elsewhere than arranged."""
        return bool(self._editor.experiment.layout or self._dragged)

    @property
    def preview(self) -> Preview | None:
        """The edit being shown before it is made."""
        return self._preview

    def item(self, id: Key) -> Item | None:
        """The item of a node, skip, block or connection, or of what stands for it."""
        found = self._items.get(id)
        return found if found is not None else self._items.get(self.plan.stands_for.get(str(id), ""))

    @property
    def keys(self) -> frozenset[Key]:
        """The keys of all items."""
        return frozenset(self._items)

    def planned(self, detail: Detail) -> Plan:
        """The plan as it would be at another level."""
        return self._planned(detail)

    def _planned(self, detail: Detail) -> Plan:
        moved = {each.id: each for each in self._editor.experiment.layout}
        moved.update({each.id: each for each in self._dragged})
        planner = self._planner(detail)
        if moved and detail is not Detail.FULL:
            planner.placing.full = self.standing(Detail.FULL)
        return planner.plan(tuple(moved.values()))

    def _planner(self, detail: Detail) -> Planner:
        inked, folded = self._inked(), self._folded()
        found = self._planners.get((detail, folded))
        if found is None:
            known = self.standing(detail)
            found = Planner(Placing(self.network, inked, text_width, folded, detail, known))
            self._planners[(detail, folded)] = found
        elif found.writing is not inked:
            found.rewrite(self.network, inked)
        return found

    def _inked(self) -> Content:
        """What is written, with pills that have room for their shares while numbers are shown."""
        writing = self.writing
        if self._numbers is None:
            return writing
        if self._live_writing is None or self._live_writing[0] is not writing:
            pills = {id: live_ink(ink) for id, ink in writing.pills.items()}
            self._live_writing = writing, replace(writing, pills=pills)
        return self._live_writing[1]

    def _folded(self) -> frozenset[str]:
        return self.collapsed & {block.id for block in self.network.blocks} if self.collapsed else self.collapsed

    def standing(self, detail: Detail) -> Standing:
        """Where the cards are arranged at a level."""
        writing, folded = self.writing, self._folded()
        found = self._standing.get((detail, folded))
        if found is None:
            found = standing(self.network, writing, text_width, folded, detail)
            self._standing[(detail, folded)] = found
        return found

    def least_width(self, detail: Detail) -> float:
        """How wide the network is at least at a level: quickly found, while nobody has moved cards."""
        return 0.0 if self.is_moved else least_width(self.network, self._folded(), detail)

    # --- changes ---------------------------------------------------------------------------------------------------

    def mirror(self) -> None:
        """Bring the items to what the network is now."""
        self.plan = self._planned(self.detail)
        self._near.meet(self.plan)
        shapes, items, moved, broken = self.plan.shapes, self._items, self.plan.moved, self._broken
        if moved is not None and self._mirrored == (moved[0], broken):
            self._bring(moved[1])
        elif self._mirrored != (self.plan.version, broken):
            for key in [key for key in items if key not in shapes]:
                self._take(items.pop(key))
            self._bring(shapes)
        self._mirrored = self.plan.version, broken
        self.mark()
        self.mirrored.emit()

    def look(self, seen: Box, px: float) -> None:
        """`seen` is in sight, at so many scene units a px: of a large network only what is there has items."""
        if self._near.look(seen, px):
            self._bring(self.plan.shapes)
            self.mark()
        self._show_far()

    @property
    def _broken(self) -> str:
        """The key of what is red because a run diverged there."""
        return self.plan.stands_for.get(self._diverged, self._diverged)

    def _bring(self, keys: Iterable[Key]) -> None:
        """Bring the items of these keys to what the plan is now."""
        shapes, items, broken = self.plan.shapes, self._items, self._broken
        for key in keys:
            item, planned = items.get(key), shapes[key]
            if not self._near.wants(planned):
                if item is not None:
                    self._take(items.pop(key))
                continue
            shape = as_broken(planned, self._diverged_words) if key == broken else planned
            if item is None or not item.show_shape(shape):
                if item is not None:
                    self._take(item)
                item = items[key] = item_for(self.stage, shape)
                self.addItem(item)
                self._enliven(key, item)

    def _show_far(self) -> None:
        """Where all is too small for items, draw what is different now."""
        self._far.setVisible(self._near.is_far)
        if not self._near.is_far:
            return
        marks = {key: mark for key, mark in self._marks.items() if mark != Mark.HOVER}
        state = self.plan.version, self._near.px, frozenset(marks.items()), self._broken
        if state != self._far_state:
            self._far_state = state
            bars = {id: live.bars for id, live in self._live.items() if live.bars is not None}
            self._far.show_given(Given(self.plan, self._near.px, marks, bars, self._broken))

    def _take(self, item: QGraphicsItem) -> None:
        """Removed once the present event is over; until then only out of sight."""
        item.hide()
        if not self._leaving:
            QTimer.singleShot(0, self, self._take_away)
        self._leaving.append(item)

    def _take_away(self) -> None:
        leaving, self._leaving = self._leaving, []
        for item in leaving:
            self.removeItem(item)

    def set_detail(self, detail: Detail) -> None:
        """Show the network as it is now at this level."""
        self.detail = detail
        self.mirror()

    def collapse(self, block: str, collapsed: bool) -> None:
        """Show a block as one card, or open it. A matter of the view, no edit."""
        self.collapsed = self.collapsed | {block} if collapsed else self.collapsed - {block}
        self.mirror()

    def drag(self, positions: Iterable[Position]) -> None:
        """Show cards at other places than the document says, until `drag(())`."""
        self._dragged = tuple(positions)
        self.mirror()

    def try_out(self, edit: Edit | None) -> bool:
        """Show what an edit would make, None: what is. Whether the edit can be made."""
        made: Preview | None = None
        if edit is not None:
            now = self._editor.network
            try:
                network = edit(now)
            except ResNetSimError:
                return False
            made = Preview(network, check(network, self._editor.data), network.ids - now.ids)
        if made is not None or self._preview is not None:
            self._preview = made
            self.mirror()
        return True

    def show_live(self, live: dict[str, Live]) -> None:
        """Values of a run by node id; cards without any show their symbol."""
        self._live = live
        for key, item in self._items.items():
            if isinstance(item, CardItem):
                self._enliven(key, item)
        self._far_state = (object(), *self._far_state[1:])
        self._show_far()

    def show_numbers(self, numbers: LiveNumbers | None) -> None:
        """What runs on connections and skip paths in place of their sizes; None shows the sizes again."""
        switched = (numbers is None) is not (self._numbers is None)
        self._numbers = numbers
        for key, item in self._items.items():
            if not isinstance(item, CardItem):
                self._enliven(key, item)
        if switched:
            self._planners.clear()  # pills have other widths
            self.mirror()

    def show_diverged(self, part: str, words: str) -> None:
        """The part of the network where a run diverged turns red and says so in two or three words; "" for none."""
        part = part.removesuffix("/batch_norm")  # that of a skip path
        if part != self._diverged:
            self._diverged, self._diverged_words = part, words
            self.mirror()

    def live_edge(self, connection: Connection) -> EdgeLive | None:
        """The numbers on a connection, None while sizes are shown."""
        return None if self._numbers is None else self._numbers.edges.get(connection, NO_LANES)

    def live_skip(self, id: str) -> SkipLive | None:
        """The numbers of a skip path, None while it says what it does."""
        return None if self._numbers is None else self._numbers.skips.get(id, NO_SKIP)

    def _enliven(self, key: Key, item: Item) -> None:
        if isinstance(item, CardItem):
            item.show_live(self._live.get(str(key)))
        elif isinstance(item, EdgeItem):
            item.show_live(self.live_edge(item.shown.connection))
        elif isinstance(item, SkipItem):
            item.show_live(self.live_skip(item.shown.id))

    def dress(self) -> None:
        """The look has changed."""
        self.stage.forget()
        self.update()

    # --- marks -----------------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Bring the marks of all items to selection, focus, hover and what is being drawn."""
        found: dict[Key, Mark] = {}
        at = self.pointing

        def put(id: Key, mark: Mark) -> None:
            key = self.plan.stands_for.get(id, id) if isinstance(id, str) else id
            found[key] = found.get(key, Mark.NONE) | mark

        for id in self._editor.selection:
            put(id, Mark.SELECTED)
        for key, mark in ((at.hover, Mark.HOVER), (at.focus, Mark.FOCUS), (at.target, Mark.TARGET)):
            if key:
                put(key, mark)
        for id in at.candidates:
            put(id, Mark.CANDIDATE)
        for id in self._preview.ghosts if self._preview is not None else ():
            put(id, Mark.GHOST)
        for key in self._marks.keys() - found.keys():
            if (item := self._items.get(key)) is not None:
                item.set_mark(Mark.NONE)
        for key, mark in found.items():
            if (item := self._items.get(key)) is not None:
                item.set_mark(mark)
        self._marks = found
        self._show_far()

    def point(self, **changes: Key | frozenset[str]) -> None:
        """Change what mouse and keyboard point at."""
        before = Pointing(**vars(self.pointing))
        for name, value in changes.items():
            setattr(self.pointing, name, value)
        if self.pointing != before:
            self.mark()
