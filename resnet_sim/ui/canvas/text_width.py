"""How wide texts and formulas of the canvas are."""

from __future__ import annotations

from functools import lru_cache

from resnet_sim.ui import formula
from resnet_sim.ui.theme import metrics


@lru_cache(maxsize=4096)
def text_width(text: str, px: int) -> float:
    """The width of a text on the canvas; what has a backslash is a formula."""
    return formula.layout(text, px).width if "\\" in text else metrics(px).horizontalAdvance(text)
