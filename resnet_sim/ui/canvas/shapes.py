"""What stands on the canvas, as values: equal values look the same, so a mirror only has to compare them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import NamedTuple

from resnet_sim.network.graph import Connection
from resnet_sim.ui.canvas.content import CardInk, EdgeInk, PillInk


class Detail(Enum):
    """How much of a layer is shown. Each has its own layout near scale 1, chosen by how far apart the cards are."""

    FULL = "full"
    SLIM = "slim"
    MID = "mid"
    TINY = "tiny"


@dataclass(frozen=True)
class Measures:
    """Sizes of one detail level in scene units.

    merge: radius of (+). gate: side of the g box, 0 if it is not shown. rise: how far the lowest arc is above the
    cards. lane: how far apart arcs are. stem: room of an arc's beginning in its gap. head: a block's title above arcs.
    rim: from a block's layers to the left and right side of its ground.
    """

    card: float
    height: float
    gap: float
    merge: float
    gate: float
    rise: float
    lane: float
    stem: float
    head: float
    bend: tuple[float, float]
    pad: float
    rim: tuple[float, float]

    @property
    def pitch(self) -> float:
        """From one card to the next."""
        return self.card + self.gap


MEASURES = {
    Detail.FULL: Measures(88, 146, 36, 14, 22, 52, 34, 14, 40, (64, 46), 16, (8, 3)),
    Detail.SLIM: Measures(72, 146, 32, 14, 22, 52, 34, 14, 40, (60, 46), 16, (8, 3)),
    Detail.MID: Measures(36, 60, 18, 6, 14, 26, 12, 0, 14, (22, 20), 8, (1.2, 0.6)),
    Detail.TINY: Measures(14, 120, 5.5, 2.2, 6, 14, 5, 0, 6, (9, 10), 4, (0.15, 0.1)),
}


class Mark(Flag):
    """What the mouse and the keyboard do to an item."""

    NONE = 0
    SELECTED = auto()
    HOVER = auto()
    FOCUS = auto()
    CANDIDATE = auto()
    """Something being drawn may end here."""
    TARGET = auto()
    """Something being drawn ends here when it is let go."""
    GHOST = auto()
    """It is not made yet."""


class Box(NamedTuple):
    """A rectangle in scene units."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def axis(self) -> float:
        """The height at which connections run."""
        return self.y + self.h / 2

    @property
    def middle(self) -> float:
        return self.x + self.w / 2

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Whether the point is inside, or at most `margin` outside."""
        return self.x - margin <= x <= self.right + margin and self.y - margin <= y <= self.bottom + margin

    def grown(self, by: float) -> Box:
        """Larger by `by` on every side."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def united(self, other: Box) -> Box:
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def meets(self, other: Box) -> bool:
        """Whether they overlap by more than a line."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


class CardShape(NamedTuple):
    """A layer, or a collapsed block: `id` is the node's or the block's."""

    id: str
    box: Box
    detail: Detail
    ink: CardInk
    port_in: bool = True
    port_out: bool = True


class GateShape(NamedTuple):
    """The small box of a g that stands alone or behind (+)."""

    id: str
    box: Box
    detail: Detail
    function: str
    frozen: bool = False
    wrong: bool = False


class MergeShape(NamedTuple):
    """A (+). behind: where the line to the g box behind it ends, None without one."""

    id: str
    box: Box
    detail: Detail
    behind: float | None = None
    wrong: bool = False


class EdgeShape(NamedTuple):
    """A connection from (x0, y0) to (x1, y1), its size around `label`. begin: where the last arc leaves it, or x0."""

    connection: Connection
    x0: float
    y0: float
    x1: float
    y1: float
    label: float
    begin: float
    detail: Detail
    ink: EdgeInk


class SkipShape(NamedTuple):
    """An arc from (x0, y0) up to `top` and down to (x1, y1), its pill in the middle of the top."""

    id: str
    x0: float
    y0: float
    x1: float
    y1: float
    top: float
    bend: tuple[float, float]
    pill: Box | None
    detail: Detail
    ink: PillInk
    broken: bool = False
    """W_s gives values that are no numbers."""


class RegionShape(NamedTuple):
    """The tinted ground of a block."""

    id: str
    box: Box
    detail: Detail
    title: str
    plain: bool
    frozen: bool


Shape = CardShape | GateShape | MergeShape | EdgeShape | SkipShape | RegionShape
Key = str | Connection


@dataclass(frozen=True)
class Plan:
    """All shapes of one level. stands_for: id of a node that is not drawn itself -> the key of the shape showing it.

    hidden: ids of skips inside collapsed blocks.
    """

    shapes: dict[Key, Shape]
    stands_for: dict[str, str]
    hidden: frozenset[str]
    bounds: Box
    detail: Detail
    arranged: dict[str, tuple[float, float]]
    """node id -> where it would stand at this level if nobody had moved it."""
    cards: int
    """How many cards there are."""
    version: object = field(default_factory=object, compare=False)
    moved: tuple[object, frozenset[Key]] | None = field(default=None, compare=False)
    """The version of the plan before, and the keys of the shapes that are others than in it; None: all may be."""

    def box(self, id: str) -> Box | None:
        """Where a node, skip, block or what stands for it is."""
        shape = self.shapes.get(self.stands_for.get(id, id))
        if shape is None:
            return None
        if isinstance(shape, SkipShape):
            left, right = min(shape.x0, shape.x1), max(shape.x0, shape.x1)
            return shape.pill or Box(left, shape.top, right - left, max(shape.y0, shape.y1) - shape.top)
        if isinstance(shape, EdgeShape):
            return Box(min(shape.x0, shape.x1), min(shape.y0, shape.y1), abs(shape.x1 - shape.x0), 1.0)
        return shape.box

    @property
    def ids(self) -> frozenset[str]:
        """Every node, skip and block that is shown, by itself or by another."""
        shown = {key for key in self.shapes if isinstance(key, str)}
        return frozenset(shown | set(self.stands_for) | self.hidden)
