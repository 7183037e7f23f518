"""The whole network in a corner, with what is in sight; a click goes there."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.canvas.desk import Desk
from resnet_sim.ui.canvas.shapes import CardShape, MergeShape, SkipShape
from resnet_sim.ui.panels.controls import say
from resnet_sim.ui.theme import Look

_ = translator()

WIDTH, HEIGHT, INSET = 190, 76, 8
MANY = 12
PATIENCE_MS = 60
SLOW = 0.003
"""Seconds that are too long for a frame of a drag."""


class Minimap(QWidget):
    """Child of the canvas, over its lower right corner."""

    def __init__(self, desk: Desk, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._look = desk, look
        self.setFixedSize(WIDTH, HEIGHT)
        say(self, _("Minimap"), _("The whole network. Click to go there."))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        desk.view.mapped.connect(self.follow)
        self._picture: QPixmap | None = None
        self._slow = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PATIENCE_MS)
        self._later.timeout.connect(self._draw_anew)
        desk.scene.mirrored.connect(self._changed)
        desk.editor.selected.connect(self._changed)
        look.changed.connect(self._draw_anew)
        self.hide()

    def _changed(self) -> None:
        """Drawn anew a little later, so that a drag does not wait for it; what takes long, when the drag rests."""
        if self._slow or not self._later.isActive():
            self._later.start()

    def _draw_anew(self) -> None:
        self._picture = None
        self.follow()

    def follow(self) -> None:
        """Show itself where it helps: not everything in sight, or many layers and nothing of them under it."""
        plan, seen = self._desk.scene.plan, self._desk.view.seen()
        bounds = plan.bounds
        slack = 3.0
        all_seen = (
            seen.x - slack <= bounds.x
            and seen.y - slack <= bounds.y
            and seen.right + slack >= bounds.right
            and seen.bottom + slack >= bounds.bottom
        )
        corner = self._desk.view.viewport_point(bounds.right, bounds.bottom)
        covers = corner.x() > self.x() and corner.y() > self.y()
        self.setVisible(plan.cards > 0 and (not all_seen or (plan.cards > MANY and not covers)))
        self.update()

    def _mapping(self) -> tuple[float, float, float, float]:
        """Scale across and down, and where the scene's zero is."""
        bounds = self._desk.scene.plan.bounds
        across = (WIDTH - 2 * INSET) / max(1.0, bounds.w)
        down = min(across * 4, (HEIGHT - 2 * INSET) / max(1.0, bounds.h))
        return across, down, INSET - bounds.x * across, HEIGHT / 2 - (bounds.y + bounds.h / 2) * down

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        across, down, dx, dy = self._mapping()
        if self._picture is None:
            began = perf_counter()
            self._picture = self._draw()
            self._slow = perf_counter() - began > SLOW
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self._desk.view.seen()
        frame = QRectF(seen.x * across + dx, seen.y * down + dy, seen.w * across, seen.h * down)
        painter.setPen(self._look.theme.pen("ink", 1.2))
        painter.drawRoundedRect(frame.intersected(QRectF(self.rect()).adjusted(3.6, 3.6, -3.6, -3.6)), 3, 3)
        painter.end()

    def _draw(self) -> QPixmap:
        theme, plan = self._look.theme, self._desk.scene.plan
        across, down, dx, dy = self._mapping()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("line", 1.2))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 7, 7)
        painter.setClipRect(self.rect().adjusted(3, 3, -3, -3))
        selected = {self._desk.key_of(id) for id in self._desk.editor.selection}
        arcs = QPainterPath()
        bars: dict[str, dict[tuple[int, int], QRectF]] = {"border": {}, "ink": {}, "err": {}}
        drawn: set[tuple[int, int, int]] = set()
        for key, shape in plan.shapes.items():
            if isinstance(shape, SkipShape):
                x0, x1 = shape.x0 * across + dx, shape.x1 * across + dx
                top, base = shape.top * down + dy, max(shape.y0, shape.y1) * down + dy - 4
                if (place := (int(2 * x0), int(2 * x1), int(2 * top))) not in drawn:  # of many, what can be told apart
                    drawn.add(place)
                    arcs.moveTo(x0, base)
                    arcs.cubicTo(QPointF(x0, top), QPointF(x1, top), QPointF(x1, base))
            elif isinstance(shape, CardShape | MergeShape):
                wrong = shape.ink.wrong if isinstance(shape, CardShape) else shape.wrong
                token = "err" if wrong else "ink" if key in selected else "border"
                x, y, w, h = shape.box
                wide = max(1.0, w * across - 1.5 if w * across > 4 else w * across)
                left, top = x * across + dx, y * down + dy
                spot = int(2 * left), int(2 * top)
                if spot not in bars[token]:
                    bars[token][spot] = QRectF(left, top, wide, max(2.0, h * down))
        painter.setPen(Qt.PenStyle.NoPen)
        for token, found in bars.items():
            painter.setBrush(theme.color(token))
            painter.drawRects(list(found.values()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.pen("skip", 1.2))
        painter.drawPath(arcs)
        painter.end()
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._go(event.position())

    def _go(self, point: QPointF) -> None:
        across, down, dx, dy = self._mapping()
        self._desk.view.centre_on((point.x() - dx) / across, (point.y() - dy) / down)
