"""From mouse events to gestures, clicks and hovering."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from resnet_sim.assets import translator
from resnet_sim.layers.base import size_text
from resnet_sim.ui.canvas import deeds
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.desk import Desk
from resnet_sim.ui.canvas.gestures import THRESHOLD, Gesture, Pan, begun
from resnet_sim.ui.canvas.ghosts import Point
from resnet_sim.ui.canvas.hits import Hit, Part, hit, line_at
from resnet_sim.ui.canvas.live import edge_words, skip_words
from resnet_sim.ui.canvas.pill_choices import TOGGLE, shortcut_offer
from resnet_sim.ui.canvas.shapes import Detail
from resnet_sim.ui.key_line import with_keys

_ = translator()

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CTRL = Qt.KeyboardModifier.ControlModifier

OF_PICTURES = {
    "conv2d": _("{name}: output {size}. Blue: its channels; purple, where it fits: one filter of W"),
    "dense": _("{name}: output {size}. Blue: its values; purple: W, thinned"),
}


class Mouse(QObject):
    """One press at a time: it becomes a gesture when the mouse moves, else a click."""

    edit_requested = Signal(str)
    """The values of a card are to be changed; the line that was meant, see hits.line_at."""
    pressed = Signal()
    picture_clicked = Signal(str)
    """A click on the picture that a card shows of a run, with the layer's id."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._gesture: Gesture | None = None
        self._moving = False
        self._button = Qt.MouseButton.NoButton
        self._pressed_at = QPointF()
        self._ctrl = False

    @property
    def gesture(self) -> Gesture | None:
        """The gesture being made."""
        return self._gesture if self._moving else None

    def _scene(self, point: QPointF) -> Point:
        inverse, _invertible = self._desk.view.viewportTransform().inverted()
        found = inverse.map(point)
        return found.x(), found.y()

    def _hit(self, point: QPointF) -> Hit:
        return hit(self._desk.scene.plan, *self._scene(point), 1 / self._desk.view.scale_now)

    # --- events ----------------------------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """A button goes down."""
        if self._gesture is not None:
            return
        self._desk.view.setFocus(Qt.FocusReason.MouseFocusReason)
        self.pressed.emit()
        self._button, self._pressed_at = event.button(), event.position()
        self._ctrl = bool(event.modifiers() & CTRL)
        self._moving = False
        at = self._scene(event.position())
        if event.button() == LEFT:
            self._gesture = begun(self._desk, at, self._ctrl)
            if not self._ctrl:
                self._choose(self._hit(event.position()), press=True)
        elif event.button() in (MIDDLE, RIGHT):
            self._gesture = Pan(self._desk, at, event.position())

    def move(self, event: QMouseEvent) -> None:
        """The mouse moves, with or without a button."""
        gesture = self._gesture
        if gesture is None:
            self._hover(self._hit(event.position()))
            return
        if not self._moving:
            if (event.position() - self._pressed_at).manhattanLength() < THRESHOLD:
                return
            self._moving = True
            self._desk.view.viewport().setCursor(gesture.cursor)
            gesture.start()
        if isinstance(gesture, Pan):
            gesture.move_by(event.position())
        else:
            gesture.move(self._scene(event.position()))

    def release(self, event: QMouseEvent) -> None:
        """A button goes up."""
        gesture = self._gesture
        if gesture is None or event.button() != self._button:
            return
        self._gesture = None
        self._desk.view.viewport().unsetCursor()
        if self._moving:
            self._moving = False
            self._desk.says.emit("")  # what the gesture waited for; it may now say why it cannot be
            gesture.finish(self._scene(event.position()))
        else:
            self._click(self._hit(event.position()), event)

    def double_click(self, event: QMouseEvent) -> None:
        """A block folds or opens; on a card the inspector is asked for."""
        found = self._hit(event.position())
        scene = self._desk.scene
        if event.button() != LEFT:
            return
        if found.part is Part.TITLE:
            scene.collapse(found.id, True)
        elif found.id in scene.collapsed:
            scene.collapse(found.id, False)
        elif found.part in (Part.CARD, Part.SIGN, Part.MERGE):
            self.edit_requested.emit(line_at(scene.plan, found, self._scene(event.position())[1]))

    def cancel(self) -> bool:
        """Esc, or the focus is gone. Whether there was something to cancel."""
        gesture, moving = self._gesture, self._moving
        self._gesture, self._moving = None, False
        self._desk.view.viewport().unsetCursor()
        if gesture is not None and moving:
            gesture.cancel()
            self._desk.says.emit("")
        return gesture is not None and moving

    def leave(self) -> None:
        """The mouse is elsewhere."""
        self._desk.scene.point(hover="")

    # --- clicks ----------------------------------------------------------------------------------------------------

    def _choose(self, found: Hit, press: bool) -> None:
        """Select at the press what a drag may take along, so that it is seen."""
        if found.part in (Part.CARD, Part.MERGE, Part.TITLE, Part.RING) and found.id not in self._desk.editor.selection:
            self._desk.select(found.id)

    def _click(self, found: Hit, event: QMouseEvent) -> None:
        desk = self._desk
        if event.button() == MIDDLE and found.part in (Part.ARC, Part.PILL):
            desk.toggle(found.id)
            return
        if event.button() != LEFT:
            return
        if found.part is Part.EYE:
            desk.toggle(found.id)
        elif self._ctrl and found.id:
            chosen = desk.editor.selection
            desk.select(*([id for id in chosen if id != found.id] if found.id in chosen else (*chosen, found.id)))
        elif found.part is Part.SIGN:
            desk.select(deeds.shown_g(desk.network, found.id) or found.id)
        elif found.part is Part.EDGE:
            desk.select(connection=found.connection)
            desk.says.emit(_("A connection. Del cuts it; drop a layer on it to put it in."))
        elif found.id:
            desk.select(found.id)
            card = desk.scene.item(found.id)
            if found.part is Part.PILL:
                desk.offer(shortcut_offer(desk, found.id))
            elif isinstance(card, CardItem) and card.shows_picture_at(*self._scene(event.position())):
                self.picture_clicked.emit(found.id)
        elif not self._ctrl:
            desk.select()

    def _hover(self, found: Hit) -> None:
        desk = self._desk
        key = found.connection if found.connection is not None else found.id
        desk.scene.point(hover=key)
        hand = found.part in (Part.RING, Part.PORT_OUT, Part.PORT_IN)
        eye = found.part in (Part.EYE, Part.PILL)
        shape = Qt.CursorShape.CrossCursor if hand else Qt.CursorShape.PointingHandCursor
        if hand or eye:
            desk.view.viewport().setCursor(shape)
        else:
            desk.view.viewport().unsetCursor()
        desk.view.viewport().setToolTip(tip(desk, found))


