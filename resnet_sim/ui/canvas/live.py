"""What connections and skip paths show of a run: numbers in two or three digits, and lanes as wide as these are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from resnet_sim.assets import translator
from resnet_sim.network.graph import Connection

_ = translator()

THINNEST, WIDEST = 0.8, 4.0
VANISHING = 1e-5
"""A gradient below this is dotted."""
OPPOSED = -0.005
"""From this cosine on the two parts of a gradient oppose each other; nearer to 0 they are merely independent."""
LOSS_OF_WIDTH = 0.8
"""Px a lane is thinner for every power of ten."""


@dataclass(frozen=True)
class EdgeLive:
    """What runs on a connection and what comes back, None where it was not measured. The words say what it is."""

    forward: float | None = None
    back: float | None = None
    forward_words: str = ""
    back_words: str = ""


@dataclass(frozen=True)
class SkipLive:
    """How da^{[l]} divides at the beginning of a skip path; None where it was not measured or is undefined.

    skip, main: norms of the two parts, per example. cosine: between them.
    """

    skip: float | None = None
    main: float | None = None
    cosine: float | None = None

    @property
    def share(self) -> float | None:
        """||skip part|| / (||skip part|| + ||main part||)."""
        if self.skip is None or self.main is None or not self.skip + self.main > 0:
            return None
        return self.skip / (self.skip + self.main)


@dataclass(frozen=True)
class LiveNumbers:
    """Of one step: values by connection and by skip id. What is missing was not measured."""

    edges: dict[Connection, EdgeLive] = field(default_factory=dict)
    skips: dict[str, SkipLive] = field(default_factory=dict)


class Lane(NamedTuple):
    """A lane as it is drawn: equal lanes look the same."""

    text: str
    width: float
    dotted: bool = False


class PillText(NamedTuple):
    """What a pill says behind its formula, and whether and how wide the gradient's line under the arc is."""

    share: str = ""
    against: str = ""
    lane: Lane | None = None


BAR_STEPS = 64
"""How many heights a bar of the smallest cards can have: equal bars look the same and are not painted again."""
BAR_DECADES = 5.0
"""The bar of a gradient is logarithmic: so many powers of ten from empty to full."""


class Bars(NamedTuple):
    """The two bars of the smallest cards, in BAR_STEPS, and in words what they are."""

    forward: int = 0
    back: int = 0
    words: str = ""


NO_LANES = EdgeLive()
NO_SKIP = SkipLive()


def lane(value: float | None, backward: bool) -> Lane | None:
    """The lane of a number; None if there is none."""
    if value is None or not math.isfinite(value):
        return None
    size = abs(value)
    width = WIDEST + LOSS_OF_WIDTH * math.log10(size) if size > 0 else THINNEST
    return Lane(number_text(size), round(min(WIDEST, max(THINNEST, width)), 1), backward and size < VANISHING)


def pill_text(live: SkipLive) -> PillText:
    """What a pill says of its values."""
    back = lane(live.skip, True)
    if live.share is None:
        return PillText(lane=back)
    against = f"{live.cosine:.2f}" if live.cosine is not None and live.cosine <= OPPOSED else ""
    against = against.replace("-0.", "\u2212.").replace("-", "\u2212")
    return PillText(_("{percent} %").format(percent=round(100 * live.share)), against, back)


def number_text(value: float) -> str:
    """.41, .049, 1.31, 24.3, 4e-7: at most four signs, with fixed places so that numbers do not jiggle."""
    if value == 0:
        return "0"
    if value < 0.00095 or value >= 999.5:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    for below, digits in ((0.0995, 3), (9.995, 2), (99.95, 1)):
        if value < below:
            text = f"{value:.{digits}f}"
            return text[1:] if text.startswith("0.") else text
    return f"{value:.0f}"


def bars_of(layers: Mapping[str, EdgeLive]) -> dict[str, Bars]:
    """The bars of all layers: what runs as a share of the largest, what comes back on a log scale below the largest."""
    sizes = [abs(live.forward) for live in layers.values() if live.forward is not None]
    largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    backs = [abs(live.back) for live in layers.values() if live.back]
    top = math.ceil(max((math.log10(size) for size in backs if math.isfinite(size)), default=0.0))
    found = {}
    for id, live in layers.items():
        ahead = abs(live.forward) / largest if live.forward is not None and largest > 0 else 0.0
        back = 1 + (math.log10(abs(live.back)) - top) / BAR_DECADES if live.back else 0.0
        found[id] = Bars(_steps(ahead), _steps(back), f"{edge_words(live)}\n{_bars_words(top)}")
    return found


def _steps(share: float) -> int:
    return math.ceil(BAR_STEPS * min(1.0, max(0.0, share))) if math.isfinite(share) else 0


def _bars_words(top: int) -> str:
    return _("Blue bar: share of the largest layer’s. Orange bar: logarithmic, from {low} to {high}.").format(
        low=f"1e{top - round(BAR_DECADES)}", high=f"1e{top}"
    )


def edge_words(live: EdgeLive) -> str:
    """Which quantities the lanes of a connection are, exactly."""
    said = []
    for value, words, what in (
        (live.forward, live.forward_words, _("Blue: {what} = {value}")),
        (live.back, live.back_words, _("Orange: {what} = {value}")),
    ):
        if value is not None:
            said.append(what.format(what=words, value=f"{value:.4g}"))
    return "\n".join(said) if said else _("What runs here is not measured.")


def skip_words(live: SkipLive) -> str:
    """How the share of a skip path is defined, with its numbers."""
    if live.skip is None or live.main is None:
        return ""
    said = [
        _("Share of the skip path in the gradient: ‖skip part‖ / (‖skip part‖ + ‖main part‖)"),
        _("‖skip part‖ = {skip}   ‖main part‖ = {main}, per example").format(
            skip=f"{live.skip:.4g}", main=f"{live.main:.4g}"
        ),
    ]
    if live.cosine is not None:
        against = _("Cosine of the two parts: {value} (they oppose each other)")
        along = _("Cosine of the two parts: {value}")
        said.append((against if live.cosine <= OPPOSED else along).format(value=f"{live.cosine:.2f}".replace("-", "−")))
    said.append(_("Norms of two parts do not add up to the norm of their sum, so this is no share of ‖da‖ itself."))
    return "\n".join(said)
