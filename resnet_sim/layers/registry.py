"""The layer kinds, found by walking layers/kinds."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from resnet_sim.discovery import classes_in
from resnet_sim.layers import kinds
from resnet_sim.layers.base import Layer


@cache
def layer_kinds() -> MappingProxyType[str, type[Layer]]:
    """kind name -> class, sorted by name."""
    found = {each.kind: each for each in classes_in(kinds, Layer)}
    return MappingProxyType(dict(sorted(found.items())))