def tip(desk: Desk, found: Hit) -> str:
    """What a part of the canvas is, in a few words; of a run, which quantities it shows."""
    edge = desk.scene.live_edge(found.connection) if found.connection is not None else None
    skip = desk.scene.live_skip(found.id) if found.part in (Part.ARC, Part.PILL) else None
    if edge is not None:
        return edge_words(edge)
    if skip is not None and (said := skip_words(skip)):
        return said
    words = {
        Part.RING: with_keys(_("Drag to a later layer: a skip connection"), desk.in_force["skip"]),
        Part.PORT_OUT: _("Drag to a layer whose input is free"),
        Part.EYE: with_keys(_("Switch the skip connection off or on"), desk.in_force[TOGGLE]),
        Part.PILL: with_keys(_("Click to choose: as it is, W_s, or zero padding"), _("Enter")),
        Part.TITLE: _("Double click folds the block"),
    }
    node = desk.network.by_id.get(found.id)
    card = desk.scene.item(found.id) if found.part is Part.CARD and desk.scene.detail is Detail.TINY else None
    if isinstance(card, CardItem) and card.bars is not None:
        return card.bars.words
    if found.part in (Part.CARD, Part.SIGN, Part.MERGE) and node is not None:
        shape = desk.editor.report.shapes.get(node.id)
        if shape is not None:
            item = desk.scene.item(node.id)
            live = item.live if isinstance(item, CardItem) else None
            pictured = live is not None and live.picture is not None and desk.scene.detail is not Detail.MID
            said = (pictured and OF_PICTURES.get(node.layer.kind)) or _("{name}: output {size}")
            return said.format(name=node.id, size=size_text(shape))
        return node.id
    return words.get(found.part, "")
