"""Pulses: while a run trains, small dots run along the lanes: activations to the right, gradients back to the left."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from resnet_sim.ui.canvas.connections import AFTER_STEM, EdgeItem, apart
from resnet_sim.ui.canvas.shapes import Detail, EdgeShape
from resnet_sim.ui.canvas.symbols import Stage
from resnet_sim.ui.canvas.view import View

MOST = 40
"""Dots at most; with more lanes in sight than that, the first ones have them."""
FRAME_MS = 33
PERIOD = 1.6
"""Seconds from one end of a lane to the other: no edge ever flashes more than three times a second."""
ROOMY, NARROW = 3.2, 2.0
"""Radius of a dot, and at the middle level."""
LATE, REST = 0.025, 1.0
"""A frame that comes so many seconds late stops the dots for so long: they are the first thing to give way."""


class PulseItem(QGraphicsItem):
    """One dot: a small item of its own, so that a move repaints two little squares and not the network."""

    def __init__(self, stage: Stage, token: str) -> None:
        super().__init__()
        self._stage, self.token = stage, token
        self._radius = ROOMY
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(2)
        self.hide()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(-5, -5, 10, 10)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._stage.theme.color(self.token))
        painter.drawEllipse(QPointF(0, 0), self._radius, self._radius)

    def show_at(self, y: float, radius: float) -> None:
        """On a lane from now on."""
        self._radius = radius
        self.setY(y)
        self.show()


class Pulses(QObject):
    """The dots of one view. They are made once, then shown, moved and hidden."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._view, self._scene = view, view.stage_scene
        self._dots: list[PulseItem] = []
        self._ways: list[tuple[PulseItem, float, float, float]] = []
        """A dot that runs, from x to x, and the moment of its period at which it begins."""
        self._stale = True
        self._wanted = self._reduced = False
        self._last = self._resting = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(FRAME_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._frame)
        self._scene.mirrored.connect(self._forget)
        view.mapped.connect(self._forget)

    @property
    def running(self) -> bool:
        """Whether dots run."""
        return self._clock.isActive()

    @property
    def seen(self) -> tuple[tuple[float, float], ...]:
        """Where dots are, in scene units."""
        return tuple((dot.x(), dot.y()) for dot in self._dots if dot.isVisible())

    def run(self, on: bool) -> None:
        """Let them run, unless motion is reduced, or take them out of sight."""
        self._wanted = on
        self._follow()

    def reduce_motion(self, reduced: bool) -> None:
        """Whether no dots run even while a run trains; the lanes and their numbers stay."""
        self._reduced = reduced
        self._follow()

    def _follow(self) -> None:
        on = self._wanted and not self._reduced
        if on == self.running:
            return
        if on:
            self._last = perf_counter()
            self._clock.start()
        else:
            self._clock.stop()
            self._hide()

    def _forget(self) -> None:
        self._stale = True

    def _hide(self) -> None:
        self._stale = True
        for dot in self._dots:
            dot.hide()

    def _frame(self) -> None:
        now = perf_counter()
        late, self._last = now - self._last - FRAME_MS / 1000, now
        if late > LATE:
            self._resting = now + REST
            self._hide()
        if now < self._resting or not self._view.isVisible():
            return
        if self._stale:
            self._choose()
        for dot, begin, end, phase in self._ways:
            dot.setX(begin + (end - begin) * ((now / PERIOD + phase) % 1.0))

    def _choose(self) -> None:
        """Which lanes in sight have dots: those with numbers on them, level, at the levels that have room."""
        self._stale = False
        ways: list[tuple[str, float, float, float, float]] = []
        box, detail = self._view.seen(), self._scene.detail
        mid = detail is Detail.MID
        above, below = apart(detail)
        ahead, behind = (1.0, 1.0) if mid else (6.0, 8.0)
        shapes = self._scene.plan.shapes if detail is not Detail.TINY else {}
        for key, at in shapes.items():  # where the lanes are for good, also while their cards glide there
            item = self._scene.item(key) if isinstance(at, EdgeShape) else None
            if not isinstance(at, EdgeShape) or not isinstance(item, EdgeItem) or item.lanes is None:
                continue
            forward, back = item.lanes
            stem = AFTER_STEM if at.begin > at.x0 and not mid else 0.0
            left, right = (at.x0 if mid else at.begin + stem) + ahead, at.x1 - behind
            if at.y0 != at.y1 or right - left < 8 or right < box.x or left > box.right:
                continue
            phase = (left * 0.0041) % 1.0
            if forward is not None:
                ways.append(("act", left, right, at.y0 - above, phase))
            if back is not None:
                ways.append(("grad", right, left, at.y0 + below, phase + 0.5))
        self._use(ways[:MOST])

    def _use(self, ways: list[tuple[str, float, float, float, float]]) -> None:
        free = {token: [dot for dot in self._dots if dot.token == token] for token in ("act", "grad")}
        self._ways = []
        for token, begin, end, y, phase in ways:
            dot = free[token].pop() if free[token] else self._made(token)
            dot.show_at(y, NARROW if self._scene.detail is Detail.MID else ROOMY)
            self._ways.append((dot, begin, end, phase))
        for left in free.values():
            for dot in left:
                dot.hide()

    def _made(self, token: str) -> PulseItem:
        dot = PulseItem(self._scene.stage, token)
        self._dots.append(dot)
        self._scene.addItem(dot)
        return dot
