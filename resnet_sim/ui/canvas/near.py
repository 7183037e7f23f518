"""Which shapes of a large network have items: those in sight and beside it, so that the rest costs nothing."""

from __future__ import annotations

from resnet_sim.ui.canvas.far import MANY, SMALLEST_PX
from resnet_sim.ui.canvas.shapes import MEASURES, Box, Detail, EdgeShape, Plan, Shape, SkipShape

WIDEST = 6.0
"""Items left over from a wider view go when they reach over so many views."""


class Near:
    """From where to where across the scene shapes have items of their own; of a small network all have."""

    def __init__(self) -> None:
        self.is_far = False
        """Whether all is so small that one item shows all of it."""
        self.px = 1.0
        """Scene units of one px on screen."""
        self._all = True
        self._detail: Detail | None = None
        self._reach = 0.0, 0.0

    def meet(self, plan: Plan) -> None:
        """Another plan. If the places of a large network are others, nothing is in sight until one looks."""
        few = plan.cards < MANY
        if few is not self._all or plan.detail is not self._detail:
            self._all, self._detail, self.is_far, self._reach = few, plan.detail, False, (0.0, 0.0)

    def look(self, seen: Box, px: float) -> bool:
        """`seen` is in sight, at so many scene units a px. Whether other shapes have items now."""
        self.px = px
        if self._all or self._detail is None:
            return False
        before = self.is_far, self._reach
        self.is_far = MEASURES[self._detail].card / px < SMALLEST_PX
        left, right = self._reach
        if self.is_far:
            self._reach = 0.0, 0.0
        elif seen.x < left or seen.right > right or right - left > WIDEST * seen.w:
            self._reach = seen.x - seen.w / 2, seen.right + seen.w / 2
        return before != (self.is_far, self._reach)

    def wants(self, shape: Shape) -> bool:
        """Whether a shape has an item."""
        if self._all:
            return True
        left, right = self._reach
        if left == right:
            return False
        if isinstance(shape, EdgeShape | SkipShape):
            return min(shape.x0, shape.x1) < right and max(shape.x0, shape.x1) > left
        return shape.box.x < right and shape.box.right > left
