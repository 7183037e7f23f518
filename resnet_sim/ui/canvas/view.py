"""The window onto the scene: zoom that changes the level of detail, panning, fitting, the dot grid."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPen, QPolygonF, QResizeEvent, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from resnet_sim.ui.canvas.scene import Scene
from resnet_sim.ui.canvas.shapes import MEASURES, Box, Detail, Plan

LEVELS = ((Detail.FULL, 0.84), (Detail.SLIM, 0.7), (Detail.MID, 0.34), (Detail.TINY, 0.0))
"""From which zoom on each level is shown; 1 stands for cards as far apart as at the full level at scale 1."""
LARGEST, SMALLEST = 3.0, 0.002
MARGIN = 24
TOP = 60
"""Room for the toolbar."""
REST_MS = 120


class View(QGraphicsView):
    """Shows the scene at a zoom. `mapped` is emitted whenever scene units come to stand elsewhere on screen."""

    mapped = Signal()

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.stage_scene = scene
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlags(
            QGraphicsView.OptimizationFlag.DontSavePainterState
            | QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing
        )
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._fitted = True
        self._changing = False
        """Whether the level has changed and the zoom is about to: what is in sight is not known yet."""
        self._grid: tuple[tuple[int, int, float], QPolygonF] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._sharpen)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)
        scene.mirrored.connect(self._reframe)
        for signal in (self.mapped, scene.mirrored):
            signal.connect(self._look)

    # --- zoom ------------------------------------------------------------------------------------------------------

    @property
    def scale_now(self) -> float:
        """Screen px per scene unit."""
        return self.transform().m11()

    @property
    def zoom(self) -> float:
        """How far apart cards stand on screen, 1 for the full level at scale 1."""
        return self.scale_now * MEASURES[self.stage_scene.detail].pitch / MEASURES[Detail.FULL].pitch

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom so that what is under `at` (viewport px) stays there; None: what is nearest the middle."""
        self._fitted = False
        point = at if at is not None else QPointF(self.viewport().rect().center())
        if at is None:
            (x, y), bounds = self._to_scene(point), self.stage_scene.plan.bounds
            self._put((min(max(x, bounds.x), bounds.right), min(max(y, bounds.y), bounds.bottom)), point)
        self._change(min(LARGEST, max(SMALLEST, zoom)), point)
        self._rest.start()

    def _change(self, zoom: float, point: QPointF) -> None:
        detail = level_for(zoom)
        anchor = self._to_scene(point)
        before = self.stage_scene.plan
        if detail is not self.stage_scene.detail:
            self._set_detail(detail)
            anchor = carried_over(before, self.stage_scene.plan, anchor)
        scale = zoom * MEASURES[Detail.FULL].pitch / MEASURES[detail].pitch
        self.setTransform(QTransform.fromScale(scale, scale))
        self._reframe()
        self._put(anchor, point)
        self._mapped()

    def _set_detail(self, detail: Detail) -> None:
        """`_mapped` follows as soon as one looks at the right place."""
        self._changing = True
        self.stage_scene.set_detail(detail)

    def _mapped(self) -> None:
        self._changing = False
        self.mapped.emit()

    def _look(self) -> None:
        if not self._changing:
            self.stage_scene.look(self.seen(), 1 / self.scale_now)

    def _to_scene(self, point: QPointF) -> tuple[float, float]:
        inverse, _invertible = self.viewportTransform().inverted()
        found = inverse.map(point)
        return found.x(), found.y()

    def _put(self, scene: tuple[float, float], point: QPointF) -> None:
        """Scroll so that a scene point comes to stand under a point of the viewport."""
        scale = self.scale_now
        self.horizontalScrollBar().setValue(round(scene[0] * scale - point.x()))
        self.verticalScrollBar().setValue(round(scene[1] * scale - point.y()))

    def _sharpen(self) -> None:
        self.stage_scene.stage.sharp_at = self.scale_now
        self.viewport().update()

    # --- where one looks -------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show everything, at the most detailed level that has room for it."""
        room, scene = self._room(), self.stage_scene
        for detail, from_zoom in LEVELS:
            factor = MEASURES[detail].pitch / MEASURES[Detail.FULL].pitch
            if room.width() * factor < from_zoom * scene.least_width(detail):
                continue  # far too wide: nothing need be placed to know it
            bounds = scene.planned(detail).bounds
            scale = min(room.width() / max(1.0, bounds.w), room.height() / max(1.0, bounds.h))
            if scale * factor >= from_zoom or detail is Detail.TINY:
                largest = {Detail.TINY: 2.0, Detail.MID: 1.6}.get(detail, 1.0)
                scale = min(scale, largest)
                if 0.97 < scale < 1.0:
                    scale = 1.0  # it hangs over by less than 3 %, and every hairline stays sharp
                self._set_detail(detail)
                self.setTransform(QTransform.fromScale(scale, scale))
                break
        bounds = self.stage_scene.plan.bounds
        self._reframe()
        middle = bounds.x + bounds.w / 2, bounds.y + bounds.h / 2
        self._put(middle, QRectF(room).center())
        self._fitted = True
        self._sharpen()
        self._mapped()

    def _room(self) -> QRect:
        return self.viewport().rect().adjusted(MARGIN, TOP, -MARGIN, -MARGIN)

    def show_box(self, box: Box) -> None:
        """Scroll as little as possible so that a box is in sight."""
        seen, scale = self.seen(), self.scale_now
        margin = 40 / scale
        dx = max(0.0, box.right + margin - seen.right) or min(0.0, box.x - margin - seen.x)
        dy = max(0.0, box.bottom + margin - seen.bottom) or min(0.0, box.y - margin - seen.y)
        if dx or dy:
            self._fitted = False
            self.pan(-dx * scale, -dy * scale)

    def seen(self) -> Box:
        """The part of the scene in sight."""
        x, y = self._to_scene(QPointF(0, 0))
        return Box(x, y, self.viewport().width() / self.scale_now, self.viewport().height() / self.scale_now)

    def pan(self, dx: float, dy: float) -> None:
        """Move the scene by screen px."""
        self._fitted = False
        self.horizontalScrollBar().setValue(round(self.horizontalScrollBar().value() - dx))
        self.verticalScrollBar().setValue(round(self.verticalScrollBar().value() - dy))

    def centre_on(self, x: float, y: float) -> None:
        """Bring a scene point to the middle."""
        self._fitted = False
        self._put((x, y), QPointF(self.viewport().rect().center()))

    def viewport_point(self, x: float, y: float) -> QPoint:
        """Where a scene point is on screen."""
        return self.viewportTransform().map(QPointF(x, y)).toPoint()

    def _reframe(self) -> None:
        """One may scroll until the network just leaves the window."""
        scale = self.scale_now
        bounds = self.stage_scene.plan.bounds
        wide, high = self.viewport().width() / scale, self.viewport().height() / scale
        wanted = QRectF(bounds.x - wide, bounds.y - high, bounds.w + 2 * wide, bounds.h + 2 * high)
        if wanted != self.sceneRect():
            self.setSceneRect(wanted)

    def _moved(self) -> None:
        self.mapped.emit()

    # --- Qt --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        else:
            self._reframe()
            self.mapped.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802
        theme = self.stage_scene.stage.theme
        painter.fillRect(rect, theme.color("canvas"))
        scale = self.scale_now
        step = 20.0
        while step * scale < 14:
            step *= 2
        left, top = math.floor(rect.left() / step) * step, math.floor(rect.top() / step) * step
        size = int((rect.right() - left) / step) + 2, int((rect.bottom() - top) / step) + 2, step
        if self._grid is None or self._grid[0] != size:
            dots = [QPointF(i * step, j * step) for i in range(size[0]) for j in range(size[1])]
            self._grid = size, QPolygonF(dots)
        pen = QPen(theme.color("line"), round(1.5 * self.devicePixelRatioF()))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.translate(left, top)
        painter.drawPoints(self._grid[1])
        painter.translate(-left, -top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def dress(self) -> None:
        """The look has changed."""
        self.resetCachedContent()
        self.viewport().update()


def level_for(zoom: float) -> Detail:
    """The level shown at a zoom."""
    return next(detail for detail, from_zoom in LEVELS if zoom >= from_zoom)


def carried_over(before: Plan, after: Plan, point: tuple[float, float]) -> tuple[float, float]:
    """Where a point of one plan is in another: at the same place beside the nearest card."""
    best: tuple[float, Box, Box] | None = None
    for key in before.shapes:
        a, b = (each.box(key) if isinstance(key, str) else None for each in (before, after))
        if a is not None and b is not None and key in after.shapes and key in before.arranged:
            far = abs(a.middle - point[0]) + abs(a.axis - point[1])
            if best is None or far < best[0]:
                best = far, a, b
    if best is None:
        return point
    a, b = best[1:]
    old, new = MEASURES[before.detail], MEASURES[after.detail]
    if a.x <= point[0] <= a.right:
        x = b.x + (point[0] - a.x) / a.w * b.w
    else:
        x = b.middle + (point[0] - a.middle) * new.pitch / old.pitch
    return x, b.axis + (point[1] - a.axis) * new.height / old.height
