"""The view that takes mouse, keys and drops, and hands each to the room that knows what it means."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from resnet_sim.ui.canvas import drops
from resnet_sim.ui.canvas.desk import Desk
from resnet_sim.ui.canvas.edge_ring import EdgeRing
from resnet_sim.ui.canvas.hints import spoken
from resnet_sim.ui.canvas.keys import Keys
from resnet_sim.ui.canvas.mouse import Mouse
from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.view import View

WHEEL_STEP = 1.0015
SCROLL_SHARE = 0.5
BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
"""How the focus comes when keys brought it."""


class BuildView(View):
    """A view of which everything can be edited. `work_with` comes before the first event."""

    mouse: Mouse
    keys: Keys
    desk: Desk

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._by_keys = False
        self.edge_ring = EdgeRing(scene, self)

    def work_with(self, desk: Desk, mouse: Mouse, keys: Keys) -> None:
        """The rooms that events go to."""
        self.desk, self.mouse, self.keys = desk, mouse, keys

    # --- mouse -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.keys.cancel()
        self._ring_off()
        self.mouse.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.keys.draft is None:
            self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.mouse.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.mouse.double_click(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self.mouse.leave()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        way = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self.zoom * WHEEL_STEP ** way.y(), event.position())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan((way.y() or way.x()) * SCROLL_SHARE, 0)
        else:
            self.pan(way.x() * SCROLL_SHARE, way.y() * SCROLL_SHARE)
        event.accept()

    # --- keys ------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Single letters are the canvas's own while it has the focus, whatever shortcuts the window has."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self.keys.wants(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self._tab(event):
                event.accept()
                return True
        return super().event(event)

    def _tab(self, event: QKeyEvent) -> bool:
        """Tab goes from pill to pill before it leaves the canvas. Whether it stays here."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        known = event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and plain
        return known and self.hasFocus() and self.mouse.gesture is None and self._pressed(self.keys.tab, event)

    def _pressed(self, act: Callable[[QKeyEvent], bool], event: QKeyEvent) -> bool:
        """Let a key do what it does; the ring follows, and what it led to is spoken. Whether it did anything."""
        desk, before = self.desk, self.desk.current
        if not act(event):
            return False
        self._by_keys = True
        self.show_ring()
        if desk.current not in ("", before):
            scene = desk.scene
            words = spoken(scene.network, scene.report, scene.writing, desk.current)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        given_up = event.key() == Qt.Key.Key_Escape and self.mouse.cancel()
        event.setAccepted(given_up or (self.mouse.gesture is None and self._pressed(self.keys.press, event)))

    def show_ring(self) -> None:
        """The focus ring stands on what the keys act on, once keys are used."""
        wanted = self.desk.key_of(self.desk.current) if self._by_keys and self.hasFocus() else ""
        self.desk.scene.point(focus="" if self.keys.draft is not None else wanted)
        self.edge_ring.setVisible(self._by_keys and self.hasFocus() and not wanted)

    def _ring_off(self) -> None:
        self._by_keys = False
        self.show_ring()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if event.reason() in BY_KEYS:
            self._by_keys = True
        self.show_ring()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.show_ring()

    # --- drops -----------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if drops.dragged(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        if not drops.dragged(event.mimeData()):
            event.ignore()
            return
        on = drops.under(self.desk, QPointF(event.position()))
        self.desk.scene.point(target=on if on is not None else "")
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self.desk.scene.point(target="")
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self.desk.scene.point(target="")
        name = drops.dragged(event.mimeData())
        if name and drops.drop(self.desk, name, QPointF(event.position())):
            event.acceptProposedAction()
        else:
            event.ignore()
