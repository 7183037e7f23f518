"""What gestures, keys and drops work with: editor, scene and view together, and the ways they change anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError, Sentence, sentence
from resnet_sim.network import edits, skips
from resnet_sim.network.experiment import Position
from resnet_sim.network.graph import Connection, Network
from resnet_sim.ui.canvas import deeds
from resnet_sim.ui.canvas.content import content
from resnet_sim.ui.canvas.geometry import plan
from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.shapes import Box, Detail
from resnet_sim.ui.canvas.text_width import text_width
from resnet_sim.ui.canvas.view import View
from resnet_sim.ui.editor import Edit, Editor

_ = translator()


@dataclass(frozen=True)
class Choice:
    """A button of an offer: its words, what it does, and the key that does the same while the canvas has the focus."""

    text: str
    act: Callable[[], None]
    key: str = ""


@dataclass(frozen=True)
class Offer:
    """A question in place, beside the item `at`: at most three choices. `cancel`: what Esc does.

    first: the choice that stands out, and has the focus if the offer takes it.
    """

    at: str
    title: str
    text: str = ""
    choices: tuple[Choice, ...] = ()
    error: bool = False
    key: str = ""
    takes_focus: bool = False
    first: int = 0
    cancel: Callable[[], None] = field(default=lambda: None)


class Desk(QObject):
    """The one place where the canvas changes the document."""

    says = Signal(str)
    """What the keys do now, or why something cannot be done: for the status line."""
    offers = Signal(object)
    """An Offer to show, or None to close it."""

    def __init__(self, editor: Editor, scene: Scene, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.editor, self.scene, self.view = editor, scene, view
        self.in_force: dict[str, str] = {}
        """The keys of what the canvas does, by name, as they are now; "" for none."""
        self.connection: Connection | None = None
        """The connection that was clicked: Del cuts it."""

    # --- reading ---------------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network of the document."""
        return self.editor.network

    @property
    def current(self) -> str:
        """The last selected id."""
        return self.editor.current

    def key_of(self, id: str) -> str:
        """The key of the item that shows an id."""
        return self.scene.plan.stands_for.get(id, id)

    # --- selecting -------------------------------------------------------------------------------------------------

    def select(self, *ids: str, connection: Connection | None = None) -> None:
        """Select exactly these."""
        self.connection = connection
        self.scene.point(target=connection if connection is not None else "")
        self.editor.select(*ids)

    def go(self, id: str, extend: bool = False) -> None:
        """Select an id and bring it into sight; `extend` keeps what is selected."""
        if not id:
            return
        self.select(*((*self.editor.selection, id) if extend else (id,)))
        box = self.scene.plan.box(id)
        if box is not None:
            self.view.show_box(box)

    # --- editing ---------------------------------------------------------------------------------------------------

    def edit(
        self,
        label: Sentence,
        function: Edit,
        *,
        select: Callable[[Network, Network], Iterable[str]] | None = None,
        forget: Iterable[str] = (),
    ) -> bool:
        """Make an edit as one step; moved cards keep their place beside the others. Whether it was made.

        select: (before, after) -> what is selected then. forget: cards that are arranged again.
        """
        before = self.network
        try:
            after = function(before)
        except ResNetSimError as error:
            self.editor.refused.emit(error.sentence)
            self.says.emit(error.sentence.render(_))
            return False
        now = self.editor.experiment
        dropped = set(forget)
        layout = tuple(each for each in now.layout if each.id in after.by_id and each.id not in dropped)
        if layout and after != before:
            layout = self._carried(layout, before, after)
        watched = self._selected_in_sight()
        done = self.editor.apply(label, replace(now, network=after, layout=layout))
        if done and select is not None:
            self.select(*select(before, after))
            self.view.setFocus()
        if done and (watched or select is not None):
            self._show_selected()
        return done

    def _selected_in_sight(self) -> bool:
        box, seen = self._selected_box(), self.view.seen()
        return box is not None and seen.holds(box.x, box.y) and seen.holds(box.right, box.bottom)

    def _show_selected(self) -> None:
        """What was added is in sight; what was in sight and selected stays so, wherever its card went."""
        box = self._selected_box()
        if box is not None:
            self.view.show_box(box)

    def _selected_box(self) -> Box | None:
        """Around all that is selected."""
        found = [box for id in self.editor.selection if (box := self.scene.plan.box(id)) is not None]
        if not found:
            return None
        x, y = min(box.x for box in found), min(box.y for box in found)
        return Box(x, y, max(box.right for box in found) - x, max(box.bottom for box in found) - y)

    def _carried(self, layout: tuple[Position, ...], before: Network, after: Network) -> tuple[Position, ...]:
        """Cards that were moved keep their distance from where they would be arranged."""
        report = self.editor.report
        old = plan(before, content(before, report), text_width, detail=Detail.FULL).arranged
        new = plan(after, content(after, report), text_width, detail=Detail.FULL).arranged
        return tuple(
            Position(each.id, each.x + new[each.id][0] - old[each.id][0], each.y + new[each.id][1] - old[each.id][1])
            for each in layout
            if each.id in old
        )

    def place(self, positions: tuple[Position, ...]) -> bool:
        """Cards at other places, as one step."""
        now = self.editor.experiment
        moved = {each.id: each for each in now.layout if each.id in now.network.by_id}
        moved.update({each.id: each for each in positions})
        label = sentence("Move {n} layers", n=len(positions)) if len(positions) > 1 else sentence("Move a layer")
        return self.editor.apply(label, replace(now, layout=tuple(moved.values())))

    def tidy(self) -> bool:
        """Every card back where it is arranged."""
        return self.editor.apply(sentence("Tidy up"), replace(self.editor.experiment, layout=()))

    def toggle(self, skip: str) -> bool:
        """Switch a skip connection off or on."""
        on = not self.network.skip(skip).enabled
        label = sentence("Skip connection on") if on else sentence("Skip connection off")
        return self.edit(label, lambda network: skips.set_enabled(network, skip, on))

    def set_shortcut(self, skip: str, shortcut: str) -> bool:
        """As it is, W_s or zero padding."""
        labels = {
            "identity": sentence("Skip connection as it is"),
            "learned": sentence("Add W_s"),
            "zero_pad": sentence("Pad with zeros"),
        }
        return self.edit(labels[shortcut], lambda network: skips.set_shortcut(network, skip, shortcut))

    def delete(self) -> bool:
        """What is selected, its neighbours joined."""
        chosen = self.editor.selection
        cut = self.connection
        if not chosen and cut is not None:
            self.connection = None
            return self.edit(sentence("Remove a connection"), lambda network: edits.disconnect(network, cut))
        if not chosen:
            return False
        network = self.network
        first = next((id for id in (network.order() or ()) if id in chosen), "")
        back = network.main_input.get(first, "")
        label = sentence("Delete {n} things", n=len(chosen)) if len(chosen) > 1 else sentence("Delete")

        def then(before: Network, after: Network) -> tuple[str, ...]:
            key = back
            while key and key not in after.by_id:
                key = before.main_input.get(key, "")
            return (self.key_of(key),) if key else ()

        return self.edit(label, lambda now: deeds.removed(now, chosen), select=then)

    def duplicate(self, on: Connection | None = None) -> bool:
        """A copy of what is selected."""
        chosen = self.editor.selection
        if not chosen:
            return False

        def copied(network: Network) -> Network:
            return deeds.fitted(deeds.duplicated(network, chosen, on), network, self.editor.data)

        return self.edit(sentence("Duplicate"), copied, select=new_ids)

    def offer(self, offer: Offer | None) -> None:
        """Ask in place, or close the question."""
        self.offers.emit(offer)


def new_ids(before: Network, after: Network) -> tuple[str, ...]:
    """What an edit added, for the selection: the block if there is one, else the layers without the g they show."""
    grouped = [block.id for block in after.blocks if block.id not in before.ids]
    if grouped:
        return tuple(grouped)
    fresh = [node.id for node in after.nodes if node.id not in before.by_id]
    shown = {deeds.shown_g(after, id) for id in fresh}
    return tuple(id for id in fresh if id not in shown)
